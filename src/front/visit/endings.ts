// What becomes of a visit that ended without an answer of the app: whether another worker may have it, and if not, which
// error it is. The one rule: a request never reaches two workers behind anyone's back. Pure.

import { type Cause, GwError, reasonOf } from "../../core/errors.ts";
import type { FrontSettings } from "../../link/messages.ts";
import type { ExchangeFailure } from "../../upstream/exchange.ts";
import { ANSWERED, type Ending, SWITCHED, type Visit } from "./visit.ts";

/** Whether a request that was given to a worker at this instant has had its time. */
export type IsOverdue = (startedAt: number, isAnswered: boolean) => boolean;

const SAFE_METHODS: readonly string[] = ["GET", "HEAD", "OPTIONS", "TRACE"];

/** Whether a request whose worker was lost may go to another one. */
export function mayTryAgain(
  visit: Visit,
  failure: ExchangeFailure,
  policy: FrontSettings["retryRequests"],
): boolean {
  if (policy === "never") return false;
  const { client, intake, attempts } = visit;
  if (failure.kind === "connect") return true;
  if (failure.kind !== "lost" || failure.answered) return false;
  if (!failure.sent) return intake === undefined || intake.isUntouched;
  return (
    policy === "idempotent" && attempts === 1 && intake === undefined && SAFE_METHODS.includes(client.method)
  );
}

/** A worker that is there but takes no connection is no worker: connect-timeout bounds that wait as well. */
export function mayConnect(visit: Visit, failure: ExchangeFailure, now: number, timeoutMs: number): boolean {
  if (failure.kind !== "connect") return true;
  visit.refusedAt ||= now;
  return now - visit.refusedAt < timeoutMs;
}

/** Whether the worker of a visit that ended so has given an answer, or the head of one; asked before gw answers itself. */
export function hasBegunAnswer({ client }: Visit, ending: Ending | undefined): boolean {
  return ending === ANSWERED || ending === SWITCHED || client.isAnswered;
}

/** Of these the client is not to blame: what the app has sent before is its to have. */
const NOT_OF_THE_CLIENT: ReadonlySet<Cause> = new Set<Cause>([
  ...(["worker_died", "worker_stopped", "worker_answer_malformed", "app_closed"] as const),
  ...(["request_timeout", "deadlock_timeout", "socket_timeout", "response_incomplete"] as const),
]);

/** Whether an answer that has begun, and ends so, is cut behind all that has come of it, however long its client takes for that. */
export const isCutBehind = ({ cause_ }: GwError): boolean => NOT_OF_THE_CLIENT.has(cause_);

/** What was thrown, as an error that can be answered. */
export function errorOfThrown(thrown: unknown): GwError {
  if (thrown instanceof GwError) return thrown;
  return new GwError("bug", { what: reasonOf(thrown) }, thrown instanceof Error ? thrown.stack : undefined);
}

/** The error of a visit whose worker failed it so. */
export function errorOfFailure(failure: ExchangeFailure, settings: FrontSettings): GwError {
  switch (failure.kind) {
    case "connect":
      return new GwError("no_worker", {}, failure.reason);
    case "lost":
      return new GwError("worker_died");
    case "malformed":
      return new GwError("worker_answer_malformed", { reason: failure.reason });
    case "bug":
      return errorOfThrown(failure.thrown);
    case "header too large":
      return new GwError("response_header_too_large", { limit: settings.headerBufferBytes }, failure.reason);
  }
}
