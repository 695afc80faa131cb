// Answers of apps that name a file in the place of a body, on the real gw: by the field, by gw's own module, whatever the program
// is made with, and whether the file is handed to the front end open or sent by the worker.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { get, request } from "../support/exchange.ts";
import { eventually, startGw } from "../support/gw.ts";
import { testWith, WITH_PYTHON } from "../support/needs.ts";
import { childInRole, openBelow } from "../support/proc-status.ts";
import { exchangeRaw } from "../support/raw-http.ts";
import { makePublicDir } from "../support/temp-dir.ts";
import { PYTHON } from "../support/worker-process.ts";

setDefaultTimeout(60_000);

const TEXT = Array.from({ length: 20_000 }, (_, at) => `line ${at}\n`).join("");

const FETCH_APP = `
  import { sendFile } from "gw";
  const byField = (path, more = {}) => new Response("never sent", { ...more, headers: { "X-Sendfile": path, ...more.headers } });
  const answers = {
    "/module": () => sendFile("big.txt", { headers: { "x-app": "yes" } }),
    "/field": () => byField("big.txt", { headers: { "x-app": "yes" } }),
    "/later": async () => { await 1; return byField("big.txt"); },
    "/short": () => byField("big.txt", { headers: { "content-length": "10" } }),
    "/long": () => byField("big.txt", { headers: { "content-length": "99999999" } }),
    "/few": () => sendFile("few.txt"),
    "/barely": () => byField("few.txt", { headers: { "content-length": "100" } }),
    "/nothing": () => byField("empty.txt", { headers: { "content-length": "100" } }),
    "/empty": () => byField("empty.txt"),
    "/counted": () => byField("big.txt", { headers: { "content-length": "0" } }),
    "/unchanged": () => new Response(null, { status: 304, headers: { "X-Sendfile": "big.txt", etag: '"a"' } }),
    "/status": () => byField("big.txt", { status: 404 }),
    "/none": () => byField("none.txt"),
    "/directory": () => byField("."),
    "/fifo": () => byField("/dev/zero"),
  };
  export default { fetch: (request) => (answers[new URL(request.url).pathname] ?? (() => new Response("plain")))() };`;

const NODE_APP = `
  import { createServer } from "node:http";
  const answers = {
    "/module": (response) => { response.setHeader("x-app", "yes"); response.setHeader("X-Sendfile", "big.txt"); response.end("never sent"); },
    "/field": (response) => { response.writeHead(200, { "X-Sendfile": "big.txt", "x-app": "yes" }); response.end(); },
    "/later": (response) => { response.setHeader("x-sendfile", "big.txt"); response.write("never"); response.end("sent"); },
    "/short": (response) => { response.writeHead(200, { "X-Sendfile": "big.txt", "Content-Length": 10 }); response.end(); },
    "/long": (response) => { response.writeHead(200, { "X-Sendfile": "big.txt", "Content-Length": 99999999 }); response.end(); },
    "/few": (response) => { response.setHeader("X-Sendfile", "few.txt"); response.end(); },
    "/barely": (response) => { response.writeHead(200, { "X-Sendfile": "few.txt", "Content-Length": 100 }); response.end(); },
    "/nothing": (response) => { response.writeHead(200, { "X-Sendfile": "empty.txt", "Content-Length": 100 }); response.end(); },
    "/empty": (response) => { response.setHeader("X-Sendfile", "empty.txt"); response.end(); },
    "/counted": (response) => { response.writeHead(200, ["X-Sendfile", "big.txt", "Content-Length", "10"]); response.end("never sent"); },
    "/unchanged": (response) => { response.writeHead(304, [["X-Sendfile", "big.txt"], ["ETag", '"a"']]); response.end(); },
    "/status": (response) => { response.writeHead(404, { "X-Sendfile": "big.txt" }); response.end(); },
    "/none": (response) => { response.setHeader("X-Sendfile", "none.txt"); response.end(); },
    "/directory": (response) => { response.setHeader("X-Sendfile", "."); response.end(); },
    "/fifo": (response) => { response.setHeader("X-Sendfile", "/dev/zero"); response.end(); },
  };
  createServer((request, response) => (answers[request.url] ?? ((r) => r.end("plain")))(response)).listen(0);`;

