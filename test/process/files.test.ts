// The commands of docs/files.md and the examples, on the real gw.
import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { type FileTree, makeFileTree } from "../support/file-tree.ts";
import { type Gw, runGw, startGw } from "../support/gw.ts";
import { AS_ROOT, ON_LINUX, testWith } from "../support/needs.ts";
import { childrenOf } from "../support/proc-status.ts";

setDefaultTimeout(60_000);

const ROOT = resolve(import.meta.dir, "../..");
const APP = "export default { fetch: (request) => new Response(`app ${new URL(request.url).pathname}`) };";

/** The commands of the page, as words, without `gw`. */
const commands = readFileSync(`${ROOT}/docs/files.md`, "utf8")
  .split("\n")
  .flatMap((line) => /^ {4}gw (start-server .*)$/.exec(line)?.[1] ?? [])
  .map((command) => command.split(" ").map((word) => word.replace(/^"(.*)"$/, "$1")));

let tree: FileTree;
let count = 0;

beforeAll(() => {
  tree = makeFileTree({
    "app.ts": APP,
    "public/index.html": "home",
    "public/fonts/a.woff2": "font",
    "build/static/a.css": "css",
    "robots.txt": "robots",
    "shop.ts": APP,
    "manual/index.html": "manual",
    "gw.config.json": JSON.stringify({
      groups: {
        shop: { app: "shop.ts", documentRoot: "public", urlAlias: { "/static": "build/static" } },
        docs: { mount: "/docs", documentRoot: "manual", directoryIndex: ["index.html"] },
      },
    }),
  });
});

afterAll(() => tree[Symbol.dispose]());

/** Started by root, the front end has to be somebody else. */
function start(words: string[], cwd = tree.path): Promise<Gw> {
  const user = AS_ROOT.isMet ? ["--user", "nobody"] : [];
  const place = ["--server-root", join(tree.path, `r${++count}`)];
  return startGw([...words.slice(1), ...user, ...place], { cwd });
}

async function read(gw: Gw, path: string): Promise<[number, string]> {
  const answer = await fetch(new URL(path, gw.url));
  return [answer.status, await answer.text()];
}

testWith(ON_LINUX)("files: each command of the page starts", async () => {
  expect(commands).toHaveLength(5);
  const [withApp = [], alone = [], aliases = [], caching = [], byField = []] = commands;
  // Beside gw.config.json the app would not be the only one.
  const bare = ["--config", tree.put("empty.json", "{}")];
  {
    await using gw = await start([...withApp, ...bare]);
    expect(await read(gw, "/index.html")).toEqual([200, "home"]);
    expect(await read(gw, "/")).toEqual([200, "app /"]);
  }
  {
    await using gw = await start([...alone, ...bare]);
    expect(await read(gw, "/")).toEqual([200, "home"]);
    expect((await read(gw, "/fonts/"))[1]).toContain('href="./a.woff2"');
    expect((await read(gw, "/none"))[0]).toBe(404);
    // There is nothing that a worker could run, and nothing that one would be needed for.
    const asWebSocket = {
      headers: { connection: "upgrade", upgrade: "websocket", "sec-websocket-key": "a" },
    };
    expect((await fetch(new URL("/none", gw.url), asWebSocket)).status).toBe(404);
    expect(childrenOf(gw.pid).map(({ words }) => words.includes("__front"))).toEqual([true]);
    const root = join(tree.path, `r${count}`);
    const told = await runGw(["status", "--server-root", root]);
    expect(told.stdout).toContain("group default: files; /; 0 workers");
    const scaled = await runGw(["scale", "default", "2", "--server-root", root]);
    expect([scaled.code, scaled.stderr]).toEqual([64, expect.stringContaining("only files")]);
  }
  {
    await using gw = await start([...aliases, ...bare]);
    expect(await read(gw, "/static/a.css")).toEqual([200, "css"]);
    expect(await read(gw, "/robots.txt")).toEqual([200, "robots"]);
    expect((await read(gw, "/static/none"))[0]).toBe(404);
  }
  {
    await using gw = await start([...caching, ...bare]);
    const cachingOf = async (path: string) =>
      (await fetch(new URL(path, gw.url))).headers.get("cache-control");
    expect([await cachingOf("/index.html"), await cachingOf("/fonts/a.woff2")]).toEqual([
      "no-cache",
      "max-age=86400",
    ]);
  }
  await using gw = await start([...byField, ...bare]);
  expect(await read(gw, "/x")).toEqual([200, "app /x"]);
});

testWith(ON_LINUX)("files: the groups of the page", async () => {
  await using gw = await start(["start-server"]);
  expect(await read(gw, "/static/a.css")).toEqual([200, "css"]);
  expect(await read(gw, "/other")).toEqual([200, "app /other"]);
  expect(await read(gw, "/docs/")).toEqual([200, "manual"]);
  expect((await read(gw, "/docs/none"))[0]).toBe(404);
});

