// A machine for tests of options: a few files, one user, one working directory.
import type { Facts } from "../../src/options/resolve.ts";

export function factsWith(
  files: string[] = ["/srv/shop/app.ts", "/srv/shop/package.json"],
  changes: Partial<Facts> = {},
): Facts {
  const isDirectory = (path: string) => path === "/" || files.some((file) => file.startsWith(`${path}/`));
  return {
    cwd: "/srv/shop",
    uid: 501,
    pid: 77,
    tmpdir: "/tmp",
    kindOf: (path) => (files.includes(path) ? "file" : isDirectory(path) ? "directory" : undefined),
    ...changes,
  };
}