const PYTHON_APP = `
  ANSWERS = {
      "/module": ("200 OK", "big.txt", [("X-App", "yes")], [b"never ", b"sent"]),
      "/field": ("200 OK", "big.txt", [("X-App", "yes")], [b"never sent"]),
      "/later": ("200 OK", "big.txt", [], (part for part in [b"never ", b"sent"])),
      "/short": ("200 OK", "big.txt", [("Content-Length", "10")], []),
      "/long": ("200 OK", "big.txt", [("Content-Length", "99999999")], []),
      "/few": ("200 OK", "few.txt", [], []),
      "/barely": ("200 OK", "few.txt", [("Content-Length", "100")], []),
      "/nothing": ("200 OK", "empty.txt", [("Content-Length", "100")], []),
      "/empty": ("200 OK", "empty.txt", [], []),
      "/counted": ("200 OK", "big.txt", [("Content-Length", "10")], [b"never sent"]),
      "/unchanged": ("304 Not Modified", "big.txt", [("ETag", '"a"')], []),
      "/status": ("404 Not Found", "big.txt", [], [b""]),
      "/none": ("200 OK", "none.txt", [], []),
      "/directory": ("200 OK", ".", [], [b"never sent"]),
      "/fifo": ("200 OK", "/dev/zero", [], []),
  }

  def application(environ, start_response):
      if environ["PATH_INFO"] not in ANSWERS:
          start_response("200 OK", [("Content-Type", "text/plain")])
          return [b"plain"]
      status, path, fields, body = ANSWERS[environ["PATH_INFO"]]
      write = start_response(status, [("x-sendfile", path)] + fields)
      if environ["PATH_INFO"] == "/module":
          write(b"never sent")
      return body
`.replaceAll("\n  ", "\n");

async function serve(app: string, ...flags: string[]) {
  const dir = makePublicDir();
  dir.write("big.txt", TEXT);
  dir.write("few.txt", "few");
  dir.write("empty.txt", "");
  const python = app === PYTHON_APP;
  const file = dir.write(python ? "app.py" : "app.ts", app);
  const gw = await startGw([
    file,
    "--x-sendfile",
    ...(python && PYTHON ? ["--python", PYTHON] : []),
    ...flags,
  ]);
  const front = flags.includes("--embedded-mode") ? undefined : childInRole(gw.pid, "__front").pid;
  return {
    gw,
    front,
    dir,
    ask: (path: string, init?: RequestInit) => fetch(new URL(path, gw.url), init),
    async [Symbol.asyncDispose]() {
      await gw[Symbol.asyncDispose]();
      dir[Symbol.dispose]();
    },
  };
}

/** A file that is shorter than the app has said: all of its bytes, under the length that was said, and never the end of it. */
async function expectCuts({ gw }: Awaited<ReturnType<typeof serve>>) {
  for (const [path, length, body] of [
    ["/long", 99_999_999, TEXT],
    ["/barely", 100, "few"],
    ["/nothing", 100, ""],
  ] as const) {
    const cut = await exchangeRaw(gw.url, get(path));
    const [head = "", bytes = ""] = cut.split(/\r\n\r\n(.*)$/s);
    expect([path, head.split("\r\n")[0]]).toEqual([path, "HTTP/1.1 200 OK"]);
    expect(head).toMatch(new RegExp(`^content-length: ${length}$`, "im"));
    expect([path, bytes.length, bytes === body]).toEqual([path, body.length, true]);
    await gw.until(new RegExp(`response cut cause=response_incomplete .*path=${path} `));
    const whole = await exchangeRaw(gw.url, request("HEAD", path, ["Connection: close"]));
    expect(whole).toMatch(
      new RegExp(`^HTTP/1.1 200 OK\r\n[^]*content-length: ${length}\r\n[^]*\r\n\r\n$`, "i"),
    );
  }
}

