// Pages of the guide about files, clients and floods, walked: each command is run as it stands there, in its order, and does what the
// page says of it.
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { obey, statusOf, textOf } from "../support/control.ts";
import { request } from "../support/exchange.ts";
import { type FileTree, makeFileTree } from "../support/file-tree.ts";
import { callsIn, readPage, wordsOf } from "../support/guide-calls.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { AS_ROOT } from "../support/needs.ts";
import { connectRaw, exchangeRaw, type RawClient } from "../support/raw-http.ts";

setDefaultTimeout(60_000);

/** Started by root, gw serves files as somebody else, who cannot pass the directory of other tests. */
const asOther = (tree: FileTree): string[] => [
  ...(AS_ROOT.isMet ? ["--user", "nobody"] : []),
  ...["--server-root", join(tree.path, "root")],
];

/** Runs the calls of a page one after the other; those that are left over at the end have not been walked. */
function walk(name: string, tree: FileTree) {
  const page = readPage(name);
  const calls = callsIn(page).filter((call) => call.startsWith("start-server "));
  return {
    page,
    left: calls,
    /** `more`: what the page does not say, for the test's own sake. */
    async start(beginning: string, ...more: string[]): Promise<Gw> {
      const call = calls.shift() ?? "";
      expect(call).toStartWith(`start-server ${beginning}`);
      const other = /--document-root|--url-alias/.test(call) ? asOther(tree) : [];
      return startGw([...wordsOf(call).slice(1), ...other, ...more], { cwd: tree.path });
    },
  };
}

/** The first piece of code behind these words, without its indentation. */
function codeBehind(page: string, words: string): string {
  const [, code = ""] = page.slice(page.indexOf(words)).match(/\n\n((?: {4}.*\n)+)/) ?? [];
  return code.replaceAll(/^ {4}/gm, "");
}

const APP = "export default { fetch: (request) => new Response('app ' + new URL(request.url).pathname) };";

test("guide: docs/files.md does what it says", async () => {
  using tree = makeFileTree({
    "app.ts": APP,
    "shop.ts": APP,
    "public/a.txt": "a file",
    "public/page.html": "a page",
    "public/fonts/a.woff2": "font",
    "public/app.3f2a9c1b.js": "hashed",
    "public/index-BfL2k3Qz.js": "hashed",
    "public/sub/b.txt": "another",
    "build/static/c.css": "css",
    "manual/index.html": "the manual",
    "robots.txt": "robots",
    "reports/2024.pdf": "the report",
  });
  const { page, start, left } = walk("files.md", tree);
  const at = (gw: Gw, path: string) => textOf(new URL(path, gw.url).href);
  {
    await using gw = await start("app.ts --document-root");
    expect([await at(gw, "/a.txt"), await at(gw, "/b.txt")]).toEqual(["a file", "app /b.txt"]);
  }
  {
    await using gw = await start("--document-root");
    expect(await at(gw, "/sub/")).toContain("b.txt");
    expect((await fetch(new URL("/none", gw.url))).status).toBe(404);
    expect(await obey(gw, "status", "--server-root", join(tree.path, "root"))).not.toMatch(/^worker /m);
  }
  {
    await using gw = await start("app.ts --url-alias");
    expect([await at(gw, "/static/c.css"), await at(gw, "/robots.txt"), await at(gw, "/x")]).toEqual([
      ...["css", "robots", "app /x"],
    ]);
    expect((await fetch(new URL("/static/none", gw.url))).status).toBe(404);
  }
  tree.put("gw.config.json", codeBehind(page, "In a configuration file each group"));
  {
    await using gw = await startGw(["--config", "gw.config.json", ...asOther(tree)], { cwd: tree.path });
    expect([await at(gw, "/a.txt"), await at(gw, "/static/c.css"), await at(gw, "/docs/")]).toEqual([
      ...["a file", "css", "the manual"],
    ]);
    expect((await fetch(new URL("/docs/none", gw.url))).status).toBe(404);
    expect(await at(gw, "/x")).toBe("app /x");
    rmSync(join(tree.path, "gw.config.json"));
  }
  {
    await using gw = await start("app.ts --document-root public --cache-control");
    const caching = async (path: string) => (await fetch(new URL(path, gw.url))).headers.get("cache-control");
    const paths = ["/page.html", "/fonts/a.woff2", "/app.3f2a9c1b.js", "/index-BfL2k3Qz.js", "/a.txt"];
    expect(await Promise.all(paths.map(caching))).toEqual([
      ...["no-cache", "max-age=86400"],
      ...["public, max-age=31536000, immutable", "public, max-age=31536000, immutable", null],
    ]);
  }
  tree.put("app.ts", codeBehind(page, "A program that serves by `fetch` answers with"));
  {
    await using gw = await startGw(["app.ts"], { cwd: tree.path });
    const answer = await fetch(gw.url);
    expect([await answer.text(), answer.headers.get("cache-control")]).toEqual(["the report", "private"]);
  }
  const line = codeBehind(page, "gw start-server app.ts --x-sendfile");
  tree.put("app.ts", `require("node:http").createServer((request, response) => { ${line} }).listen(3000);`);
  await using gw = await start("app.ts --x-sendfile");
  const answer = await fetch(gw.url);
  expect([await answer.text(), answer.headers.get("x-sendfile")]).toEqual(["the report", null]);
  expect(left).toEqual([]);
});

