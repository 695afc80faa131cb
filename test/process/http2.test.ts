// HTTP/2 on the real gw, over TLS: what apps see of it, how it is agreed on, clients of others, and its ends.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CODE, FLAG, FRAME, SETTING, settingsFrame, wordFrame } from "../../src/http/h2/frames.ts";
import { FrameClient, GET, headers, type Pair } from "../front/door/h2/frame-client.ts";
import { connectH2, H2_OVER_TLS } from "../front/door/h2/h2-player.ts";
import { connectH1 } from "../front/door/http1/h1-player.ts";
import type { Asked } from "../front/door/players.ts";
import { freePort } from "../support/free-port.ts";
import { type Gw, runGw, startGw } from "../support/gw.ts";
import { frame } from "../support/h2-peer.ts";
import { testWith, WITH_CURL, WITH_NGHTTP, WITH_NODE, WITH_OPENSSL } from "../support/needs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { tlsFlags } from "../support/tls-setup.ts";

setDefaultTimeout(60_000);

/** Says what it was asked, to the letter; and some other things. */
const APP = `
  import { createServer } from "node:http";
  import { createHash } from "node:crypto";
  const server = createServer((request, response) => {
    const { method, url, rawHeaders } = request;
    if (url === "/wait") return;
    if (url === "/early") response.writeEarlyHints({ link: "</a.css>; rel=preload" });
    if (url === "/large") return response.end(Buffer.alloc(20_000_000, "no two frames begin alike; "));
    if (url === "/trailers") {
      response.writeHead(200, { Trailer: "X-Sum" });
      response.write("body");
      response.addTrailers({ "X-Sum": "7" });
      return response.end();
    }
    const hash = createHash("sha256");
    let length = 0;
    request.on("data", (piece) => { hash.update(piece); length += piece.length; });
    request.on("end", () => response.end(JSON.stringify({ method, url, rawHeaders, length, hash: hash.digest("hex") })));
  });
  server.on("checkContinue", (request, response) => { response.writeContinue(); server.emit("request", request, response); });
  server.on("upgrade", (request, socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Protocol: " + (request.headers["sec-websocket-protocol"] ?? "none") + "\\r\\n\\r\\n");
    socket.write("hello " + (request.headers["sec-websocket-key"] ?? "").length + " ");
    socket.on("data", (bytes) => socket.write("echo:" + bytes));
    socket.on("end", () => socket.end());
    socket.on("error", () => {});
  });
  server.listen(process.env.PORT);`;

let dir: TempDir;
let gw: Gw;
let secure: number;
let tls: string[];

beforeAll(async () => {
  dir = makeTempDir();
  secure = freePort();
  tls = tlsFlags(dir.path);
  gw = await startGw([dir.write("app.ts", APP), "--https-port", String(secure), ...tls]);
});

afterAll(async () => {
  await gw?.[Symbol.asyncDispose]();
  dir?.[Symbol.dispose]();
});

