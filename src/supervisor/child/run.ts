// One process of a slot, from its making to its end: what is known of it, and nothing that it does.
import type { GwError } from "../../core/errors.ts";
import { withoutColors } from "../../core/log.ts";
import { readMark } from "../../link/marked-lines.ts";
import { type FromChild, STACK_SIGNAL, type Step } from "../../link/messages.ts";
import type { Usage } from "../../os/operating-system.ts";
import { Examiner } from "../questions/examiner.ts";
import { StackReader } from "../questions/stack-reader.ts";
import type { Child, OutputStream, ProcessEnding } from "./spawn.ts";

export type Ready = Extract<FromChild, { type: "ready" }>;

/** What a worker last said of its loop and its requests. */
export type Pulse = {
  atMs: number;
  lagMs: number;
  active: number;
  ageSumMs: number;
  requests: number;
  /** Undefined until it is told. */
  heapBytes?: number | undefined;
};

export type Run = {
  readonly spawnedAtMs: number;
  /** In [0, 1), drawn once: what differs between processes that are otherwise alike. */
  readonly luck: number;
  readonly journey: { step: Step; atMs: number }[];
  child: Child | undefined;
  ready: Ready | undefined;
  readyAtMs: number | undefined;
  pulse: Pulse;
  /** The worst that it has said of its loop since somebody has last taken it. */
  worstLagMs: number;
  failure: GwError | undefined;
  /** What its start waits for, by its own word: the error when that does not come in time. */
  awaits: GwError | undefined;
  ending: ProcessEnding | undefined;
  /** When it was last looked at; only where a limit asks for it. */
  usage: Usage | undefined;
  /** The app has called process.exit. */
  hasCalledExit: boolean;
  /** It had finished what it had: what it did then was its app's own shutdown code. */
  hasParted: boolean;
  /** Its app has been told that nothing new comes. */
  isWithdrawn: boolean;
  /** gw has sent it SIGKILL. */
  isKilled: boolean;
  /** Has it look at itself. */
  readonly examiner: Examiner;
  /** Where it can show its stack. */
  stack: StackReader | undefined;
  /** Last lines of its stderr, the newest at the end. */
  readonly lastLines: string[];
};

/** Enough for a crash report of the runtime. */
const LINES_KEPT = 24;
const LINE_LENGTH = 300;

export function beginRun(nowMs: number, luck: number): Run {
  return {
    spawnedAtMs: nowMs,
    luck,
    journey: [{ step: "spawn", atMs: 0 }],
    child: undefined,
    ready: undefined,
    readyAtMs: undefined,
    pulse: { atMs: nowMs, lagMs: 0, active: 0, ageSumMs: 0, requests: 0 },
    worstLagMs: 0,
    failure: undefined,
    awaits: undefined,
    ending: undefined,
    usage: undefined,
    hasCalledExit: false,
    hasParted: false,
    isWithdrawn: false,
    isKilled: false,
    examiner: new Examiner(),
    stack: undefined,
    lastLines: [],
  };
}

/** Each step counts once: a child that repeats itself does not make the journey longer. */
export function noteStep(run: Run, step: Step, nowMs: number): void {
  if (run.journey.some((past) => past.step === step)) return;
  run.journey.push({ step, atMs: nowMs - run.spawnedAtMs });
}

type Heartbeat = Extract<FromChild, { type: "heartbeat" }>;

export function notePulse(
  run: Run,
  { lagMs = 0, active = 0, ageSumMs = 0, requests = 0, heapBytes }: Heartbeat,
  nowMs: number,
): void {
  run.worstLagMs = Math.max(run.worstLagMs, lagMs);
  run.pulse = { atMs: nowMs, lagMs, active, ageSumMs, requests, heapBytes };
}

export function noteTrait(
  run: Run,
  said: Extract<FromChild, { type: "exits" | "traceable" | "examined" }>,
): void {
  if (said.type === "exits") run.hasCalledExit = true;
  else if (said.type === "examined") run.examiner.settle(said);
  else run.stack ??= new StackReader(said.mark, () => run.child?.signal(STACK_SIGNAL), said.writing);
}

/** A line that the process has printed; undefined when none of it is its app's. */
export function takeLine(run: Run, stream: OutputStream, line: string): string | undefined {
  if (stream === "stdout") return line;
  const text = run.stack ? run.stack.take(line) : line;
  if (text === undefined) return undefined;
  run.lastLines.push(withoutColors(readMark(text).text).slice(0, LINE_LENGTH));
  if (run.lastLines.length > LINES_KEPT) run.lastLines.shift();
  return text;
}
