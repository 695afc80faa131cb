// The PROXY protocol on the real gw: by bytes of our own, in every piece and order, and by HAProxy as it sends them.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { factsOf, prefaceOf } from "../http/proxy-protocol/prefaces.ts";
import { freePort } from "../support/free-port.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { issue } from "../support/issue.ts";
import { describeWith, ON_LINUX, testWith, WITH_HAPROXY } from "../support/needs.ts";
import { connectRaw, type RawTarget } from "../support/raw-http.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { APPS } from "../support/worker-process.ts";

setDefaultTimeout(60_000);

const WHO = join(APPS, "who.ts");
const GET = "GET /a HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n";
const V1 = "PROXY TCP4 203.0.113.9 198.51.100.1 1234 443\r\n";
const ENDS = [203, 0, 113, 9, 198, 51, 100, 1, 4, 210, 1, 187];
const CLIENT = { address: "203.0.113.9", port: 1234 };

type Who = { url: string; address?: string; port?: number };

const whoIn = (text: string) => JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1)) as Who;

/** What the app says of a client that sends these pieces one after the other. */
async function ask(target: RawTarget, ...pieces: (string | Uint8Array)[]): Promise<Who> {
  using client = await connectRaw(target);
  for (const piece of pieces) await client.send(piece);
  return whoIn(await client.untilClosed());
}

/** All that a client gets before it is closed. */
async function knock(target: RawTarget, ...pieces: (string | Uint8Array)[]): Promise<string> {
  using client = await connectRaw(target);
  for (const piece of pieces) await client.send(piece);
  return await client.untilClosed();
}

const eachByte = (bytes: string | Uint8Array) =>
  [...Buffer.from(bytes as string)].map((byte) => Uint8Array.of(byte));

/** Over TLS, behind a preface; through a proxy that has none of its own, `preface` is nothing. */
async function askOverTls(
  port: number,
  preface: (string | Uint8Array)[] = [],
): Promise<Who & { localPort: number }> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const made = connect(port, "127.0.0.1", () => resolve(made));
    made.once("error", reject);
  });
  const localPort = socket.localPort ?? 0;
  for (const piece of preface) await new Promise((sent) => socket.write(piece, () => sent(undefined)));
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let got = "";
  const secure = connectTls({ socket, rejectUnauthorized: false, servername: "shop.example" }, () =>
    secure.write(GET),
  );
  secure.on("data", (piece: Buffer) => {
    got += piece.toString();
  });
  secure.on("close", () => resolve(got));
  secure.on("error", reject);
  return { ...whoIn(await promise), localPort };
}

type Door = Gw & { plain: { port: number }; https: number; untrusted: RawTarget; path: string };

/** Takes prefaces from 127.0.0.0/8 and from UNIX sockets; [::1] is there for whoever is not trusted. */
async function startDoor(dir: TempDir, ...more: string[]): Promise<Door> {
  const { certificate, key } = issue({ name: "shop.example", names: ["shop.example"] });
  const path = join(dir.path, "gw.sock");
  const https = ["--https-port", "0", "--ssl-certificate-file", dir.write("pair.pem", certificate + key)];
  const places = ["--listen", "127.0.0.1:0", "--listen", "[::1]:0", "--listen", `unix:${path}`];
  const trust = ["--proxy-protocol", "--trust-proxy", "127.0.0.0/8,unix"];
  const gw = await startGw([WHO, ...https, ...places, ...trust, ...more]);
  await gw.until(/^gw: serving unix:/m);
  const portOf = (form: RegExp) => Number(form.exec(gw.stdout())?.[1]);
  const untrusted = { hostname: "::1", port: portOf(/serving http:\/\/\[::1\]:(\d+)/) };
  const plain = { port: portOf(/serving http:\/\/127\.0\.0\.1:(\d+)/) };
  return Object.assign(gw, { plain, https: portOf(/serving https:\/\/127\.0\.0\.1:(\d+)/), untrusted, path });
}

