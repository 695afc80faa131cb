// gw check-reload: real traffic through real reloads of the running gw, and whether one request was lost. Finds the gw,
// has it reload over its control socket, and prints what its clients met.
import { type Call, call } from "../../control/client.ts";
import type { ControlRequest } from "../../control/commands.ts";
import { ANSWER_WITHIN_MS, findInstance } from "../../control/instances.ts";
import type { Status } from "../../control/status.ts";
import { systemClock } from "../../core/clock.ts";
import { GwError } from "../../core/errors.ts";
import { oneLine } from "../../core/log.ts";
import { complain, paintFor, print } from "../terminal/output.ts";
import type { LineValues } from "../terminal/words.ts";
import { judge, type LoadOutcome } from "./check-reload-figures.ts";
import { runLoad } from "./check-reload-load.ts";
import { describeReload, renderReport, reportAsJson } from "./check-reload-report.ts";
import { type CheckWords, checkOf, chooseTarget } from "./check-reload-words.ts";

export async function checkReload(values: LineValues): Promise<number> {
  const words = checkOf(values, process.env);
  const tmpdir = process.env.TMPDIR || "/tmp";
  const seeker = { clock: systemClock, tmpdir, uid: process.getuid?.() ?? 0 };
  const socket = await findInstance(words.wanted, seeker);
  const interrupted = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interrupted.abort());
  const outcome = await check(socket, words, interrupted.signal);
  if (words.asJson) print([JSON.stringify(reportAsJson(outcome, words.mostRatio), null, 2)]);
  else print(renderReport(outcome, paintFor(process.stdout, process.env), words.mostRatio));
  return judge(outcome, words.mostRatio).isGood ? 0 : 1;
}

async function check(socket: string, words: CheckWords, signal: AbortSignal): Promise<LoadOutcome> {
  const { plan, path, overHttp2, asJson } = words;
  const ask = (request: ControlRequest) => {
    const given: Call = { path: socket, request, clock: systemClock, answerWithinMs: ANSWER_WITHIN_MS };
    return call(given);
  };
  const { target, host } = findTarget((await ask({ command: "status", arguments: {} })).result);
  if (overHttp2 && !target.isSecure)
    throw new GwError("command_failed", { what: "--http2 is for a gw with HTTPS, and this one has none" });
  const result = await runLoad({
    target,
    host: words.host ?? host,
    path,
    overHttp2,
    plan,
    clock: systemClock,
    signal,
    reload: () => ask(requestOf(words)),
    onReload: (outcome, number) => {
      if (!asJson) complain(describeReload(outcome, number, plan.times));
    },
  });
  return {
    ...result,
    url: `${target.isSecure ? "https" : "http"}://${host}${path}`,
    overHttp2,
    host: words.host ?? null,
    kind: words.upgrade ? "upgrade" : words.replacesFronts ? "front" : "reload",
    wantedReloads: plan.times,
    concurrency: plan.concurrency,
  };
}

/** What is asked of gw again and again. */
function requestOf({ upgrade, replacesFronts }: CheckWords): ControlRequest {
  if (upgrade) return { command: "upgrade", arguments: { ...upgrade, wait: true } };
  if (replacesFronts) return { command: "restart", arguments: { front: true } };
  return { command: "reload", arguments: {} };
}

function findTarget(result: unknown) {
  const { state, urls } = result as Status;
  if (state !== "serving")
    throw new GwError("command_failed", {
      what: `gw is to be serving for this, and it is: ${oneLine(state)}`,
    });
  return chooseTarget(urls.map(oneLine));
}