testWith(ON_LINUX)("files: the examples", async () => {
  const cwd = join(tree.path, "clone");
  const examples = join(cwd, "examples");
  cpSync(`${ROOT}/examples/static`, join(examples, "static"), { recursive: true });
  cpSync(`${ROOT}/examples/sendfile`, join(examples, "sendfile"), { recursive: true });
  // By it the root of the clone is the working directory of whatever is run in it.
  cpSync(`${ROOT}/package.json`, join(cwd, "package.json"));
  const readme = readFileSync(`${ROOT}/examples/static/README.md`, "utf8");
  const words = (/^ {4}gw (.*)$/m.exec(readme)?.[1] ?? "").split(" ").map((word) => word.replaceAll('"', ""));
  {
    await using gw = await start(words, cwd);
    expect((await read(gw, "/"))[1]).toContain("This page is a file");
    const style = await fetch(new URL("/style.3f2a9c1b.css", gw.url));
    expect(style.headers.get("cache-control")).toContain("immutable");
  }
  const source = readFileSync(join(examples, "sendfile/app.ts"), "utf8");
  const typed = /^\/\/ {3}gw (.*)$/m.exec(source)?.[1]?.split(" ") ?? [];
  expect(typed).toContain("--enable-sendfile");
  await using gw = await start(typed, cwd);
  const manual = readFileSync(`${ROOT}/examples/sendfile/manual.txt`, "utf8");
  expect(await read(gw, "/manual")).toEqual([200, manual]);
  expect(await read(gw, "/by-field")).toEqual([200, manual]);
});

testWith(ON_LINUX)(
  "files: links of a page for all, and an alias of a pipe, are seen before anything starts",
  async () => {
    const site = makeFileTree({ "site/real.html": "page", "app.ts": APP, secret: "secret" });
    const link = (target: string, name: string) => symlinkSync(target, join(site.path, "site", name));
    link("../secret", "out.html");
    link(join(site.path, "site/real.html"), "absolute.html");
    link("real.html", "inside.html");
    spawnSync("mkfifo", [join(site.path, "pipe")]);
    const user = AS_ROOT.isMet ? ["--user", "nobody"] : [];
    const check = async (...words: string[]) => {
      const { code, stderr } = await runGw(["check-config", "app.ts", ...words, ...user], { cwd: site.path });
      return code === 0 ? "good" : stderr;
    };
    const fallback = (name: string) => check("--document-root", "site", "--spa-fallback", name);
    expect(await fallback("inside.html")).toBe("good");
    for (const name of ["out.html", "absolute.html"])
      expect(await fallback(name)).toContain("leads out of documentRoot");
    expect(await check("--url-alias", "/a", "pipe")).toContain("no file and no directory");
    site[Symbol.dispose]();
  },
);

testWith(ON_LINUX, AS_ROOT)("files: root serves none, and says who should", async () => {
  const { code, stderr } = await runGw(["check-config", "app.ts", "--document-root", "public"], {
    cwd: tree.path,
  });
  expect(code).toBe(78);
  expect(stderr).toContain("documentRoot cannot be served by root");
  expect(stderr).toContain("--user");
});

testWith(ON_LINUX, AS_ROOT)(
  "files: what the front end may not read is named, and nothing is started",
  async () => {
    const closed = makeFileTree({ "site/a.txt": "a", "app.ts": APP });
    chmodSync(join(closed.path, "site"), 0o700);
    chmodSync(join(closed.path, "app.ts"), 0o644);
    const place = ["--server-root", join(tree.path, "r0"), "--port", "0"];
    const words = ["start-server", "app.ts", "--document-root", "site", "--user", "nobody", ...place];
    const { code, stderr } = await runGw(words, { cwd: closed.path });
    expect([code, stderr]).toEqual([
      78,
      expect.stringContaining(`The front end cannot serve from ${closed.path}/site`),
    ]);
    closed[Symbol.dispose]();
  },
);

testWith(ON_LINUX)(
  "files: a file of media types is looked at before anything starts, and its line is named",
  async () => {
    const types = tree.put("wrong.types", "text/plain txt\nnonsense\n");
    const user = AS_ROOT.isMet ? ["--user", "nobody"] : [];
    const words = [
      "--document-root",
      "public",
      "--mime-types",
      types,
      "--config",
      tree.put("none.json", "{}"),
      ...user,
    ];
    for (const command of ["check-config", "start-server"]) {
      const { code, stderr } = await runGw([command, ...words], { cwd: tree.path });
      expect([code, stderr]).toEqual([
        78,
        expect.stringContaining("line 2 does not begin with a media type"),
      ]);
      expect(stderr).toContain("--mime-types");
    }
  },
);