describe.each([
  ["fetch, handed over", FETCH_APP, ["--enable-sendfile"]],
  ["fetch, sent by the worker", FETCH_APP, []],
  ["node:http, handed over", NODE_APP, ["--enable-sendfile"]],
  ["node:http, sent by the worker", NODE_APP, []],
  ["Python, handed over", PYTHON_APP, ["--enable-sendfile"]],
  ["Python, sent by the worker", PYTHON_APP, []],
] as const)("files of an app: %s", (_title, app, flags) => {
  testWith(...(app === PYTHON_APP ? [WITH_PYTHON] : []))(
    "the file is the answer, with the app's fields, and nobody hears how",
    async () => {
      await using served = await serve(app, ...flags);
      for (const path of ["/module", "/field", "/later"]) {
        const answer = await served.ask(path);
        expect([path, answer.status, await answer.text()]).toEqual([path, 200, TEXT]);
        expect(answer.headers.get("content-length")).toBe(String(TEXT.length));
        expect([...answer.headers.keys()].filter((name) => /sendfile|x-gw/.test(name))).toEqual([]);
        expect(answer.headers.get("content-type")).toContain("text/plain");
      }
      expect((await served.ask("/field")).headers.get("x-app")).toBe("yes");
      expect(await (await served.ask("/short")).text()).toBe(TEXT.slice(0, 10));
      await expectCuts(served);
      expect(await (await served.ask("/empty")).text()).toBe("");
      // What frameworks say of a body that is not sent says nothing of the file.
      expect(await (await served.ask("/counted")).text()).toBe(TEXT);
      const unchanged = await served.ask("/unchanged");
      expect([unchanged.status, unchanged.headers.get("x-sendfile"), unchanged.headers.get("etag")]).toEqual([
        ...[304, null, '"a"'],
      ]);
      const missing = await served.ask("/status");
      expect([missing.status, (await missing.text()).length]).toEqual([404, TEXT.length]);
      expect(await (await served.ask("/other")).text()).toBe("plain");
      const head = await served.ask("/field", { method: "HEAD" });
      expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([
        200,
        String(TEXT.length),
        "",
      ]);
      const part = await served.ask("/field", { headers: { range: "bytes=100000-100009" } });
      expect([part.status, part.headers.get("content-range"), await part.text()]).toEqual([
        206,
        `bytes 100000-100009/${TEXT.length}`,
        TEXT.slice(100_000, 100_010),
      ]);
      for (const [init, expected] of [
        [{}, [200, "3", "few"]],
        [{ method: "POST", body: "x" }, [200, "3", "few"]],
        [{ method: "HEAD" }, [200, "3", ""]],
        [{ headers: { range: "bytes=1-" } }, [206, "2", "ew"]],
      ] as const) {
        const few = await served.ask("/few", init);
        expect([few.status, few.headers.get("content-length"), await few.text()]).toEqual([...expected]);
      }
      // What cannot be sent is the app's own mistake, told to its author.
      for (const path of ["/none", "/directory", "/fifo"]) {
        const refused = await served.ask(path);
        expect([path, refused.status, await refused.text()]).toEqual([path, 500, "Internal Server Error\n"]);
      }
      await served.gw.until(/The answer names the file \S+none\.txt, which cannot be sent: ENOENT/);
      await served.gw.until(/it is no regular file/);
      const many = await Promise.all(
        Array.from({ length: 90 }, () => served.ask("/field").then((one) => one.text())),
      );
      expect(many.every((text) => text === TEXT)).toBe(true);
      const { front } = served;
      if (front !== undefined)
        await eventually(() => openBelow(served.dir.path, front) === 0, "no file is open");
    },
  );
});

test("files of an app: in embedded mode the worker sends them", async () => {
  await using served = await serve(FETCH_APP, "--embedded-mode", "--enable-sendfile");
  for (const path of ["/module", "/field", "/later"])
    expect(await (await served.ask(path)).text()).toBe(TEXT);
});

test("files of an app: in embedded mode a program on node:http sends them, too, and no client sees the field", async () => {
  await using served = await serve(NODE_APP, "--embedded-mode");
  for (const path of ["/module", "/field", "/later"]) {
    const answer = await served.ask(path);
    expect([answer.headers.get("x-sendfile"), await answer.text()]).toEqual([null, TEXT]);
  }
  const part = await served.ask("/module", { headers: { range: "bytes=0-9" } });
  expect([part.status, await part.text()]).toEqual([206, TEXT.slice(0, 10)]);
  expect((await served.ask("/none")).status).toBe(500);
});

test("files of an app: without the option the field is a field", async () => {
  const dir = makePublicDir();
  await using gw = await startGw([dir.write("app.ts", FETCH_APP)]);
  dir.write("big.txt", TEXT);
  const answer = await fetch(new URL("/field", gw.url));
  expect([answer.headers.get("x-sendfile"), await answer.text()]).toEqual(["big.txt", "never sent"]);
  expect(await (await fetch(new URL("/module", gw.url))).text()).toBe(TEXT);
  dir[Symbol.dispose]();
});
