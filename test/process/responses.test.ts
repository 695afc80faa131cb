// What is done to the answers of a group, on the real gw; and the commands of docs/responses.md.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type FileTree, makeFileTree } from "../support/file-tree.ts";
import { type Gw, runGw, startGw } from "../support/gw.ts";
import { AS_ROOT, ON_LINUX, testWith } from "../support/needs.ts";

setDefaultTimeout(60_000);

const ROOT = resolve(import.meta.dir, "../..");
const APP = `export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    return new Response(\`app \${pathname}\`, { headers: { "x-frame-options": "app", server: "app" } });
  },
};`;

/** The commands of the page, as words, without `gw`. */
const commands = readFileSync(`${ROOT}/docs/responses.md`, "utf8")
  .split("\n")
  .flatMap((line) => /^ {4}gw (start-server .*)$/.exec(line)?.[1] ?? [])
  .map((command) => command.split(" ").map((word) => word.replace(/^"(.*)"$/, "$1")));

let tree: FileTree;
let gw: Gw;

beforeAll(async () => {
  tree = makeFileTree({ "app.ts": APP, "public/app.html": "the app", "public/a.txt": "file" });
  gw = await startGw(
    [
      ...["app.ts", "--document-root", "public", "--spa-fallback", "app.html"],
      ...[
        "--redirect",
        "/old/*",
        "/new/*",
        "--response-header",
        "X-Frame-Options",
        "DENY",
        "--server-header",
      ],
      ...(AS_ROOT.isMet ? ["--user", "nobody"] : []),
      ...["--server-root", join(tree.path, "root")],
    ],
    { cwd: tree.path },
  );
});

afterAll(async () => {
  await gw[Symbol.asyncDispose]();
  tree[Symbol.dispose]();
});

const ask = (path: string, init: RequestInit = {}) =>
  fetch(new URL(path, gw.url), { redirect: "manual", ...init });

describe("responses: what all have", () => {
  test("responses: fields, on answers of the app, of files and of gw", async () => {
    const big = { method: "POST", body: new Uint8Array(11 * 2 ** 20) };
    const found = await Promise.all([ask("/x"), ask("/a.txt"), ask("/old/x"), ask("/x", big)]);
    expect(
      found.map(({ status, headers }) => [status, headers.get("x-frame-options"), headers.get("server")]),
    ).toEqual([200, 200, 308, 413].map((status) => [status, "DENY", "gw"]));
    expect(found[2]?.headers.get("location")).toBe("/new/x");
    expect(found[2]?.headers.get("cache-control")).toBe("max-age=3600");
  });

  test("responses: a page that only the browser knows, and what it asks for", async () => {
    const page = await ask("/users/7?x", { headers: { accept: "text/html,*/*;q=0.8" } });
    expect([page.status, page.headers.get("vary"), await page.text()]).toEqual([200, "Accept", "the app"]);
    for (let round = 0; round < 2; round++) {
      const call = await ask("/users/7");
      expect([call.headers.get("vary"), await call.text()]).toEqual(["Accept", "app /users/7"]);
    }
    expect((await ask("/users/7", { method: "POST" })).headers.get("vary")).toBeNull();
    expect((await ask("/a.txt")).headers.get("vary")).toBeNull();
  });
});

testWith(ON_LINUX)("responses: each command of the page is a good one", async () => {
  const user = AS_ROOT.isMet ? ["--user", "nobody"] : [];
  const places = ["--config", tree.put("empty.json", "{}"), ...user];
  const runs = commands.map((command) =>
    runGw(["check-config", ...command.slice(1), ...places], { cwd: tree.path }),
  );
  const found = await Promise.all(runs);
  expect(found.map(({ stderr }) => stderr)).toEqual(commands.map(() => ""));
  expect(found.map(({ code }) => code)).toEqual(commands.map(() => 0));
});
