// What becomes of a visit that ended without an answer of the app: whether another worker may have it, and if not, which
// error it is. The one rule: a request never reaches two workers behind anyone's back. Pure.

import { type Cause, GwError, reasonOf } from "../core/errors.ts";
import type { FrontSettings } from "../link/messages.ts";
import type { Failure } from "../upstream/connection.ts";
import type { Tunnel } from "./tunnel.ts";
import type { Visit } from "./visit.ts";

/** How a relay ended. */
export type RelayEnd =
  | { kind: "answered" }
  /** The connection left HTTP and is the tunnel's now. */
  | { kind: "switched"; tunnel: Tunnel }
  /** The client left, or would not take the answer. */
  | { kind: "client gone" }
  | { kind: "client stalled"; while: "sending" | "reading" }
  | { kind: "worker silent" }
  /** No answer within the request timeout. */
  | { kind: "overdue" }
  /** Decided elsewhere: the worker is to be killed, or the front leaves. */
  | { kind: "condemned"; cause: Cause }
  | { kind: "body too large" }
  | { kind: "failed"; failure: Failure };

const SAFE_METHODS: readonly string[] = ["GET", "HEAD", "OPTIONS", "TRACE"];

/** Whether a request whose worker was lost may go to another one. */
export function mayTryAgain(visit: Visit, failure: Failure, policy: FrontSettings["retryRequests"]): boolean {
  if (policy === "never") return false;
  const { client, intake, attempts } = visit;
  if (failure.kind === "connect") return true;
  if (failure.kind !== "lost" || failure.answered) return false;
  if (!failure.sent) return intake === undefined || intake.isUntouched;
  return (
    policy === "idempotent" && attempts === 1 && intake === undefined && SAFE_METHODS.includes(client.method)
  );
}

/** Whether the worker has given an answer, or the head of one; what gw answers in its place is none. */
export function hasBegunAnswer(end: RelayEnd, { client }: Visit): boolean {
  if (end.kind === "answered" || end.kind === "switched") return true;
  if (end.kind === "failed") return end.failure.kind === "lost" && end.failure.answered;
  return client.isAnswered;
}

/** What was thrown, as an error that can be answered. */
export function errorOfThrown(thrown: unknown): GwError {
  if (thrown instanceof GwError) return thrown;
  return new GwError("bug", { what: reasonOf(thrown) }, thrown instanceof Error ? thrown.stack : undefined);
}

/** The error of a visit that ended so. */
export function errorOf(end: RelayEnd, settings: FrontSettings): GwError {
  switch (end.kind) {
    case "worker silent":
      return new GwError("socket_timeout");
    case "overdue":
      return new GwError("request_timeout");
    case "condemned":
      return new GwError(end.cause);
    case "client stalled":
      return new GwError(end.while === "sending" ? "request_timeout_client" : "client_stalled");
    case "body too large":
      return new GwError("request_body_too_large", { limit: settings.limitRequestBodyBytes });
    case "failed":
      return errorOfFailure(end.failure, settings);
    default:
      return new GwError("bug", { what: `a visit that ended as ${end.kind} is no error` });
  }
}

function errorOfFailure(failure: Failure, settings: FrontSettings): GwError {
  switch (failure.kind) {
    case "connect":
      return new GwError("no_worker", {}, failure.reason);
    case "lost":
      return new GwError("worker_died");
    case "malformed":
      return new GwError("worker_answer_malformed", { reason: failure.reason });
    case "header too large":
      return new GwError("response_header_too_large", { limit: settings.headerBufferBytes }, failure.reason);
  }
}
