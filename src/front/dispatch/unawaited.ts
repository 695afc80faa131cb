// Requests that are over for their clients before their worker has answered them: it may be still at them, and a loop that then
// stands still may stand in one of them. The supervisor, which hears the loop turn, finds out which. Pure.

import type { Casualty, Unawaited } from "../../link/messages.ts";
import type { Ending } from "../visit/visit.ts";

/** `at`, when it was over for its client, and `startedAt` are instants. */
export type Over = { at: number; startedAt: number; request: Omit<Casualty, "ageMs"> };

type UnawaitedOn = {
  /** The latest last. */
  unawaited: Over[];
  /** When the head of an answer last came from there. */
  headAt: number;
};

/** That are remembered of one worker. */
const MOST = 64;

/** It has ended so, without the head of an answer. Once there are many, those go first since which the worker has answered others. */
export function noteUnawaited({ unawaited, headAt }: UnawaitedOn, one: Over, ending: Ending): void {
  const cause = causeOf(ending);
  if (cause === undefined) return;
  const [first] = unawaited;
  if (first && unawaited.length >= MOST) {
    if (first.at > headAt) return;
    unawaited.shift();
  }
  unawaited.push({ ...one, request: { ...one.request, cause } });
}

/** As the supervisor is told of them. */
export function tellUnawaited(all: readonly Over[], now: number): Unawaited[] {
  return all.map(({ at, startedAt, request }) => ({
    ...request,
    ageMs: Math.round(now - startedAt),
    overMs: Math.round(now - at),
  }));
}

function causeOf(ending: Ending): string | undefined {
  if (ending.kind === "refused") return ending.error.cause_;
  return ending.kind === "client gone" ? "client_gone" : undefined;
}
