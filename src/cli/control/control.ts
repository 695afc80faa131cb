// The commands that speak to a running gw: finds it, asks it over its control socket, waits until the work is done, and
// answers with an exit code that tells the truth.

import { type ControlAnswer, call } from "../../control/client.ts";
import type { CommandName, ControlRequest } from "../../control/commands.ts";
import { ANSWER_WITHIN_MS, findInstance } from "../../control/instances.ts";
import type { ResultOf } from "../../control/results.ts";
import type { Pong } from "../../control/status.ts";
import { pause, systemClock } from "../../core/clock.ts";
import { GwError, reasonOf } from "../../core/errors.ts";
import { oneLine } from "../../core/log.ts";
import { Outlet, type WriteText } from "../../core/outlet.ts";
import { paintFor, print } from "../terminal/output.ts";
import type { LineValues } from "../terminal/words.ts";
import { describeCut, exitCodeOf, renderItem, renderResult } from "./control-answers.ts";
import { renderEvidence } from "./control-evidence.ts";
import { renderStatus } from "./control-status.ts";
import { renderRequests, renderWhy } from "./control-why.ts";
import { requestOf, wantedOf } from "./control-words.ts";
import { takeFile } from "./take-file.ts";

/** After the last answer of a gw that stops, its process takes milliseconds to end. */
const END_WITHIN_MS = 10_000;

export async function runControl(command: CommandName, values: LineValues): Promise<number> {
  const request = requestOf(command, values);
  const clock = systemClock;
  const tmpdir = process.env.TMPDIR || "/tmp";
  const path = await findInstance(wantedOf(values, process.env), {
    clock,
    tmpdir,
    uid: process.getuid?.() ?? 0,
  });
  const out = openStdout(command);
  const asJson = values.has("json");
  const items: unknown[] = [];
  const onItem = (item: unknown) => {
    if (!asJson) out.line(renderItem(command, item));
    else if (command === "logs") out.line(JSON.stringify({ line: String(item) }));
    else items.push(item);
  };
  const asked = { path, request, clock, answerWithinMs: ANSWER_WITHIN_MS, onItem };
  const answer = await call(asked).catch((error) => {
    if (asJson) print([JSON.stringify(describeFailure(error), null, 2)]);
    throw error;
  });
  await out.flushed();
  if (command === "profile" || command === "heap") await takeExamined(command, answer);
  return asJson ? showJson(request, answer, items) : show(request, answer);
}

const ENDINGS = { profile: ".cpuprofile", heap: ".heapsnapshot" };

/** From the server root to the present directory. */
async function takeExamined(command: "profile" | "heap", answer: ControlAnswer): Promise<void> {
  const { worker, pid, path } = answer.result as ResultOf<"profile">;
  const name = { stem: `worker-${Number(worker)}-${Number(pid)}`, ending: ENDINGS[command] };
  const file = await takeFile(path, process.cwd(), name);
  Object.assign(answer.result as object, { path: file });
}

/** Scripts read what the others read on stderr. */
function describeFailure(error: unknown): object {
  if (!(error instanceof GwError)) return { error: { message: reasonOf(error) } };
  const { cause_: cause, message, hint, detail } = error;
  return { error: { cause, message, hint, ...(detail !== undefined && { detail }) } };
}

/** One object: the result, and what was told on the way as `items`. Of `logs`, whose lines were objects, nothing is left. */
async function showJson(request: ControlRequest, answer: ControlAnswer, items: unknown[]): Promise<number> {
  const { command } = request;
  if (command === "logs") return 0;
  const isStop = command === "stop";
  if (isStop) await whenGone(answer);
  const more = { ...(isStop && { pid: answer.pid }), ...(items.length > 0 && { items }) };
  print([JSON.stringify({ ...(answer.result as object), ...more }, null, 2)]);
  return exitCodeOf(request, answer.result);
}

/** Lines that follow each other without end: a terminal that stands still must not make this process grow. */
function openStdout(command: CommandName): Outlet {
  // Who reads has gone, as `head` does: there is nothing more to do where reading was all. Other work goes on, and its outcome
  // is what the exit code tells.
  if (command === "logs") process.stdout.once("error", () => process.exit(0));
  const write: WriteText = (text, done) => void process.stdout.write(text, () => done());
  return new Outlet(write, { clock: systemClock, patienceMs: 0 });
}

async function show(request: ControlRequest, answer: ControlAnswer): Promise<number> {
  const paint = paintFor(process.stdout, process.env);
  switch (request.command) {
    case "status":
      print(renderStatus(answer.result as ResultOf<"status">, paint, systemClock.wall()));
      return 0;
    case "ping":
      return showPong(request, answer.result as ResultOf<"ping">);
    case "why":
      print(renderWhy(answer.result as ResultOf<"why">, request.arguments.subject, paint));
      return exitCodeOf(request, answer.result);
    case "evidence":
      print(renderEvidence(answer.result as ResultOf<"evidence">, paint));
      return 0;
    case "requests":
      print(renderRequests(answer.result as ResultOf<"requests">, paint));
      return 0;
    case "metrics":
      print((answer.result as ResultOf<"metrics">).text.trimEnd().split("\n").map(oneLine));
      return 0;
    case "stop":
      return showStop(answer);
    default:
      print(renderResult(request, answer.result, systemClock.wall()).map(oneLine));
      return exitCodeOf(request, answer.result);
  }
}

function showPong(request: ControlRequest, pong: Pong): number {
  const { version, pid, state, urls } = pong;
  const isServing = state === "serving";
  print([
    `gw ${oneLine(version)} (process ${pid}): ${oneLine(state)}${isServing ? ` ${oneLine(urls.join(" "))}` : ""}`,
  ]);
  return exitCodeOf(request, pong);
}

async function showStop(answer: ControlAnswer): Promise<number> {
  await whenGone(answer);
  const { cut } = answer.result as ResultOf<"stop">;
  print([`gw (process ${answer.pid}) has stopped${describeCut({ requests: cut, tunnels: 0 })}`]);
  return 0;
}

async function whenGone({ pid, closed }: ControlAnswer): Promise<void> {
  const isGone = await Promise.race([
    closed.then(() => true),
    pause(systemClock, END_WITHIN_MS).then(() => false),
  ]);
  if (!isGone)
    throw new GwError("command_failed", { what: `gw has stopped, but its process ${pid} is still there` });
}