test("guide: docs/clients.md does what it says", async () => {
  using tree = makeFileTree({
    "app.ts":
      "export default { fetch: async (request) => new Response(String((await request.bytes()).length)) };",
  });
  const { page, start, left } = walk("clients.md", tree);
  {
    await using gw = await start("app.ts --limit-request-body");
    const post = (path: string, bytes: number) =>
      fetch(new URL(path, gw.url), { method: "POST", body: new Uint8Array(bytes) });
    expect(await (await post("/", 65_536)).text()).toBe("65536");
    expect((await post("/", 65_537)).status).toBe(413);
    expect(await (await post("/upload/x", 1_000_000)).text()).toBe("1000000");
  }
  {
    await using gw = await start("app.ts --rate-limit");
    for (let at = 0; at < 5; at++) expect((await fetch(new URL("/login", gw.url))).status).toBe(200);
    const answer = await exchangeRaw(gw.url, request("GET", "/login", ["Connection: close"]));
    const shown = codeBehind(page, "A client that comes too often is answered by gw alone").split("\n");
    // The seconds go on while it is asked.
    const timeless = (text: string) => text.replace(/^(Retry-After: |RateLimit: .*t=)\d+/, "$1N");
    for (const one of shown.slice(1).filter((text) => text !== ""))
      expect(answer.split("\r\n").map(timeless)).toContain(timeless(one));
    await gw.until(/cause=rate_limited .*why="address 5\/m path=\/login"/);
    expect((await fetch(gw.url)).status).toBe(200);
  }
  await using gw = await start("app.ts --max-clients-per-address");
  const clients: RawClient[] = [];
  try {
    for (let at = 0; at < 100; at++) clients.push(await connectRaw(gw.url));
    const open = async () => (await statusOf(gw)).fronts[0]?.clients;
    await eventually(async () => (await open()) === 100, "all are there");
    const ask = () => exchangeRaw(gw.url, request("GET", "/", ["Connection: close"]));
    expect(await ask()).toMatch(/^HTTP\/1.1 429 [\s\S]*details="too_many_from_address"/);
    await clients[0]?.send(request("GET", "/"));
    await clients[0]?.until(/ 200 OK[\s\S]*\r\n\r\n0$/);
    clients.pop()?.terminate();
    await eventually(async () => (await ask()).startsWith("HTTP/1.1 200"), "there is room for another one");
  } finally {
    for (const client of clients) client.terminate();
  }
  expect(left).toEqual([]);
});

/** Holds requests until there is a file "release", and writes down in which order they came. */
const HOLDING_APP = `
  import { appendFileSync, existsSync } from "node:fs";
  export default { async fetch(request: Request) {
    appendFileSync("seen", new URL(request.url).pathname + " ");
    while (!existsSync("release")) await Bun.sleep(10);
    return new Response();
  } };`;

test("guide: docs/overload.md does what it says", async () => {
  using tree = makeFileTree({ "app.ts": HOLDING_APP });
  const { page, start, left } = walk("overload.md", tree);
  {
    await using gw = await start("app.ts --priority", "--concurrency", "1");
    const first = textOf(gw.url);
    await eventually(() => existsSync(join(tree.path, "seen")), "the first one runs");
    const others = ["reports/1", "plain", "health"].map((path) => textOf(gw.url + path));
    await eventually(async () => /^queue: 3 waiting/m.test(await obey(gw, "status")), "three wait");
    tree.put("release", "");
    await Promise.all([first, ...others]);
    expect(readFileSync(join(tree.path, "seen"), "utf8")).toBe("/ /health /plain /reports/1 ");
    rmSync(join(tree.path, "release"));
  }
  await using gw = await start("app.ts --concurrency auto --queue-policy lifo-when-late");
  const asked = Array.from({ length: 32 }, () => textOf(gw.url));
  await eventually(
    async () => /^queue: [1-9]\d* waiting for a worker$/m.test(await obey(gw, "status")),
    "some wait",
  );
  expect(await obey(gw, "status")).toMatch(/^1 +\d+ +ready +\d+ of \d+ +\d+ +\d+ MB/m);
  const [shown = ""] = /^ {4}(gw_worker_concurrency\S+) /m.exec(page)?.slice(1) ?? [];
  expect(await obey(gw, "metrics")).toMatch(new RegExp(`^${shown.replaceAll(/[{}]/g, "\\$&")} \\d+$`, "m"));
  tree.put("release", "");
  expect(await Promise.all(asked)).toHaveLength(32);
  expect(left).toEqual([]);
});
