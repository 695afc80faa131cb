// A machine for tests of options: a few files, one user, one working directory.
import { readAccounts } from "../../src/options/read/accounts.ts";
import type { HostFacts } from "../../src/options/resolve/resolve.ts";

export const ACCOUNTS = readAccounts(
  [
    "root:x:0:0:root:/root:/bin/bash",
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
    "shop:x:501:501::/home/shop:/bin/sh",
    "www-data:x:33:33:www-data:/var/www:",
  ].join("\n"),
  ["root:x:0:", "video:x:44:shop,www-data", "shop:x:501:", "www-data:x:33:", "nogroup:x:65534:"].join("\n"),
);

export function factsWith(
  files: string[] = ["/srv/shop/app.ts", "/srv/shop/package.json"],
  changes: Partial<HostFacts> = {},
): HostFacts {
  const isDirectory = (path: string) => path === "/" || files.some((file) => file.startsWith(`${path}/`));
  return {
    cwd: "/srv/shop",
    uid: 501,
    gid: 501,
    accounts: ACCOUNTS,
    pid: 77,
    tmpdir: "/tmp",
    kindOf: (path) => (files.includes(path) ? "file" : isDirectory(path) ? "directory" : undefined),
    ...changes,
  };
}