describeWith(ON_LINUX)("a preface", () => {
  let dir: TempDir;
  let gw: Door;
  beforeAll(async () => {
    dir = makeTempDir();
    gw = await startDoor(dir);
  });
  afterAll(async () => {
    await gw[Symbol.asyncDispose]();
    dir[Symbol.dispose]();
  });

  test("proxy protocol: the address in it is the client's, in either version", async () => {
    expect(await ask(gw.plain, V1 + GET)).toMatchObject({ url: "http://shop.example/a", ...CLIENT });
    expect(await ask(gw.plain, prefaceOf({ family: 0x11, ends: ENDS }), GET)).toMatchObject(CLIENT);
    const v6 = prefaceOf({
      family: 0x21,
      ends: [...Array(15).fill(0), 9, ...Array(15).fill(0), 1, 0, 7, 0, 80],
    });
    expect(await ask(gw.plain, v6, GET)).toMatchObject({ address: "::9", port: 7 });
  });

  test("proxy protocol: in single bytes, alone, and with what follows", async () => {
    expect(await ask(gw.plain, ...eachByte(V1), GET)).toMatchObject(CLIENT);
    expect(await ask(gw.plain, ...eachByte(prefaceOf({ family: 0x11, ends: ENDS })), GET)).toMatchObject(
      CLIENT,
    );
    expect(await ask(gw.plain, V1, ...eachByte(GET))).toMatchObject(CLIENT);
  });

  test("proxy protocol: a client that has spoken TLS to the proxy is one of https", async () => {
    const facts = factsOf([0x20, Uint8Array.of(1, 0, 0, 0, 0)]);
    const preface = prefaceOf({ family: 0x11, ends: ENDS, facts });
    expect(await ask(gw.plain, preface, GET)).toMatchObject({ url: "https://shop.example/a", ...CLIENT });
  });

  test("proxy protocol: a proxy that speaks for itself is the client, and one of a UNIX socket has no address", async () => {
    expect((await ask(gw.plain, prefaceOf({ command: 0, family: 0, ends: [] }), GET)).address).toBe(
      "127.0.0.1",
    );
    expect((await ask(gw.plain, "PROXY UNKNOWN\r\n", GET)).address).toBe("127.0.0.1");
    expect(
      (await ask(gw.plain, prefaceOf({ family: 0x31, ends: Array(216).fill(0) }), GET)).address,
    ).toBeUndefined();
  });

  test("proxy protocol: it comes once, before all requests of the connection", async () => {
    using client = await connectRaw(gw.plain);
    await client.send(V1);
    for (const path of ["/1", "/2"]) {
      await client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      await client.until(new RegExp(`a${path}"[^}]*203\\.0\\.113\\.9`));
    }
    await client.send(V1);
    expect(await client.untilClosed()).toContain("HTTP/1.1 400");
  });

  test("proxy protocol: it comes before TLS, also in pieces", async () => {
    const both = [[V1], eachByte(V1), [prefaceOf({ family: 0x11, ends: ENDS })]];
    for (const pieces of both)
      expect(await askOverTls(gw.https, pieces)).toMatchObject({ url: "https://shop.example/a", ...CLIENT });
  });

  test("proxy protocol: over a UNIX socket, from whoever may connect to it", async () => {
    expect(await ask({ unix: gw.path }, V1 + GET)).toMatchObject(CLIENT);
  });

  test("proxy protocol: what gw refuses is logged with the client's address", async () => {
    await knock(gw.plain, V1, "GET /gone HTTP/1.1\r\nHost: a b\r\n\r\n");
    await gw.until(/cause=\w+ [^\n]*client=203\.0\.113\.9/);
  });

  test("proxy protocol: whoever is not trusted is closed without an answer, whatever it sends", async () => {
    expect(await knock(gw.untrusted, V1 + GET)).toBe("");
    await gw.until(
      /cause=proxy_preface_refused [^\n]*client=::1 why="it comes from no proxy that is trusted"/,
    );
  });

  test.each([
    ["a request", GET, "it does not begin with a preface"],
    ["a handshake", Uint8Array.of(0x16, 3, 1, 2, 0, 1), "it does not begin with a preface"],
    ["a line without an end", `PROXY TCP4 ${"1".repeat(200)}`, "more than 107 bytes"],
    [
      "a wrong checksum",
      prefaceOf({ family: 0x11, ends: ENDS, facts: factsOf([3, "abcd"]) }),
      "the checksum of the preface does not match",
    ],
    ["a length beyond all", prefaceOf({ family: 0x11, ends: Array(60_000).fill(1) }), "more than 16384"],
    ["an address with a line feed", "PROXY TCP4 203.0.113.9\nX: 1 198.51.100.1 1 2\r\n", "ends in LF alone"],
  ])("proxy protocol: %s instead is closed without an answer, and told", async (_, bytes, why) => {
    const told = new RegExp(
      `cause=proxy_preface_refused [^\\n]*client=127\\.0\\.0\\.1 why="[^"]*${why}`,
      "g",
    );
    const count = (output: string) => output.match(told)?.length ?? 0;
    const before = count(gw.stderr());
    const targets = [gw.plain, { port: gw.https }];
    for (const target of targets) expect(await knock(target, bytes)).toBe("");
    // Of each: what is still to come would be taken for that of the next test.
    await gw.until((output) => count(output) === before + targets.length);
  });

  test("proxy protocol: who goes without a word has looked whether gw lives, and nobody is told", async () => {
    const before = gw.stderr().length;
    for (const target of [gw.plain, { port: gw.https }]) {
      using client = await connectRaw(target);
      client.end();
      expect(await client.untilClosed()).toBe("");
    }
    // Behind it in the log.
    await knock(gw.plain, "GET");
    await gw.until(() => gw.stderr().length > before);
    expect(
      gw
        .stderr()
        .slice(before)
        .match(/cause=/g),
    ).toHaveLength(1);
  });
});

