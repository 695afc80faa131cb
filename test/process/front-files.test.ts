// Files that a front serves, byte by byte: which file a path leads to, and how it is answered.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type SeenAnswer, valuesOf } from "../support/answer-reader.ts";
import { fieldsOf, get, refusalOf, request, untilAnswer, untilAnswers } from "../support/exchange.ts";
import { FILES, type FileTree, makeFileTree, numberedBytes } from "../support/file-tree.ts";
import { anyHost, type FrontProcess, SETTINGS, startFront } from "../support/front-process.ts";
import { describeWith, ON_LINUX } from "../support/needs.ts";
import { okAnswer, ScriptedWorker } from "../support/scripted-worker.ts";

setDefaultTimeout(60_000);

const BIG = numberedBytes(1_000_000);
const MODIFIED = "Tue, 02 Jan 2024 03:04:05 GMT";

describeWith(ON_LINUX)("files of a front", () => {
  let tree: FileTree;
  let front: FrontProcess;
  let worker: ScriptedWorker;

  beforeAll(async () => {
    tree = makeFileTree({
      "site/a.txt": "hello\n",
      "site/empty.txt": "",
      "site/big.bin": BIG,
      "site/ü b.txt": "umlaut",
      "site/app.3f2a9c1b.js": "hashed",
      "site/sub/index.html": "<h1>sub</h1>",
      "site/sub/other.txt": "other",
      "site/bare/x.txt": "x",
      "site/.env": "SECRET=1",
      "site/sub/.git/config": "SECRET=2",
      "site/.well-known/acme": "token",
      "site/page.html": "page in plain",
      "site/page.html.br": "page in br",
      "site/page.html.gz": "page in gzip",
      "site/stale.css": "new css",
      "media/clip.mp4": "clip",
      "media/<b>&.txt": "odd",
      "one/robots.txt": "robots",
      secret: "SECRET=3",
    });
    symlinkSync("../secret", join(tree.path, "site/out"));
    symlinkSync("..", join(tree.path, "site/up"));
    symlinkSync("/etc/passwd", join(tree.path, "site/passwd"));
    symlinkSync("a.txt", join(tree.path, "site/inside"));
    symlinkSync("loop", join(tree.path, "site/loop"));
    spawnSync("mkfifo", [join(tree.path, "site/fifo")]);
    mkdirSync(join(tree.path, "site/empty"));
    worker = new ScriptedWorker({ answer: okAnswer });
    const shop = { ...FILES, root: join(tree.path, "site"), index: ["index.html"] };
    const aliases = [
      { url: "/media", path: join(tree.path, "media") },
      { url: "/media/site/", path: join(tree.path, "site") },
      { url: "/robots.txt", path: join(tree.path, "one/robots.txt") },
    ];
    const caching = [{ pattern: "*.html", value: "no-cache" }];
    const files = { ...shop, aliases, caching };
    const mounted = { ...FILES, root: join(tree.path, "site"), isWhole: true, listing: true };
    front = await startFront(
      {
        groups: [
          anyHost("default", { ...SETTINGS, files }),
          anyHost("docs", { ...SETTINGS, files: mounted }, "/docs"),
          { ...anyHost("kept", { ...SETTINGS, files: mounted }, "/kept"), stripMount: false },
        ],
      },
      worker.backend(),
    );
  });

  afterAll(async () => {
    await front[Symbol.asyncDispose]();
    worker[Symbol.dispose]();
    tree[Symbol.dispose]();
  });

  async function ask(target: string, fields: string[] = [], method = "GET"): Promise<SeenAnswer> {
    using client = await front.connect();
    await client.send(request(method, target, fields));
    return await untilAnswer(client, method);
  }

  const isFromApp = ({ body, lines }: SeenAnswer) =>
    body === "ok" && valuesOf({ lines }, "etag").length === 0;

  test("a file is sent with all that tells its version", async () => {
    const answer = await ask("/a.txt?query");
    expect([answer.status, answer.body]).toEqual([200, "hello\n"]);
    const [etag = ""] = valuesOf(answer, "etag");
    expect(etag).toMatch(/^"[0-9a-z]+-[0-9a-z]+"$/);
    expect(fieldsOf(answer)).toEqual([
      `ETag: ${etag}`,
      `Last-Modified: ${MODIFIED}`,
      "Content-Type: text/plain; charset=utf-8",
      "Accept-Ranges: bytes",
      "Content-Length: 6",
    ]);
    expect((await ask("/a.txt", [`If-None-Match: ${etag}`])).status).toBe(304);
  });

  test.each([
    ["/%C3%BC%20b.txt", "umlaut"],
    ["/empty.txt", ""],
    ["/inside", "hello\n"],
    ["/.well-known/acme", "token"],
    ["/sub/", "<h1>sub</h1>"],
    ["/media/clip.mp4", "clip"],
    ["/media/site/a.txt", "hello\n"],
    ["/robots.txt", "robots"],
    ["/docs/a.txt", "hello\n"],
    ["/kept/a.txt", "hello\n"],
  ])("%s is a file", async (path, body) => {
    const answer = await ask(path);
    expect([answer.status, answer.body, valuesOf(answer, "last-modified").length]).toEqual([200, body, 1]);
  });

  test.each([
    "/",
    "/none.txt",
    "/a.txt/",
    "/a.txt/b",
    "/empty",
    "/empty/",
    "/bare",
    "/.env",
    "/%2eenv",
    "/sub/.git/config",
    "/../secret",
    "/sub/../a.txt",
    "/sub/%2e%2e/a.txt",
    "/sub/..%2fa.txt",
    "//a.txt",
    "/sub//index.html",
    "/a.txt%00",
    "/a.txt%00.html",
    "/%c0%ae%c0%ae/secret",
    "/%252e%252e/secret",
    "/..\\secret",
    "/sub%5c..%5ca.txt",
    "/A.TXT",
    "/a.txt.",
    "/a.txt%20",
    "/a.txt::$DATA",
    `/${"a".repeat(300)}`,
  ])("%s is no file, and goes to the app", async (path) => {
    expect(isFromApp(await ask(path))).toBe(true);
  });

  test.each([
    ["/out", 403, "file_forbidden"],
    ["/up/secret", 403, "file_forbidden"],
    ["/passwd", 403, "file_forbidden"],
    ["/loop", 403, "file_forbidden"],
    ["/fifo", 403, "file_forbidden"],
    ["/media/none", 404, "file_not_found"],
    ["/media/", 404, "file_not_found"],
    ["/media", 404, "file_not_found"],
    ["/docs/none", 404, "file_not_found"],
    ["/docs/sub/..%2f.env", 404, "file_not_found"],
  ])(
    "what is there and not to be served, or not there: %s is refused with %d %s",
    async (path, status, cause) => {
      expect(await refusalOf(front, await ask(path))).toMatchObject({ status, cause });
    },
  );

  test("a directory without its slash is sent to itself, and never to another host", async () => {
    const locationOf = async (target: string) => {
      const answer = await ask(target);
      return [answer.status, ...valuesOf(answer, "location")];
    };
    expect(await locationOf("/sub?a=/b")).toEqual([308, "/sub/?a=/b"]);
    expect(await locationOf("/docs")).toEqual([308, "/docs/"]);
    expect(await locationOf("/docs/bare")).toEqual([308, "/docs/bare/"]);
    expect(await locationOf("/kept/bare?x")).toEqual([308, "/kept/bare/?x"]);
    for (const odd of ["//sub", "/\\evil.example/..%2fsub", "//evil.example/%2e%2e/sub"])
      expect((await locationOf(odd)).slice(1)).toEqual([]);
  });

  test("a directory is shown where that is wanted, without what is hidden and without markup of its own", async () => {
    const { body, lines } = await ask("/docs/");
    expect(valuesOf({ lines }, "content-type")).toEqual(["text/html; charset=utf-8"]);
    expect(body).toContain('<a href="./sub/">sub/</a>');
    expect(body).toContain('<a href="./a.txt">a.txt</a>');
    expect(body).toContain('href="./%C3%BC%20b.txt"');
    expect(body).not.toMatch(/\.env|\.git|fifo|passwd|"\.\.\/"/);
    expect((await ask("/docs/bare/")).body).toContain('<a href="../">');
    expect((await ask("/docs/", [], "HEAD")).status).toBe(200);
  });

  test("methods: HEAD is GET without the body, OPTIONS tells, others are refused", async () => {
    const head = await ask("/big.bin", [], "HEAD");
    expect([head.status, head.body, ...valuesOf(head, "content-length")]).toEqual([200, "", "1000000"]);
    const options = await ask("/a.txt", [], "OPTIONS");
    expect([options.status, ...valuesOf(options, "allow")]).toEqual([204, "GET, HEAD, OPTIONS"]);
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "PROPFIND"]) {
      const refused = await ask("/a.txt", ["Content-Length: 0"], method);
      expect(valuesOf(refused, "allow")).toEqual(["GET, HEAD, OPTIONS"]);
      expect(await refusalOf(front, refused)).toMatchObject({ status: 405, cause: "method_not_allowed" });
    }
    expect(isFromApp(await ask("/none", ["Content-Length: 0"], "POST"))).toBe(true);
  });

  test("conditions: each answer of the tables, on the wire", async () => {
    const [etag = ""] = valuesOf(await ask("/a.txt"), "etag");
    const statusOf = async (...fields: string[]) => (await ask("/a.txt", fields)).status;
    expect(await statusOf(`If-None-Match: W/${etag}, "x"`)).toBe(304);
    expect(await statusOf(`If-Modified-Since: ${MODIFIED}`)).toBe(304);
    expect(await statusOf("If-Match: *")).toBe(200);
    expect(await statusOf('If-Match: "x"')).toBe(412);
    expect(await statusOf("If-Unmodified-Since: Tue, 02 Jan 2024 03:04:04 GMT")).toBe(412);
    expect(await statusOf("Range: bytes=0-1", `If-Range: ${etag}`)).toBe(206);
    expect(await statusOf("Range: bytes=0-1", 'If-Range: "x"')).toBe(200);
    const notModified = await ask("/a.txt", [`If-None-Match: ${etag}`]);
    expect(fieldsOf(notModified)).toEqual([`ETag: ${etag}`, `Last-Modified: ${MODIFIED}`]);
  });

  test("ranges: one, several, none, of a small and of a large file", async () => {
    const bytesOf = (answer: SeenAnswer) => Buffer.from(answer.body, "latin1");
    const one = await ask("/big.bin", ["Range: bytes=65530-199999"]);
    expect([one.status, ...valuesOf(one, "content-range")]).toEqual([206, "bytes 65530-199999/1000000"]);
    expect(bytesOf(one).equals(BIG.subarray(65_530, 200_000))).toBe(true);
    for (const [path, size] of [
      ["/big.bin", 1_000_000],
      ["/a.txt", 6],
    ] as const) {
      const none = await ask(path, ["Range: bytes=1000000-"]);
      expect(valuesOf(none, "content-range")).toEqual([`bytes */${size}`]);
      expect(await refusalOf(front, none)).toMatchObject({ status: 416, cause: "range_not_satisfiable" });
    }
    const several = await ask("/big.bin", ["Range: bytes=0-9,500000-500009,-5"]);
    const [type = ""] = valuesOf(several, "content-type");
    const boundary = /^multipart\/byteranges; boundary=([0-9a-f]{32})$/.exec(type)?.[1];
    const part = (start: number, end: number) =>
      `\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${start}-${end - 1}/1000000\r\n\r\n${Buffer.from(BIG.subarray(start, end)).toString("latin1")}`;
    expect(several.body).toBe(
      `${part(0, 10)}${part(500_000, 500_010)}${part(999_995, 1_000_000)}\r\n--${boundary}--\r\n`,
    );
    const hundred = Array.from({ length: 100 }, () => "0-").join(",");
    expect((await ask("/a.txt", [`Range: bytes=${hundred}`])).status).toBe(200);
  });

  test("compressed siblings go to whom they suit, with a version of their own; one that is older is left", async () => {
    tree.put("site/stale.css.gz", "old css in gzip");
    spawnSync("touch", ["-d", "2020-01-01", join(tree.path, "site/stale.css.gz")]);
    const plain = await ask("/page.html");
    const br = await ask("/page.html", ["Accept-Encoding: gzip, br"]);
    const gzip = await ask("/page.html", ["Accept-Encoding: gzip"]);
    expect([plain.body, br.body, gzip.body]).toEqual(["page in plain", "page in br", "page in gzip"]);
    expect([plain, br, gzip].map((one) => valuesOf(one, "content-encoding")[0])).toEqual([
      undefined,
      "br",
      "gzip",
    ]);
    expect([plain, br, gzip].map((one) => valuesOf(one, "vary")[0])).toEqual(
      Array(3).fill("Accept-Encoding"),
    );
    expect(valuesOf(br, "content-type")).toEqual(["text/html; charset=utf-8"]);
    expect(new Set([plain, br, gzip].map((one) => valuesOf(one, "etag")[0])).size).toBe(3);
    expect((await ask("/stale.css", ["Accept-Encoding: gzip"])).body).toBe("new css");
    const [range] = valuesOf(
      await ask("/page.html", ["Accept-Encoding: br", "Range: bytes=0-3"]),
      "content-range",
    );
    expect(range).toBe("bytes 0-3/10");
  });

  test("Cache-Control: by the rules, and for names that hold a digest", async () => {
    const cachingOf = async (path: string) => valuesOf(await ask(path), "cache-control");
    expect(await cachingOf("/page.html")).toEqual(["no-cache"]);
    expect(await cachingOf("/sub/")).toEqual(["no-cache"]);
    expect(await cachingOf("/app.3f2a9c1b.js")).toEqual(["public, max-age=31536000, immutable"]);
    expect(await cachingOf("/a.txt")).toEqual([]);
  });

  test("a connection goes on behind a file, a refusal of one, and a large one", async () => {
    using client = await front.connect();
    const paths = ["/a.txt", "/media/none", "/big.bin", "/out", "/none", "/a.txt"];
    await client.send(paths.map((path) => get(path)).join(""));
    const answers = await untilAnswers(client, paths.length);
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 200, 403, 200, 200]);
    expect(Buffer.from(answers[2]?.body ?? "", "latin1").equals(BIG)).toBe(true);
    expect(client.isClosed).toBe(false);
  });

  test("what a body comes with is answered, and the connection ended where it is not all there", async () => {
    using client = await front.connect();
    await client.send(request("GET", "/a.txt", ["Content-Length: 100"], "only some"));
    expect((await untilAnswer(client)).body).toBe("hello\n");
    await client.untilClosed();
  });
});

describe("a front that cannot open its files", () => {
  test("does not start, and names the directory", async () => {
    const files = { ...FILES, root: "/nowhere/at/all" };
    const started = startFront({ groups: [anyHost("default", { ...SETTINGS, files })] });
    await expect(started).rejects.toThrow(/files_refused.*\/nowhere\/at\/all/);
  });
});
