// One process of a slot, from its making to its end: what is known of it, and nothing that it does.
import type { GwError } from "../core/errors.ts";
import type { FromChild, Step } from "../link/messages.ts";
import type { Child, Ending } from "./spawn.ts";

export type Ready = Extract<FromChild, { type: "ready" }>;

export type Run = {
  /** Counts the slot's processes. */
  readonly serial: number;
  readonly spawnedAtMs: number;
  readonly journey: { step: Step; atMs: number }[];
  child: Child | undefined;
  ready: Ready | undefined;
  readyAtMs: number | undefined;
  lastHeartbeatMs: number;
  failure: GwError | undefined;
  ending: Ending | undefined;
};

export function beginRun(serial: number, nowMs: number): Run {
  return {
    serial,
    spawnedAtMs: nowMs,
    journey: [{ step: "spawn", atMs: 0 }],
    child: undefined,
    ready: undefined,
    readyAtMs: undefined,
    lastHeartbeatMs: nowMs,
    failure: undefined,
    ending: undefined,
  };
}

/** Each step counts once: a child that repeats itself does not make the journey longer. */
export function noteStep(run: Run, step: Step, nowMs: number): void {
  if (run.journey.some((past) => past.step === step)) return;
  run.journey.push({ step, atMs: nowMs - run.spawnedAtMs });
}