describeWith(ON_LINUX)("prefaces and time", () => {
  test("proxy protocol: one that is not complete in time is closed, and so is a handshake behind one", async () => {
    using dir = makeTempDir();
    await using gw = await startDoor(dir, "--handshake-timeout", "300ms");
    expect(await knock(gw.plain, "PROXY TCP4 203.0")).toBe("");
    await gw.until(/cause=proxy_preface_timeout/);
    expect(await knock({ port: gw.https }, V1)).toBe("");
    await gw.until(/cause=tls_handshake_timeout [^\n]*client=203\.0\.113\.9/);
  });

  test("proxy protocol: lines of strangers are bounded, and what is left out is counted", async () => {
    using dir = makeTempDir();
    await using gw = await startDoor(dir);
    for (let round = 0; round < 8; round++)
      await Promise.all(Array.from({ length: 50 }, () => knock(gw.untrusted, GET)));
    expect(await gw.stop()).toBe(0);
    const lines = gw.stderr().match(/cause=proxy_preface_refused id=/g) ?? [];
    const leftOut = [...gw.stderr().matchAll(/left out cause=proxy_preface_refused count=(\d+)/g)];
    const sum = leftOut.reduce((all, [, count]) => all + Number(count), lines.length);
    expect([sum, lines.length < 400]).toEqual([400, true]);
  });
});

/** Runs HAProxy until it is disposed; `sections` of its configuration. */
async function startHaproxy(dir: TempDir, port: number, sections: string): Promise<AsyncDisposable> {
  const config = `defaults\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n${sections}`;
  const child = Bun.spawn(["haproxy", "-db", "-f", dir.write("haproxy.cfg", config)], {
    stdout: "ignore",
    stderr: "inherit",
  });
  await eventually(async () => {
    try {
      (await connectRaw({ port }))[Symbol.dispose]();
      return true;
    } catch {
      return false;
    }
  }, "HAProxy listens");
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

describe("HAProxy", () => {
  testWith(ON_LINUX, WITH_HAPROXY)(
    "proxy protocol: HAProxy's own clients arrive, in both versions, with TLS ended there and led through",
    async () => {
      using dir = makeTempDir();
      await using gw = await startDoor(dir);
      const [v1, v2, through] = [freePort(), freePort(), freePort()];
      const { certificate, key } = issue({ name: "shop.example", names: ["shop.example"] });
      const pair = dir.write("haproxy.pem", certificate + key);
      const v2Options = "proxy-v2-options crc32c,unique-id,authority,ssl,cert-cn,ssl-cipher";
      await using _haproxy = await startHaproxy(
        dir,
        through,
        `
listen v1
  mode http
  bind 127.0.0.1:${v1}
  server gw 127.0.0.1:${gw.plain.port} send-proxy
listen v2
  mode http
  bind 127.0.0.1:${v2} ssl crt ${pair}
  unique-id-format %{+X}o%ci:%cp_%rt
  server gw unix@${gw.path} send-proxy-v2-ssl-cn ${v2Options} check inter 100ms
listen through
  mode tcp
  bind 127.0.0.1:${through}
  server gw 127.0.0.1:${gw.https} send-proxy-v2 check inter 100ms
`,
      );
      using plain = await connectRaw({ port: v1 });
      await plain.send(GET);
      expect(whoIn(await plain.untilClosed())).toMatchObject({
        url: "http://shop.example/a",
        address: "127.0.0.1",
      });
      for (const port of [v2, through]) {
        const { url, address, port: seen, localPort } = await askOverTls(port);
        expect([url, address, seen]).toEqual(["https://shop.example/a", "127.0.0.1", localPort]);
      }
      expect(gw.stderr()).not.toContain("cause=");
    },
  );
});
