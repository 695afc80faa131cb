// What has gone wrong is told alike wherever an operator looks: the log, the metrics, `gw why` and the status page have the same causes
// and reasons, as often.
import { expect, test } from "bun:test";
import { obey } from "../support/control.ts";
import { eventually, startGw } from "../support/gw.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const APP = `export default { async fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/exit") process.exit(3);
  if (pathname === "/cut")
    return new Response(new ReadableStream({ async start(out) {
      out.enqueue(new Uint8Array(10));
      await Bun.sleep(20);
      process.kill(process.pid, "SIGKILL");
    } }));
  if (pathname === "/hang") await new Promise(() => {});
  return new Response("fine");
} };`;

type Picture = {
  records: {
    ends: { reason: string; kind: string }[];
    refusals: { cause: string; count: number }[];
  };
};

const countsOf = (words: Iterable<string>): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
};

test("told alike: causes and reasons are the same words, as often, in the log, the metrics, gw why and on the page", async () => {
  using dir = makeTempDir();
  const flags = ["--concurrency=100", "--request-timeout=1s", "--server-status"];
  await using gw = await startGw([dir.write("app.ts", APP), ...flags]);
  const ask = async (path: string) => (await fetch(`${gw.url}${path}`)).arrayBuffer().catch(() => "cut");
  const readyAgain = (times: number) =>
    gw.until((output) => (output.match(/worker 1 is ready/g) ?? []).length >= times);
  await ask("exit");
  await readyAgain(1);
  expect(await ask("cut")).toBe("cut");
  await readyAgain(2);
  const hanging = ask("hang");
  await gw.until(/cause=request_timeout/);
  await hanging;
  await gw.until((output) => (output.match(/ worker 1 ended /g) ?? []).length >= 2);

  const log = gw.stderr();
  const causes = countsOf(
    [...log.matchAll(/ (?:request refused|response cut) cause=(\w+)/g)].map(([, word = ""]) => word),
  );
  const reasons = countsOf(
    [...log.matchAll(/ worker 1 ended .*?reason=(\w+) kind=(\w+)/g)].map(
      ([, reason, kind]) => `${reason} ${kind}`,
    ),
  );
  expect(causes).toEqual({ worker_died: 1, response_incomplete: 1, request_timeout: 1 });
  expect(reasons).toEqual({ "crash app_exit": 1, "crash outside_signal": 1 });

  const counted = async () => {
    const rows = [...(await obey(gw, "metrics")).matchAll(/^gw_errors_total\{cause="(\w+)"\} (\d+)$/gm)];
    return Object.fromEntries(
      rows.map(([, cause, count]) => [cause, Number(count)]).filter(([, count]) => count),
    );
  };
  // Front ends tell what they have counted each second.
  await eventually(async () => Bun.deepEquals(await counted(), causes), "the metrics count the same");
  expect(await obey(gw, "metrics")).toMatch(/^gw_process_restarts_total\{reason="crash"\} 2$/m);

  const why = await obey(gw, "why");
  for (const word of [...Object.keys(causes), "crash (exit code 3)", "crash (signal SIGKILL)"])
    expect(why).toContain(word);

  const { records } = (await (await fetch(`${gw.url}server-status?view=json`)).json()) as Picture;
  expect(Object.fromEntries(records.refusals.map(({ cause, count }) => [cause, count]))).toEqual(causes);
  expect(countsOf(records.ends.map(({ reason, kind }) => `${reason} ${kind}`))).toEqual(reasons);
});
