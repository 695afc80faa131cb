// How the end of a child, or of its start, is put into words: errors for a start, log lines for a running server.
import { GwError, isCause } from "../../core/errors.ts";
import { VERSION } from "../../core/version.ts";
import { type FromChild, PROTOCOL, type Role, type Step } from "../../link/messages.ts";
import type { Run } from "./run.ts";
import { describeEnding, type ProcessEnding } from "./spawn.ts";

/** The steps that a start took, and when, counted from the spawn. */
export type Journey = readonly { step: Step; atMs: number }[];

type Failed = Extract<FromChild, { type: "failed" }>;

/** The error that a child named. Its cause is checked: an app may speak on the channel too. */
export function failureOf({ cause, facts, detail }: Pick<Failed, "cause" | "facts" | "detail">): GwError {
  return isCause(cause)
    ? new GwError(cause, facts, detail)
    : new GwError("app_load_failed", { reason: cause }, detail);
}

/** The error that a child named for the case that its time runs out now. */
export function awaitedOf({
  cause,
  facts = {},
}: Extract<FromChild, { type: "awaits" }>): GwError | undefined {
  return cause === undefined ? undefined : failureOf({ cause, facts });
}

/** A child that is not what is expected: another gw, or another role of it. */
export function mismatch(
  { name, role }: { name: string; role: Role },
  hello: Extract<FromChild, { type: "hello" }>,
): GwError | undefined {
  if (hello.protocol === PROTOCOL && hello.role === role) return undefined;
  return new GwError("child_mismatch", {
    name,
    theirs: `a ${hello.role} of gw ${hello.version} with protocol ${hello.protocol}`,
    ours: `a ${role} of gw ${VERSION} with protocol ${PROTOCOL}`,
  });
}

/** Why a process is no longer there: it ended while serving, or its start was lost. */
export type Report = { ending: ProcessEnding } | { error: GwError; isLate: boolean; journey: Journey };

type StartTerms = { role: Role; startupTimeoutMs: number };

/** `hasEnded`: it has ended already; otherwise it is about to be killed. */
export function reportOf(
  { readyAtMs, ending, failure, awaits, journey }: Run,
  place: StartTerms,
  hasEnded: boolean,
): Report {
  if (readyAtMs !== undefined && ending) return { ending };
  if (failure) return { error: failure, isLate: false, journey };
  if (hasEnded) return { error: lostStart(place, journey, ending), isLate: false, journey };
  return { error: awaits ?? lostStart(place, journey), isLate: true, journey };
}

/** A start that was lost without a word: the child ended (`ending`), or its time was over. */
function lostStart(slot: StartTerms, journey: Journey, ending?: ProcessEnding): GwError {
  const step = journey.at(-1)?.step ?? "spawn";
  const seconds = slot.startupTimeoutMs / 1_000;
  const how = ending ? describeEnding(ending) : `not ready after ${seconds} s`;
  if (slot.role === "front") return new GwError("front_failed", { reason: `${how}, in step ${step}` });
  if (slot.role === "auth") return new GwError("auth_not_started", { reason: `${how}, in step ${step}` });
  return ending
    ? new GwError("worker_died_at_start", { step, how })
    : new GwError("startup_timeout", { seconds, step });
}

/** `spawn 0 ms, hello 12 ms, configure 13 ms, load 13 ms`. */
export function describeJourney(journey: Journey): string {
  return journey.map(({ step, atMs }) => `${step} ${Math.round(atMs)} ms`).join(", ");
}
