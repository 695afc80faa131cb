// Clients that are connected and do not come to the end of a head, at each door: those that have begun one are told that its time
// is over, and those that have sent nothing, as browsers open connections ahead, are closed without a word to anybody.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { FLAG, FRAME } from "../../src/http/h2/frames.ts";
import { FrameClient, GET } from "../front/door/h2/frame-client.ts";
import { H2_OVER_TLS } from "../front/door/h2/h2-player.ts";
import { readAnswer, valuesOf } from "../support/answer-reader.ts";
import { obey } from "../support/control.ts";
import { freePort } from "../support/free-port.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { frame } from "../support/h2-peer.ts";
import { encodeFields } from "../support/hpack.ts";
import { connectRaw, type RawTarget } from "../support/raw-http.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { tlsFlags } from "../support/tls-setup.ts";

setDefaultTimeout(60_000);

const BEGUN = "GET / HTTP/1.1\r\nHost: a\r\nA: ";
const WHOLE = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

let dir: TempDir;
let gw: Gw;
let secure: number;
let doors: Record<string, RawTarget>;

beforeAll(async () => {
  dir = makeTempDir();
  secure = freePort();
  const unix = join(dir.path, "door.sock");
  gw = await startGw([
    dir.write("app.ts", `export default { fetch: () => new Response("ok") };`),
    ...["--keep-alive-timeout", "1s", "--header-timeout", "1s", "--listen", `unix:${unix}`],
    ...["--https-port", String(secure), ...tlsFlags(dir.path)],
  ]);
  // The last of its lines of the start, so that later ones can be counted.
  await gw.until(/^gw: serving unix:/m);
  doors = { plain: gw.url, TLS: { port: secure, tls: true }, UNIX: { unix } };
});

afterAll(async () => {
  await gw?.[Symbol.asyncDispose]();
  dir?.[Symbol.dispose]();
});

const late = async () =>
  Number(/gw_errors_total\{cause="request_timeout_client"\} (\d+)/.exec(await obey(gw, "metrics"))?.[1] ?? 0);
const linesNow = () => (gw.stdout() + gw.stderr()).split("\n").length;

/** Begins a head in silence, byte by byte, and behind a whole request, and waits for the end of all three. */
async function beginHeads(target: RawTarget): Promise<void> {
  using silent = await connectRaw(target);
  using trickling = await connectRaw(target);
  using second = await connectRaw(target);
  await second.send(WHOLE);
  await second.until("ok");
  for (const client of [silent, trickling, second]) await client.send(BEGUN);
  const drip = setInterval(() => void trickling.send("a").catch(() => clearInterval(drip)), 100);
  for (const client of [silent, trickling, second]) {
    const text = await client.untilClosed();
    const answer = readAnswer(text.slice(text.lastIndexOf("HTTP/1.1 ")));
    const [id = ""] = valuesOf(answer, "x-request-id");
    expect([answer.status, valuesOf(answer, "proxy-status")[0]]).toEqual([
      408,
      'gw; error=http_request_error; details="request_timeout_client"',
    ]);
    await gw.until(new RegExp(`request refused(?=.*\\b${id}\\b).*cause=request_timeout_client`));
  }
  clearInterval(drip);
}

/** Says nothing at all, and nothing behind an answer. */
async function saysNothing(target: RawTarget): Promise<void> {
  using fresh = await connectRaw(target);
  using served = await connectRaw(target);
  await served.send(WHOLE);
  await served.until("ok");
  expect(await fresh.untilClosed()).toBe("");
  expect(await served.untilClosed()).toEndWith("ok");
}

test("slow heads: silence and single bytes alike end in 408, at each door, and are counted", async () => {
  const before = await late();
  await Promise.all(Object.values(doors).map(beginHeads));
  using client = await FrameClient.connect(secure, true, H2_OVER_TLS);
  client.send(frame(FRAME.headers, FLAG.endStream, 1, encodeFields(GET)));
  await client.untilEnded();
  expect(client.goodbyes.length).toBeGreaterThan(0);
  await eventually(async () => (await late()) === before + 10, "all of them are counted");
});

test("slow heads: a connection on which nothing comes is closed without a word, at each door", async () => {
  const [lines, count] = [linesNow(), await late()];
  using client = await FrameClient.connect(secure, true, H2_OVER_TLS);
  await Promise.all([client.untilEnded(), ...Object.values(doors).map(saysNothing)]);
  expect(new Set(client.goodbyes)).toEqual(new Set([0]));
  expect([linesNow(), await late()]).toEqual([lines, count]);
});