describe("http2: the app sees the same request as over HTTP/1.1", () => {
  const LONG = "x".repeat(200_000);
  const cases: readonly [string, Asked][] = [
    ["nothing but a path", {}],
    ["a path that others would tidy up", { target: "/a%2Fb/../c//d?e=%20&f=+&g" }],
    [
      "fields with repeats, in order",
      { fields: ["x-a", "1", "x-b", "2", "x-a", "3", "accept", "*/*", "x-a", ""] },
    ],
    ["a value beyond ASCII", { fields: ["x-a", "caf\xe9 \xff"] }],
    [
      "fields of a proxy, none of which is trusted",
      { fields: ["x-forwarded-for", "1.2.3.4", "forwarded", "for=1.2.3.4"] },
    ],
    ["names that are gw's own", { fields: ["x-gw-visit", "mine", "x-a", "1"] }],
    ["a body of known length", { method: "POST", body: "a body", fields: ["content-type", "text/plain"] }],
    ["a body of nothing", { method: "POST", body: "" }],
    ["a body of unknown length", { method: "PUT", body: "unknown" }],
    ["a long body", { method: "POST", body: LONG }],
    ["a DELETE with a body", { method: "DELETE", body: "why" }],
    ["another method", { method: "PROPFIND", target: "/dav" }],
    ["TE", { fields: ["te", "trailers"] }],
  ];

  /** Over a connection of its own; fields that depend on the framing are left out. */
  async function seen(
    player: Awaited<ReturnType<typeof connectH1>> | Awaited<ReturnType<typeof connectH2>>,
    asked: Asked,
  ) {
    await player.ask(asked);
    if (asked.body === "unknown") {
      await player.sendBody("some of it, ");
      await player.sendBody("and the rest");
      await player.endBody();
    }
    const { status, body } = await player.answer();
    const request = JSON.parse(body) as { rawHeaders: string[] };
    const fields: string[] = [];
    for (let at = 0; at < request.rawHeaders.length; at += 2) {
      const name = (request.rawHeaders[at] as string).toLowerCase();
      // Whether all of a body is here when a worker gets it is a matter of time.
      if (name !== "transfer-encoding" && name !== "content-length")
        fields.push(name, request.rawHeaders[at + 1] as string);
    }
    return { status, ...request, rawHeaders: fields };
  }

  test.each([...cases])("%s", async (_what, asked) => {
    using one = await connectH1(secure, true);
    using two = await connectH2(secure, H2_OVER_TLS);
    expect(await seen(two, asked)).toEqual(await seen(one, asked));
  });

  test("the crumbs of a cookie are one field, as RFC 9113 has it", async () => {
    using one = await connectH1(secure, true);
    using two = await connectH2(secure, H2_OVER_TLS);
    const crumbs = ["cookie", "a=1", "x-b", "2", "cookie", "c=3"];
    expect(await seen(two, { fields: crumbs })).toEqual(
      await seen(one, { fields: ["cookie", "a=1; c=3", "x-b", "2"] }),
    );
  });

  test("HEAD, interim answers and fields behind a body come back as they are", async () => {
    using player = await connectH2(secure, H2_OVER_TLS);
    await player.ask({ method: "HEAD" });
    expect([(await player.answer(0)).status, (await player.answer(0)).body]).toEqual([200, ""]);
    await player.ask({ target: "/early" });
    expect((await player.answer(1)).interim).toEqual([103]);
    await player.ask({ target: "/trailers" });
    const { body, trailers } = await player.answer(2);
    expect([body, trailers]).toEqual(["body", ["x-sum: 7"]]);
    await player.ask({ method: "POST", body: 4, fields: ["expect", "100-continue"] });
    await player.untilInterim(100);
    await player.sendBody("sent");
    expect((await player.answer(3)).body).toContain('"length":4');
  });
});

