// What apps and operators of mod_wsgi's daemon mode rely on, statement by statement, on the built gw: the environ, the rules of
// PEP 3333 as mod_wsgi holds them, files, recycling, hooks, the module of its name. `npm run test:python`, half a minute; installs nothing.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { type Gw, runGw, startGw } from "../support/gw.ts";
import { describeWith, WITH_PYTHON } from "../support/needs.ts";
import { connectRaw } from "../support/raw-http.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { PYTHON, ROOT } from "../support/worker-process.ts";

setDefaultTimeout(60_000);

const APP = join(ROOT, "test/apps/mod-wsgi/app.py");
const WITH = ["--python", PYTHON ?? "python3"];
const DATA = Buffer.from(Array.from({ length: 256 * 64 }, (_, n) => n % 256));

type Environ = Record<string, unknown>;
type Process = { variables: Record<string, string>; child: Record<string, string> } & Record<string, unknown>;

const start = (...args: string[]) => startGw([APP, ...WITH, ...args]);
const json = async <T = unknown>(gw: Gw, path: string, init?: RequestInit): Promise<T> =>
  (await fetch(new URL(path, gw.url), init)).json() as never;
const environOf = (gw: Gw, path = "/environ", init?: RequestInit) => json<Environ>(gw, path, init);
const processOf = (gw: Gw) => json<Process>(gw, "/process");

/** The answer to bytes that are sent as they are, until the connection is closed. */
async function raw(gw: Gw, bytes: string): Promise<string> {
  using client = await connectRaw({ port: gw.port });
  await client.send(Buffer.from(bytes, "latin1"));
  return await client.untilClosed();
}
const request = (path: string, ...fields: string[]) =>
  [`GET ${path} HTTP/1.1`, "Host: a.test", "Connection: close", ...fields, "", ""].join("\r\n");
const environIn = (answer: string): Environ => JSON.parse(/\{.*\}/.exec(answer)?.[0] ?? "null");

