// What has gone wrong is told alike wherever an operator looks: the log, the metrics, `gw why` and the status page have the same causes
// and reasons, as often.
import { expect, test } from "bun:test";
import type { Explained } from "../../src/control/results.ts";
import { obey, statusOf } from "../support/control.ts";
import { exchangeRaw } from "../support/raw-http.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import {
  CUT,
  expectToldAlike,
  type Seen,
  type Step,
  seenIn,
  seenOf,
  startTelling,
  walk,
} from "../support/told-places.ts";

const APP = `export default { async fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/exit") process.exit(3);
  if (pathname === "/cut")
    return new Response(new ReadableStream({ async start(out) {
      out.enqueue(new Uint8Array(10));
      await Bun.sleep(20);
      process.kill(process.pid, "SIGKILL");
    } }));
  if (pathname === "/fails") return new Response(new ReadableStream({ pull(out) { out.error(new Error("no body")); } }));
  if (pathname === "/header") return new Response("", { headers: { "x-large": "y".repeat(70_000) } });
  if (pathname === "/hang") await new Promise(() => {});
  return new Response("fine");
} };`;

const CLOSE = "Connection: close\r\n\r\n";
/** What each is refused with, at once. */
const REFUSED: readonly (readonly [cause: string, status: number, bytes: string])[] = [
  [
    "malformed_request",
    400,
    "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
  ],
  ["tls_on_plain_port", 400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
  ["version_not_supported", 505, `GET / HTTP/1.2\r\nHost: a\r\n${CLOSE}`],
  ["bad_host", 400, `GET / HTTP/1.1\r\nHost: <b>\r\n${CLOSE}`],
  ["method_not_implemented", 501, `get / HTTP/1.1\r\nHost: a\r\n${CLOSE}`],
  ["expectation_failed", 417, `GET / HTTP/1.1\r\nHost: a\r\nExpect: nothing\r\n${CLOSE}`],
  ["target_too_long", 414, `GET /${"t".repeat(20_000)} HTTP/1.1\r\nHost: a\r\n${CLOSE}`],
  [
    "request_head_too_large",
    431,
    `GET / HTTP/1.1\r\nHost: a\r\n${`A: ${"a".repeat(7_000)}\r\n`.repeat(10)}${CLOSE}`,
  ],
  ["too_many_fields", 431, `GET / HTTP/1.1\r\nHost: a\r\n${"A: b\r\n".repeat(60)}${CLOSE}`],
  ["field_too_large", 431, `GET / HTTP/1.1\r\nHost: a\r\nA: ${"a".repeat(7_500)}\r\n${CLOSE}`],
  ["request_body_too_large", 413, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n${CLOSE}`],
  ["response_header_too_large", 502, `GET /header HTTP/1.1\r\nHost: a\r\n${CLOSE}`],
  ["app_closed", 502, `GET /fails HTTP/1.1\r\nHost: a\r\n${CLOSE}`],
];

test("told alike: causes and reasons are the same words, as often, in the log, the metrics, gw why and on the page", async () => {
  using dir = makeTempDir();
  const limits = ["--limit-request-body=100", "--limit-request-fields=50", "--limit-request-field-size=7200"];
  const flags = ["--concurrency=100", "--request-timeout=1s", ...limits];
  await using gw = await startTelling([dir.write("app.ts", APP), ...flags]);
  const ask = async (path: string): Promise<Seen> => {
    const answer = await fetch(`${gw.url}${path}`);
    return answer.bytes().then(
      () => seenOf(answer),
      () => CUT,
    );
  };
  const readyAgain = (times: number) =>
    gw.until((output) => (output.match(/worker 1 is ready/g) ?? []).length >= times);
  const refused = REFUSED.map(
    ([cause, status, bytes]): Step => [cause, status, async () => seenIn(await exchangeRaw(gw.url, bytes))],
  );
  const ended: Step[] = [
    ["worker_died", 502, () => ask("exit")],
    ["response_incomplete", 0, () => ask("cut")],
    ["request_timeout", 504, () => ask("hang")],
  ];
  await walk(gw, refused);
  for (const [times, step] of ended.entries()) {
    await walk(gw, [step]);
    if (times < 2) await readyAgain(times + 1);
  }
  await expectToldAlike(gw, [...refused, ...ended]);

  const log = gw.stderr();
  const reasons = [...log.matchAll(/ worker 1 ended .*?reason=(\w+) kind=(\w+)/g)].map(
    ([, reason, kind]) => `${reason} ${kind}`,
  );
  expect(reasons).toEqual(["crash app_exit", "crash outside_signal"]);
  expect(await obey(gw, "metrics")).toMatch(/^gw_process_restarts_total\{reason="crash"\} 2$/m);
  const why = await obey(gw, "why");
  for (const word of ["crash (exit code 3)", "crash (signal SIGKILL)"]) expect(why).toContain(word);
  const { records } = (await (await fetch(gw.page)).json()) as Explained;
  expect(records.ends.map(({ reason, kind }) => `${reason} ${kind}`)).toEqual(reasons);

  // What clients of a front end see of its end is another thing, and nobody's answer.
  process.kill((await statusOf(gw)).fronts[0]?.pid ?? 0, "SIGKILL");
  await gw.until(/ front 1 ended .*reason=crash kind=outside_signal[\s\S]* front 1 is ready/);
  expect(await obey(gw, "metrics")).toMatch(/^gw_process_restarts_total\{reason="crash"\} 3$/m);
  const [, ofFront = ""] = (await obey(gw, "why")).split(/ front 1 ended, crash \(signal SIGKILL\)\n/);
  const [deed] = ofFront.split("\n\n");
  expect(deed).toContain("Its end closed the connections of its clients; gw started another process");
  expect(deed).not.toContain("502");
});