describe("http2: how it is agreed on", () => {
  const openssl = (port: number, alpn: string) => {
    const words = ["openssl", "s_client", "-connect", `127.0.0.1:${port}`, "-alpn", alpn];
    return String(Bun.spawnSync(words, { stdin: Buffer.from("") }).stdout);
  };

  testWith(WITH_OPENSSL)("by ALPN, in the client's own words and not without them", () => {
    expect(openssl(secure, "h2,http/1.1")).toContain("ALPN protocol: h2");
    expect(openssl(secure, "http/1.1")).toContain("ALPN protocol: http/1.1");
  });

  testWith(WITH_CURL)("as docs/http2.md shows it", () => {
    const page = readFileSync(join(import.meta.dir, "../../docs/http2.md"), "utf8");
    const line = /^ {4}(curl .*)$/m.exec(page)?.[1] ?? "no command";
    const command = line.replace("tls/cert.pem", join(dir.path, "cert.pem")).replace(":8443", `:${secure}`);
    const { stdout } = Bun.spawnSync(["sh", "-c", command]);
    expect(String(stdout)).toEndWith("}2\n");
  });

  test("a client that agreed on HTTP/2 and speaks HTTP/1.1 is refused, and told in the log", async () => {
    using client = await FrameClient.connect(secure, false, H2_OVER_TLS);
    client.send(Buffer.from("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    await client.untilEnded();
    await gw.until(/request refused .*cause=malformed_request .*why="?not HTTP\/2/);
  });

  testWith(WITH_OPENSSL, WITH_CURL)("not at all with --no-http2", async () => {
    const port = freePort();
    await using other = await startGw([
      dir.write("app.ts", APP),
      "--https-port",
      String(port),
      "--no-http2",
      ...tls,
    ]);
    expect(other.port).toBeGreaterThan(0);
    expect(openssl(port, "h2,http/1.1")).toContain("ALPN protocol: http/1.1");
    const { stdout } = Bun.spawnSync([
      "curl",
      "-sk",
      "--http2",
      "-o",
      "/dev/null",
      "-w",
      "%{http_version}",
      `https://127.0.0.1:${port}/`,
    ]);
    expect(String(stdout)).toBe("1.1");
  });
});

describe("http2: clients of others", () => {
  testWith(WITH_CURL)("curl: an upload and a download, both whole, and many at once", async () => {
    const body = Buffer.alloc(5_000_000, "upload ");
    const file = join(dir.path, "body");
    writeFileSync(file, body);
    const url = `https://127.0.0.1:${secure}`;
    const run = async (...words: string[]) => {
      const child = Bun.spawn(["curl", "-sSk", "--http2", ...words], { stdout: "pipe", stderr: "ignore" });
      return Buffer.from(await new Response(child.stdout).arrayBuffer());
    };
    const up = JSON.parse(String(await run("--data-binary", `@${file}`, `${url}/up`)));
    expect(up).toMatchObject({ length: body.length, hash: createHash("sha256").update(body).digest("hex") });
    expect(
      (await run(`${url}/large`)).equals(Buffer.alloc(20_000_000, "no two frames begin alike; ")),
    ).toBeTrue();
    const many = await run("-Z", "-w", "%{http_version} %{http_code}\n", "-o", "/dev/null", `${url}/[1-60]`);
    expect(String(many).match(/^2 200$/gm)).toHaveLength(60);
  });

  testWith(WITH_NGHTTP)("nghttp and h2load: nothing fails", async () => {
    const nghttp = Bun.spawn(["nghttp", "-vn", `https://127.0.0.1:${secure}/`], {
      stdout: "pipe",
      stderr: "pipe",
    });
    expect(await new Response(nghttp.stdout).text()).toContain(":status: 200");
    const load = Bun.spawn(["h2load", "-n", "3000", "-c", "4", "-m", "10", `https://127.0.0.1:${secure}/`], {
      stdout: "pipe",
      stderr: "pipe",
    });
    expect(await new Response(load.stdout).text()).toContain("3000 succeeded, 0 failed, 0 errored");
  });

  testWith(WITH_NODE)("Node: many at once, a body each way, one taken back, a WebSocket", async () => {
    const script = join(dir.path, "client.mjs");
    writeFileSync(script, NODE_CLIENT);
    const child = Bun.spawn(["node", script, String(secure)], { stdout: "pipe", stderr: "pipe" });
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    expect(err).toBe("");
    expect(JSON.parse(out)).toEqual({
      statuses: [200],
      bodies: 50,
      uploaded: 1_000_000,
      reset: 8,
      tunnel: ["200", "chat", "hello 24 echo:over HTTP/2"],
    });
  });
});

const NODE_CLIENT = `
  import { connect } from "node:http2";
  import { once } from "node:events";
  const session = connect("https://127.0.0.1:" + process.argv[2], { rejectUnauthorized: false });
  const get = async (fields, body) => {
    const stream = session.request(fields);
    let text = "", status;
    stream.on("response", (head) => { status = head[":status"]; });
    stream.setEncoding("utf8").on("data", (piece) => { text += piece; });
    stream.end(body);
    await once(stream, "end");
    return { status, text };
  };
  const all = await Promise.all(Array.from({ length: 50 }, (_, n) => get({ ":path": "/" + n })));
  const bodies = all.filter(({ text }, n) => JSON.parse(text).url === "/" + n).length;
  const up = await get({ ":path": "/up", ":method": "POST" }, Buffer.alloc(1_000_000));
  const taken = session.request({ ":path": "/wait" });
  taken.on("error", () => {});
  taken.close(8);
  await once(taken, "close");
  if (!session.remoteSettings.enableConnectProtocol) await once(session, "remoteSettings");
  const socket = session.request({ ":method": "CONNECT", ":protocol": "websocket", ":path": "/chat", "sec-websocket-protocol": "chat", "sec-websocket-version": "13" });
  const [head] = await once(socket, "response");
  let heard = "";
  socket.setEncoding("utf8").on("data", (piece) => {
    heard += piece;
    if (heard.startsWith("hello") && !heard.includes("echo")) socket.write("over HTTP/2");
    if (heard.includes("HTTP/2")) socket.end();
  });
  await once(socket, "end");
  session.close();
  console.log(JSON.stringify({
    statuses: [...new Set(all.map(({ status }) => status))], bodies, uploaded: JSON.parse(up.text).length, reset: taken.rstCode,
    tunnel: [String(head[":status"]), head["sec-websocket-protocol"], heard],
  }));`;

describe("http2: what goes wrong", () => {
  test("ends one request alone, with its cause in the log", async () => {
    using client = await FrameClient.connect(secure, true, H2_OVER_TLS);
    client.send(headers(1, [...GET, ["Big", "letters"]]), headers(3));
    await client.untilAnswered(3);
    expect([client.resetOf(1), client.statusOf(3)]).toEqual([1, 200]);
    await gw.until(/request refused .*cause=malformed_request .*capital letters/);
  });

  test("a page of gw's own leaves the connection to other requests", async () => {
    using player = await connectH2(secure, H2_OVER_TLS);
    await player.ask({ target: "/#" });
    const refused = await player.answer(0);
    expect([refused.status, refused.isLast, refused.values("proxy-status")[0]]).toEqual([
      400,
      false,
      expect.stringContaining("malformed_request"),
    ]);
    await player.ask({ target: "/next" });
    expect((await player.answer(1)).status).toBe(200);
  });

  test("a head that is too large is answered with 431, the last answer", async () => {
    using player = await connectH2(secure, H2_OVER_TLS);
    await player.sendJunk();
    const got = await player.untilEnded();
    expect([got?.status, got?.isLast]).toEqual([431, true]);
  });

  test("rapid resets end their connection, and no other", async () => {
    using other = await connectH2(secure, H2_OVER_TLS);
    await other.ask();
    await other.answer(0);
    using client = await FrameClient.connect(secure, true, H2_OVER_TLS);
    const wait: readonly Pair[] = GET.map(([name, value]) => [name, name === ":path" ? "/wait" : value]);
    for (let n = 0; n < 300; n++)
      client.send(headers(n * 2 + 1, wait), wordFrame(FRAME.reset, 0, n * 2 + 1, 8));
    await client.untilEnded();
    expect(client.goodbyes.at(-1)).toBe(11);
    await gw.until(/cause=http2_flood/);
    await other.ask();
    expect((await other.answer(1)).status).toBe(200);
  });

  test.each([
    ["a long answer", "/large"],
    ["a short one, which is all here", "/short"],
  ])("%s whose window stays closed is cut, and the others go on", async (_what, path) => {
    const port = freePort();
    const args = ["--https-port", String(port), "--socket-timeout", "1s", ...tls];
    await using other = await startGw([dir.write("app.ts", APP), ...args]);
    using client = await FrameClient.connect(port, true, H2_OVER_TLS);
    const asked = GET.map(([name, value]): Pair => [name, name === ":path" ? path : value]);
    client.send(settingsFrame([[SETTING.initialWindowSize, 0]]), headers(1, asked), headers(3));
    await client.until(() => client.statusOf(3) === 200, "the head of the other answer");
    client.send(wordFrame(FRAME.windowUpdate, 0, 3, 10_000));
    await client.untilAnswered(3);
    await client.until(() => client.resetOf(1) !== undefined, "the end of the answer");
    expect([client.resetOf(1), client.goodbyes]).toEqual([CODE.internal, []]);
    await other.until(/cause=client_stalled/);
    client.send(headers(5, [...GET, ["x-a", "b"]]), wordFrame(FRAME.windowUpdate, 0, 5, 10_000));
    await client.untilAnswered(5);
  });

  test("a ping is answered meanwhile", async () => {
    using client = await FrameClient.connect(secure, true, H2_OVER_TLS);
    client.send(frame(FRAME.ping, 0, 0, "12345678"));
    await client.until(() => client.of(FRAME.ping).some(({ flags }) => flags === FLAG.ack), "the answer");
  });
});

describe("http2: the end", () => {
  test("reloads and new front ends lose no request", async () => {
    for (const words of [[], ["--front"]]) {
      const { code, stdout } = await runGw(
        ["check-reload", "--http2", "--times", "2", "--concurrency", "16", "--requests", "1000", ...words],
        { env: { TMPDIR: gw.tmp } },
      );
      expect(stdout).toMatch(
        /^good(?:, but slow during reloads)?: 0 of \d+ requests failed, 2 of 2 reloads succeeded$/m,
      );
      expect(stdout).toContain("over HTTP/2");
      expect(code).toBe(0);
    }
  });

  test("gw stops behind the answers that are under way", async () => {
    const port = freePort();
    const slow = `export default { async fetch(request) {
      if (new URL(request.url).pathname === "/slow") { console.log("begun"); await new Promise((resolve) => process.once("SIGUSR2", resolve)); }
      return new Response(String(process.pid));
    } };`;
    await using other = await startGw([dir.write("slow.ts", slow), "--https-port", String(port), ...tls]);
    using player = await connectH2(port, H2_OVER_TLS);
    await player.ask();
    const worker = Number((await player.answer(0)).body);
    await player.ask({ target: "/slow" });
    await other.until(/begun/);
    const stopped = other.stop();
    await player.watch.until(
      () => player.goodbyes.length > 0,
      () => "the goodbye",
    );
    process.kill(worker, "SIGUSR2");
    expect(await player.answer(1)).toMatchObject({ status: 200, isLast: true, isWhole: true });
    expect(await stopped).toBe(0);
    await player.untilEnded();
  });
});