describeWith(WITH_PYTHON)("mod_wsgi", () => {
  let gw: Gw;
  const ask = (path: string, init?: RequestInit) => fetch(new URL(path, gw.url), init);

  beforeAll(async () => {
    gw = await start("--setenv", "GIVEN", "by the operator", "--limit-request-body=1M");
  });
  afterAll(async () => {
    await gw[Symbol.asyncDispose]();
  });

  describe("the environ", () => {
    test("mod_wsgi 1: what CGI and PEP 3333 name, and nothing of the channel to the worker", async () => {
      const environ = await environOf(gw, "/environ?a=1&b=%20", { headers: { "X-Given": "yes" } });
      expect(environ).toMatchObject({
        REQUEST_METHOD: "GET",
        SCRIPT_NAME: "",
        PATH_INFO: "/environ",
        QUERY_STRING: "a=1&b=%20",
        REQUEST_URI: "/environ?a=1&b=%20",
        SERVER_NAME: "127.0.0.1",
        SERVER_PORT: String(gw.port),
        SERVER_PROTOCOL: "HTTP/1.1",
        GATEWAY_INTERFACE: "CGI/1.1",
        REQUEST_SCHEME: "http",
        REMOTE_ADDR: "127.0.0.1",
        HTTP_X_GIVEN: "yes",
        GIVEN: "by the operator",
        SCRIPT_FILENAME: APP,
        "wsgi.version": [1, 0],
        "wsgi.url_scheme": "http",
        "wsgi.multithread": true,
        "wsgi.multiprocess": false,
        "wsgi.run_once": false,
        "wsgi.input_terminated": true,
        "mod_wsgi.callable_object": "application",
        "mod_wsgi.application_group": "",
        "mod_wsgi.script_reloading": "1",
        "mod_wsgi.request_handler": "wsgi-script",
        "mod_wsgi.version": [4, 1, 0],
      });
      expect(Object.keys(environ).filter((key) => /^HTTPS$|GW|SSL|CONTENT_|CONNECTION$/.test(key))).toEqual(
        [],
      );
      for (const key of ["request_start", "queue_start", "daemon_start", "application_start"])
        expect([key, environ[`mod_wsgi.${key}`]]).toEqual([key, expect.stringMatching(/^\d{16}$/) as never]);
    });

    test("mod_wsgi 2: slashes that are doubled are one, in PATH_INFO and not in REQUEST_URI; escapes are read", async () => {
      const environ = environIn(await raw(gw, request("//a///b/%41%2Fb/environ?x=//")));
      expect([environ.PATH_INFO, environ.REQUEST_URI, environ.QUERY_STRING]).toEqual([
        "/a/b/A/b/environ",
        "//a///b/%41%2Fb/environ?x=//",
        "x=//",
      ]);
      expect(await (await ask("/gr%C3%B6%C3%9Fe/unicode")).text()).toBe("/größe/unicode");
    });

    test("mod_wsgi 3: of fields that CGI cannot tell apart, and of Proxy, nothing is told", async () => {
      const environ = environIn(
        await raw(
          gw,
          request("/environ", "X_Under: a", "Proxy: b", "X.Dot: c", "X-Good: d", "Authorization: Basic eDp5"),
        ),
      );
      expect(Object.keys(environ).filter((key) => /UNDER|PROXY|DOT/.test(key))).toEqual([]);
      expect([environ.HTTP_X_GOOD, environ.HTTP_AUTHORIZATION]).toEqual(["d", "Basic eDp5"]);
    });

    test("mod_wsgi 4: repeated fields are one value, cookies by their own separator", async () => {
      const environ = environIn(
        await raw(gw, request("/environ", "X-A: 1", "X-A: 2", "Cookie: a=1", "Cookie: b=2")),
      );
      expect([environ.HTTP_X_A, environ.HTTP_COOKIE]).toEqual(["1, 2", "a=1; b=2"]);
    });

    test("mod_wsgi 5: the protocol is the client's", async () => {
      const answer = await raw(gw, "GET /environ HTTP/1.0\r\nHost: a.test\r\n\r\n");
      expect(environIn(answer).SERVER_PROTOCOL).toBe("HTTP/1.0");
    });

    test("mod_wsgi 6: a type and a length have keys of their own", async () => {
      const environ = await environOf(gw, "/environ", {
        method: "POST",
        body: "abc",
        headers: { "Content-Type": "a/b" },
      });
      expect(environ).toMatchObject({ REQUEST_METHOD: "POST", CONTENT_TYPE: "a/b", CONTENT_LENGTH: "3" });
      expect(environ).not.toHaveProperty("HTTP_CONTENT_TYPE");
    });
  });

  describe("the body of a request", () => {
    const read = (how: string, body: RequestInit["body"]) =>
      ask(`/read?${how}`, { method: "POST", body: body ?? null });
    test("mod_wsgi 7: read, readline and iteration, with and without a size", async () => {
      expect(await (await read("some", "abcdef\nghi\njkl")).json()).toEqual([
        "14",
        null,
        true,
        ["ab", "cde", "f\n", "ghi\njkl", ""],
      ]);
      expect(((await (await read("lines", "a\nb\nc")).json()) as unknown[])[3]).toEqual(["a\n", "b\n", "c"]);
    });

    test("mod_wsgi 8: chunks have no length, and end", async () => {
      const stream = new ReadableStream({
        async start(controller) {
          for (const piece of ["ab", "cd"]) controller.enqueue(Buffer.from(piece));
          controller.close();
        },
      });
      const answer = await ask("/read", { method: "POST", body: stream, duplex: "half" } as RequestInit);
      expect(await answer.json()).toEqual([null, null, true, "abcd"]);
    });

    test("mod_wsgi 9: too large a body is 413, and the app is not asked", async () => {
      expect((await read("size", "x".repeat(1_048_577))).status).toBe(413);
      expect(((await (await read("size", "x".repeat(1_048_576))).json()) as unknown[])[3]).toBe(1_048_576);
    });

    test("mod_wsgi 10: one that is not read does no harm to the next request", async () => {
      for (const size of [10, 900_000]) expect((await read("none", "x".repeat(size))).status).toBe(200);
      expect(((await (await read("", "next")).json()) as unknown[])[3]).toBe("next");
    });

    test("mod_wsgi 11: after its request it is an error", async () => {
      await ask("/keep_input", { method: "POST", body: "abc" });
      expect(await json(gw, "/kept_input")).toBe("RuntimeError");
    });

    test("mod_wsgi 12: both a length and chunks, a bad length, and another coding are refused", async () => {
      const post = (...fields: string[]) =>
        raw(gw, ["POST /read HTTP/1.1", "Host: a.test", "Connection: close", ...fields, "", ""].join("\r\n"));
      expect(await post("Content-Length: 3", "Transfer-Encoding: chunked")).toStartWith("HTTP/1.1 400 ");
      expect(await post("Content-Length: x")).toStartWith("HTTP/1.1 400 ");
      expect(await post("Transfer-Encoding: gzip")).toMatch(/^HTTP\/1\.1 (?:400|501) /);
    });

    test("mod_wsgi 13: 100 Continue comes with the first read, and not without one", async () => {
      using client = await connectRaw({ port: gw.port });
      const expects = (how: string) =>
        client.send(
          `POST /read?${how} HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n`,
        );
      await expects("size");
      await client.until("HTTP/1.1 100 Continue\r\n\r\n");
      await client.send("abc");
      await client.until(/true, 3\]$/);
      using other = await connectRaw({ port: gw.port });
      await other.send(
        "POST /read?none HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
      );
      expect(await other.untilClosed()).toStartWith("HTTP/1.1 200 ");
    });
  });

  describe("the answer", () => {
    test("mod_wsgi 14: challenges and cookies stay as they are, line by line", async () => {
      const answer = await raw(gw, request("/challenges"));
      const lines = answer.split("\r\n").filter((line) => /^(?:WWW-Authenticate|Set-Cookie): /i.test(line));
      expect(lines).toEqual([
        'WWW-Authenticate: Basic realm="a, b"',
        "WWW-Authenticate: Digest x=1, y=2",
        "Set-Cookie: a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT",
        "Set-Cookie: b=2",
      ]);
    });

    test.each(
      [
        "status_type",
        "status_short",
        "status_word",
        "status_line",
        "headers_type",
        "header_tuple",
        "header_name",
        "header_name_type",
      ]
        .concat([
          "header_value",
          "header_nul",
          "header_value_type",
          "header_unicode",
          "length",
          "length_negative",
          "body_text",
        ])
        .concat(["body_items", "body_none"])
        .map((name) => [name]),
    )("mod_wsgi 15: bad_%s is 500, and nothing of it gets out", async (name) => {
      const answer = await raw(gw, request(`/bad_${name}`));
      expect(answer).toStartWith("HTTP/1.1 500 ");
      expect(answer).not.toContain("C: d");
    });

    test.each([
      ["200", 200, ""],
      ["299+Own+words", 299, "Own words"],
      ["404+N\xf6", 404, undefined],
    ])("mod_wsgi 16: the status %s is the app's", async (said, status, reason) => {
      const answer = await ask(`/status?${said}`);
      expect(answer.status).toBe(status);
      if (reason)
        expect(await raw(gw, request(`/status?${said}`))).toStartWith(`HTTP/1.1 ${status} ${reason}\r\n`);
    });

    test("mod_wsgi 17: start_response twice is an error, with exc_info it replaces, too late it raises", async () => {
      expect((await ask("/twice")).status).toBe(500);
      const replaced = await ask("/twice_with_info");
      expect([replaced.status, replaced.headers.get("x-was"), await replaced.text()]).toEqual([
        500,
        "second",
        "replaced",
      ]);
      const late = await raw(gw, request("/info_too_late"));
      expect(late).toContain("begun");
      expect(late).not.toContain("never");
      expect(late).not.toEndWith("0\r\n\r\n");
      expect((await ask("/nothing_said")).status).toBe(500);
      await gw.until(/ValueError: on purpose, late/);
    });

    test("mod_wsgi 18: what is more than Content-Length is dropped, what is less is cut", async () => {
      expect(await (await ask("/too_much")).text()).toBe("abc");
      const answer = await raw(gw, request("/too_little"));
      expect(answer).toMatch(/^HTTP\/1\.1 (?:200 |502 )/);
      expect(answer).not.toMatch(/ab.{8}/s);
    });

    test("mod_wsgi 19: write() sends what it is given, before what is returned", async () => {
      expect(await (await ask("/written")).text()).toBe("first second third");
    });

    test("mod_wsgi 20: each block is sent when it is there", async () => {
      using client = await connectRaw({ port: gw.port });
      await client.send(request("/slow_blocks"));
      await client.until(/first/);
      expect(client.text()).not.toContain("second");
      await ask("/open_gate");
      await client.until(/second/);
    });

    test("mod_wsgi 21: close() is called once, however the body ends, also of HEAD", async () => {
      const before = await json<number>(gw, "/closed");
      expect(await (await ask("/close")).text()).toBe("ab");
      expect((await ask("/close", { method: "HEAD" })).status).toBe(200);
      await raw(gw, request("/close_raising"));
      expect((await ask("/close_raising_at_once")).status).toBe(500);
      expect(await json<number>(gw, "/closed")).toBe(before + 4);
    });

    test("mod_wsgi 22: one of several fields, Latin-1, and nothing about the connection", async () => {
      const answer = await raw(gw, request("/fields"));
      expect(answer).toContain("\r\nX-Latin: gr\xf6\xdfe\r\n");
      expect(answer.match(/Content-Type: .*/g)).toEqual(["Content-Type: c/d"]);
      expect(answer).not.toMatch(/Keep-Alive: 1/);
    });

    test("mod_wsgi 23: a Location with 200 redirects nobody", async () => {
      const answer = await ask("/location", { redirect: "manual" });
      expect([answer.status, answer.headers.get("location"), await answer.text()]).toEqual([
        200,
        "/environ",
        "own body",
      ]);
    });

    test("mod_wsgi 24: a header line over the bound is a gateway error of its own", async () => {
      expect((await ask("/large_header?30000")).status).toBe(200);
      const large = await ask("/large_header?33000");
      expect([large.status, large.headers.get("proxy-status")]).toEqual([
        502,
        expect.stringContaining("header") as never,
      ]);
    });

    test("mod_wsgi 25: HEAD has the fields of GET, and no body", async () => {
      const [head, get] = await Promise.all([ask("/environ", { method: "HEAD" }), ask("/environ")]);
      expect([head.status, head.headers.get("content-type"), await head.text()]).toEqual([
        200,
        get.headers.get("content-type"),
        "",
      ]);
      await get.text();
    });
  });

  describe("files", () => {
    const bytes = async (path: string) => Buffer.from(await (await ask(path)).arrayBuffer());
    test("mod_wsgi 26: from where it stands to its end, with that length", async () => {
      const answer = await ask("/file?100");
      expect(answer.headers.get("content-length")).toBe(String(DATA.length - 100));
      expect(Buffer.from(await answer.arrayBuffer()).equals(DATA.subarray(100))).toBeTrue();
    });

    test("mod_wsgi 27: exactly as many bytes as the app has said", async () => {
      expect((await bytes("/file?10,20")).equals(DATA.subarray(10, 30))).toBeTrue();
    });

    test("mod_wsgi 28: what is no file is read in blocks of 8192, and closed", async () => {
      expect((await bytes("/unreal")).equals(DATA)).toBeTrue();
      const [reads, closed] = await json<[number[], number]>(gw, "/unreal_seen");
      expect([new Set(reads), closed]).toEqual([new Set([8192]), 1]);
    });

    test("mod_wsgi 29: after write() a file is read like anything else", async () => {
      expect(await (await ask("/wrapped_after_write")).text()).toBe("written file");
    });

    test("mod_wsgi 30: the same with sendfile", async () => {
      await using other = await start("--enable-sendfile");
      const whole = await fetch(`${other.url}file?100`);
      expect(Buffer.from(await whole.arrayBuffer()).equals(DATA.subarray(100))).toBeTrue();
      const part = await fetch(`${other.url}file?10,20`);
      expect(Buffer.from(await part.arrayBuffer()).equals(DATA.subarray(10, 30))).toBeTrue();
    });
  });

  describe("the process", () => {
    test("mod_wsgi 31: home first on sys.path by its path, a name of its own, output in UTF-8, nothing on its input", async () => {
      const seen = await processOf(gw);
      expect(seen.path).toEqual(expect.arrayContaining([join(ROOT, "test/apps/mod-wsgi")]));
      expect((seen.path as string[])[0]).toBe(String(seen.cwd));
      expect(seen).toMatchObject({
        file: APP,
        stdin: "",
        multiple: 1,
        threads: 5,
        application_group: "",
        encoding: "utf-8",
      });
      expect(String(seen.name)).toStartWith("_mod_wsgi_");
      await ask("/print");
      await gw.until(/printed: größe €/);
      await gw.until(/to errors/);
      await gw.until(/half a line/);
    });

    test("mod_wsgi 32: under LANG=C and an empty environment codecs and files are UTF-8", async () => {
      await using other = await startGw([APP, ...WITH], {
        env: { LANG: "C", LC_ALL: "C", PYTHONUTF8: undefined },
      });
      const seen = await processOf(other);
      expect([seen.encoding, seen.fs]).toEqual(["utf-8", "utf-8"]);
    });

    test("mod_wsgi 33: the hash seed and no byte code are the interpreter's, and no child's", async () => {
      const flags = [
        "--hash-seed=42",
        "--dont-write-bytecode",
        "--python-optimize=1",
        "--python-warnings=error",
      ];
      await using one = await start(...flags);
      await using two = await start(...flags);
      const [first, second] = [await processOf(one), await processOf(two)];
      expect(first.hash).toBe(second.hash);
      expect(first).toMatchObject({ bytecode: true, optimize: 1, warnings: ["error"] });
      for (const variables of [first.variables, first.child])
        expect(Object.keys(variables).filter((name) => /^PYTHON(?:HASH|DONT|OPT|WARN)/.test(name))).toEqual(
          [],
        );
      const { code, stderr } = await runGw(["start-server", APP, ...WITH, "--hash-seed=4294967296"]);
      expect([code, stderr]).toEqual([78, expect.stringContaining("hashSeed") as never]);
    });

    test("mod_wsgi 34: processes that were asked for are multiprocess, even one; one thread is no multithread", async () => {
      await using other = await start("--processes=1", "--threads=1");
      expect(await environOf(other)).toMatchObject({ "wsgi.multiprocess": true, "wsgi.multithread": false });
      await using once = await start("--threads=1", "--maximum-requests=1");
      expect(await environOf(once)).toMatchObject({ "wsgi.run_once": true });
    });

    test("mod_wsgi 35: umask, home, priority, paths, variables, and the scheme by HTTPS", async () => {
      using site = makeTempDir();
      site.write("own_module.py", "X = 1\n");
      await using other = await start(
        ...["--umask=027", "--home", site.path, "--cpu-priority=5", "--python-path", join(ROOT, "test/apps")],
        ...["--passenv", "PASSED", "--setenv", "HTTPS=1", "--switch-interval=3ms"],
      );
      const seen = await processOf(other);
      expect(seen).toMatchObject({ umask: 0o027, cwd: site.path, nice: 5, interval: 0.003 });
      expect((seen.path as string[])[0]).toBe(site.path);
      expect(seen.path).toContain(join(ROOT, "test/apps"));
      const environ = await environOf(other);
      expect(environ["wsgi.url_scheme"]).toBe("https");
      expect(environ).not.toHaveProperty("HTTPS");
    });

    test.each([
      ["On", "https"],
      ["on", "https"],
      ["1", "https"],
      ["0", "http"],
    ])("mod_wsgi 36: HTTPS=%s is the scheme %s", async (value, scheme) => {
      await using other = await start("--setenv", `HTTPS=${value}`);
      expect((await environOf(other))["wsgi.url_scheme"]).toBe(scheme);
    });

    test("mod_wsgi 37: an app by its module and by another name, below a mount", async () => {
      await using other = await start("--callable-object=other", "--mount=/below");
      expect(await json(other, "/below/x")).toBe("other");
      expect((await fetch(`${other.url}elsewhere`)).status).toBe(404);
      const where = { cwd: join(ROOT, "test/apps/mod-wsgi") };
      await using module = await startGw(["app:other", ...WITH], where);
      expect(await json(module, "/")).toBe("other");
      await using typed = await startGw(["app", "--application-type=module", ...WITH], where);
      expect((await environOf(typed)).PATH_INFO).toBe("/environ");
    });

    test("mod_wsgi 38: with no script there is a welcome page", async () => {
      await using other = await startGw([]);
      expect((await fetch(other.url)).status).toBe(200);
    });

    test("mod_wsgi 39: what cannot work together is refused before anything is started", async () => {
      const { code, stderr } = await runGw(["start-server", APP, ...WITH, "--embedded-mode"]);
      expect([code, stderr]).toEqual([78, expect.stringContaining("embeddedMode") as never]);
    });
  });

  describe("mounts", () => {
    const places = async (args: string[], paths: string[]) => {
      await using other = await start(...args);
      const seen: unknown[] = [];
      for (const path of paths) {
        const answer = await raw(other, request(path));
        const environ = answer.startsWith("HTTP/1.1 200") ? environIn(answer) : {};
        seen.push([answer.slice(9, 12), environ.SCRIPT_NAME, environ.PATH_INFO, environ.REQUEST_URI]);
      }
      return seen;
    };

    test("mod_wsgi 40: at the top", async () => {
      expect(await places([], ["/environ", "/a/environ/", "//environ", "/./environ"])).toEqual([
        ["200", "", "/environ", "/environ"],
        ["200", "", "/a/environ/", "/a/environ/"],
        ["200", "", "/environ", "//environ"],
        ["200", "", "/./environ", "/./environ"],
      ]);
    });

    test.each([["/a/b"], ["/a/b/"]])(
      "mod_wsgi 41: at %s, with and without a slash at the end",
      async (mount) => {
        const paths = [
          "/a/b/environ",
          "/a/b/environ/",
          "/a/b//environ",
          "/a/bc/environ",
          "/A/b/environ",
          "/a%2fb/environ",
        ];
        const seen = await places([`--mount=${mount}`], paths);
        expect(seen.slice(0, 5)).toEqual([
          ["200", "/a/b", "/environ", "/a/b/environ"],
          ["200", "/a/b", "/environ/", "/a/b/environ/"],
          ["200", "/a/b", "/environ", "/a/b//environ"],
          ["404", undefined, undefined, undefined],
          ["404", undefined, undefined, undefined],
        ]);
      },
    );
  });
});
