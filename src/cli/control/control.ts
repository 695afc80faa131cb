// The commands that speak to a running gw: finds it, asks it over its control socket, waits until the work is done, and
// answers with an exit code that tells the truth.

import { type ControlAnswer, call } from "../../control/client.ts";
import type { CommandName, ControlRequest } from "../../control/commands.ts";
import { ANSWER_WITHIN_MS, findInstance } from "../../control/instances.ts";
import type { ResultOf } from "../../control/results.ts";
import type { Pong, Status } from "../../control/status.ts";
import { pause, systemClock } from "../../core/clock.ts";
import { GwError } from "../../core/errors.ts";
import { oneLine } from "../../core/log.ts";
import { Outlet, type WriteText } from "../../core/outlet.ts";
import { paintFor, print } from "../terminal/output.ts";
import type { LineValues } from "../terminal/words.ts";
import { describeCut, exitCodeOf, renderItem, renderResult } from "./control-answers.ts";
import { renderStatus } from "./control-status.ts";
import { requestOf, wantedOf } from "./control-words.ts";

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
  const onItem = (item: unknown) => out.line(renderItem(command, item));
  const answer = await call({
    path,
    request,
    clock,
    answerWithinMs: ANSWER_WITHIN_MS,
    onItem,
  });
  await out.flushed();
  return show(request, answer, values.has("json"));
}

/** Lines that follow each other without end: a terminal that stands still must not make this process grow. */
function openStdout(command: CommandName): Outlet {
  // Who reads has gone, as `head` does: there is nothing more to do where reading was all. Other work goes on, and its outcome
  // is what the exit code tells.
  if (command === "logs") process.stdout.once("error", () => process.exit(0));
  const write: WriteText = (text, done) => void process.stdout.write(text, () => done());
  return new Outlet(write, { clock: systemClock, patienceMs: 0 });
}

async function show(request: ControlRequest, answer: ControlAnswer, asJson: boolean): Promise<number> {
  switch (request.command) {
    case "status":
      return showStatus(answer.result as ResultOf<"status">, asJson);
    case "ping":
      return showPong(answer.result as ResultOf<"ping">);
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

function showStatus(status: Status, asJson: boolean): number {
  if (asJson) print([JSON.stringify(status, null, 2)]);
  else print(renderStatus(status, paintFor(process.stdout, process.env), systemClock.wall()));
  return 0;
}

function showPong({ version, pid, state, urls }: Pong): number {
  const isServing = state === "serving";
  print([
    `gw ${oneLine(version)} (process ${pid}): ${oneLine(state)}${isServing ? ` ${oneLine(urls.join(" "))}` : ""}`,
  ]);
  return isServing ? 0 : 1;
}

async function showStop({ pid, result, closed }: ControlAnswer): Promise<number> {
  const isGone = await Promise.race([
    closed.then(() => true),
    pause(systemClock, END_WITHIN_MS).then(() => false),
  ]);
  if (!isGone)
    throw new GwError("command_failed", { what: `gw has stopped, but its process ${pid} is still there` });
  const { cut } = result as ResultOf<"stop">;
  print([`gw (process ${pid}) has stopped${describeCut({ requests: cut, tunnels: 0 })}`]);
  return 0;
}
