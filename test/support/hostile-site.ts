// A directory of files with secrets beside them, on the real gw: compression, error documents, an alias and files that the app hands over,
// at doors of HTTP/1.1, of HTTPS and of HTTP/2, and all that tells what has become of a request.
import { expect } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { FrameClient, type Pair } from "../front/door/h2/frame-client.ts";
import { H2_OVER_TLS } from "../front/door/h2/h2-player.ts";
import { obey } from "./control.ts";
import { makeFileTree, numberedBytes } from "./file-tree.ts";
import { freePort } from "./free-port.ts";
import { eventually, startGw } from "./gw.ts";
import { AS_ROOT } from "./needs.ts";
import { childInRole, openBelow } from "./proc-status.ts";
import { tlsFlags } from "./tls-setup.ts";

export const SECRET = "SECRET-THAT-NOBODY-MAY-SEE";
/** In the place of gw's page for 403, 404 and 405. */
export const DOCUMENT = "nothing here ".repeat(10);
export const BIG = numberedBytes(4_000_000);

const APP = `export default { fetch(request: Request) {
  const { pathname } = new URL(request.url);
  console.log("reached " + pathname);
  if (pathname === "/handed") return new Response("never sent", { headers: { "x-sendfile": "site/big.bin" } });
  return new Response("app");
} };`;

const FILES = {
  ...{ "app.ts": APP, secret: SECRET, "other/a.txt": SECRET },
  ...{ "site/.hidden": SECRET, "site/sub/.hidden": SECRET, "site/back\\slash": SECRET },
  ...{ "site/a.txt": "hello", "site/sub/b.txt": "b", "site/sub/index.html": "home" },
  ...{ "site/none.html": DOCUMENT, "site/big.bin": BIG, "site/text.txt": "some text ".repeat(100_000) },
};

export type HostileSite = Awaited<ReturnType<typeof startHostileSite>>;

export async function startHostileSite(...flags: string[]) {
  const tree = makeFileTree(FILES);
  symlinkSync("../other", join(tree.path, "site/out"));
  Bun.spawnSync(["mkfifo", "-m", "666", join(tree.path, "site/pipe")]);
  const secure = freePort();
  const root = join(tree.path, "run");
  const words = [
    ...[
      "app.ts",
      "--document-root",
      "site",
      "--directory-index",
      "index.html",
      "--url-alias",
      "/alias",
      "site",
    ],
    ...["--compress-responses", "--x-sendfile", "--enable-sendfile"],
    ...["403", "404", "405"].flatMap((status) => ["--error-document", status, "/none.html"]),
    ...["--https-port", String(secure), ...tlsFlags(tree.path), "--server-root", root],
    ...(AS_ROOT.isMet ? ["--user", "nobody"] : []),
  ];
  const gw = await startGw([...words, ...flags], { cwd: tree.path });
  const frontPid = () => childInRole(gw.pid, "__front").pid;
  const front = frontPid();

  async function counts(): Promise<Map<string, number>> {
    const text = await obey(gw, "metrics", "--server-root", root);
    const found = [...text.matchAll(/^gw_errors_total\{cause="(\w+)"\} (\d+)$/gm)];
    return new Map(found.map(([, cause = "", count]) => [cause, Number(count)]));
  }

  return {
    gw,
    secure,
    front,
    /** Of what is served below its directory, that the front has open. */
    openFiles: () => openBelow(join(tree.path, "site"), front),
    expectSameFront: () => expect(frontPid()).toBe(front),
    connect: () => FrameClient.connect(secure, true, H2_OVER_TLS),

    /** Does it, and waits until so many more are counted of each cause, and none of another. */
    async counted(causes: readonly (string | undefined)[], act: () => Promise<void>): Promise<void> {
      const before = await counts();
      await act();
      const due = Object.groupBy(
        causes.filter((cause) => cause !== undefined),
        (cause) => cause,
      );
      const wanted = Object.entries(due)
        .map(([cause, all]) => `${cause} ${all?.length}`)
        .toSorted();
      const seen: string[][] = [];
      const isSo = async () => {
        const more = [...(await counts())].map(([cause, count]) => [cause, count - (before.get(cause) ?? 0)]);
        seen.push(more.flatMap(([cause, count]) => (count ? [`${cause} ${count}`] : [])).toSorted());
        return Bun.deepEquals(seen.at(-1), wanted);
      };
      await eventually(isSo, "each is counted once").catch(() => expect(seen.at(-1)).toEqual(wanted));
    },

    async [Symbol.asyncDispose](): Promise<void> {
      await gw[Symbol.asyncDispose]();
      tree[Symbol.dispose]();
    },
  };
}

/** What a request of HTTP/2 has beside its method. */
export function inFull(path: string, authority = "h"): Pair[] {
  return [
    [":scheme", "https"],
    [":path", path],
    [":authority", authority],
  ];
}
