// More connections from one address than there may be, on the real gw: each door turns the next one away, and takes it when another
// one has left.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { obey } from "../support/control.ts";
import { freePort } from "../support/free-port.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { connectRaw, exchangeRaw, type RawClient } from "../support/raw-http.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { tlsFlags } from "../support/tls-setup.ts";

setDefaultTimeout(60_000);

const MOST = 5;
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

let dir: TempDir;
let gw: Gw;
let secure: number;

async function start(...args: string[]): Promise<Gw> {
  const app = dir.write("app.ts", `export default { fetch: () => new Response("ok") };`);
  return startGw([app, "--max-clients-per-address", String(MOST), ...args]);
}

beforeAll(async () => {
  dir = makeTempDir();
  secure = freePort();
  gw = await start("--https-port", String(secure), ...tlsFlags(dir.path));
});

afterAll(async () => {
  await gw?.[Symbol.asyncDispose]();
  dir?.[Symbol.dispose]();
});

/** As many as may be, each with an answer. */
async function fill(url: string, before = ""): Promise<RawClient[]> {
  const all = await Promise.all(Array.from({ length: MOST }, () => connectRaw(url)));
  for (const one of all) {
    await one.send(before + GET);
    await one.until(/HTTP\/1\.1 200/);
  }
  return all;
}

const counted = async (of: Gw) =>
  Number(/gw_errors_total\{cause="too_many_from_address"\} (\d+)/.exec(await obey(of, "metrics"))?.[1] ?? 0);

/** Over TLS: whether the handshake was completed, and the connection if it was. */
function shake(): Promise<TLSSocket | undefined> {
  const { promise, resolve } = Promise.withResolvers<TLSSocket | undefined>();
  const socket = connectTls({ host: "127.0.0.1", port: secure, rejectUnauthorized: false }, () =>
    resolve(socket),
  );
  socket.on("error", () => resolve(undefined));
  return promise;
}

describe("clients of one address", () => {
  test("clients of one address: one too many gets 429 and the end, and is served when another one has left", async () => {
    const before = await counted(gw);
    const inside = await fill(gw.url);
    try {
      const refused = await exchangeRaw(gw.url, GET);
      expect(refused).toStartWith("HTTP/1.1 429 Too Many Requests\r\n");
      expect(refused).toContain("too_many_from_address");
      expect(refused).toContain("Connection: close");
      await gw.until(/request refused.*cause=too_many_from_address.*client=127\.0\.0\.1/);
      await eventually(async () => (await counted(gw)) === before + 1, "it is counted");
      // Those inside notice nothing.
      await inside[1]?.send(GET);
      await inside[1]?.until(/HTTP\/1\.1 200[\s\S]*HTTP\/1\.1 200/);
      inside[0]?.terminate();
      const isServed = async () =>
        (await exchangeRaw(gw.url, GET.replace("a\r\n", "a\r\nConnection: close\r\n"))).startsWith(
          "HTTP/1.1 200",
        );
      await eventually(isServed, "the place that is free");
    } finally {
      for (const one of inside) one[Symbol.dispose]();
    }
  });

  test("clients of one address: over TLS one too many is closed before its handshake", async () => {
    const isFree = async () => {
      const one = await shake();
      one?.destroy();
      return one !== undefined;
    };
    await eventually(isFree, "those of other tests to leave");
    const before = await counted(gw);
    const inside: (TLSSocket | undefined)[] = [];
    try {
      await eventually(async () => {
        const one = await shake();
        if (one) inside.push(one);
        return one === undefined;
      }, "one to be refused");
      expect(inside.length).toBe(MOST);
      await eventually(async () => (await counted(gw)) > before, "it is counted");
      inside.pop()?.destroy();
      await eventually(isFree, "the place that is free");
    } finally {
      for (const one of inside) one?.destroy();
    }
  });

  test("clients of one address: behind a proxy those count whom it tells, and the proxy itself does not", async () => {
    await using behind = await start("--proxy-protocol", "--trust-proxy", "127.0.0.1");
    const preface = (client: string) => `PROXY TCP4 ${client} 127.0.0.1 1234 80\r\n`;
    const inside = await fill(behind.url, preface("192.0.2.1"));
    const others = await fill(behind.url, preface("192.0.2.2"));
    try {
      expect(await exchangeRaw(behind.url, preface("192.0.2.1") + GET)).toStartWith("HTTP/1.1 429 ");
      await behind.until(/cause=too_many_from_address.*client=192\.0\.2\.1/);
      const own = await connectRaw(behind.url);
      await own.send(`PROXY UNKNOWN\r\n${GET}`);
      await own.until(/HTTP\/1\.1 200/);
      own[Symbol.dispose]();
    } finally {
      for (const one of [...inside, ...others]) one[Symbol.dispose]();
    }
  });
});
