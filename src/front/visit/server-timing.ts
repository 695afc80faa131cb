// Where the time of a request has gone so far, as browsers show it beside the answer. Pure.
// https://www.w3.org/TR/server-timing/

import { type TraceContext, traceparentOf } from "../../http/traces/trace-context.ts";

export const SERVER_TIMING = "Server-Timing";

/** Of a visit. */
type Timed = {
  readonly arrivedAt: number;
  readonly admittedAt: number;
  readonly queuedMs: number;
  readonly startedAt: number;
  readonly connectedAt: number;
  readonly headAt: number;
  readonly attempts: number;
  readonly trace: TraceContext | undefined;
};

/** Its phases in milliseconds, as far as it came to them, and its trace; undefined where nothing is known. */
export function serverTiming(visit: Timed): string | undefined {
  const { arrivedAt, admittedAt, queuedMs, startedAt, connectedAt, headAt, attempts, trace } = visit;
  const begunAt = connectedAt || startedAt;
  const metrics = [
    ...(admittedAt > 0 ? [duration("receive", admittedAt - arrivedAt), duration("queue", queuedMs)] : []),
    ...(attempts > 0 ? [duration("connect", begunAt - startedAt)] : []),
    ...(headAt > 0 ? [duration("app", Math.max(0, headAt - begunAt))] : []),
    // The name that tools in browsers look for.
    ...(trace ? [`traceparent;desc="${traceparentOf(trace, trace.spanId)}"`] : []),
  ];
  return metrics.length > 0 ? metrics.join(", ") : undefined;
}

/** Three digits: the clock tells no more. */
const duration = (phase: string, ms: number) => `gw-${phase};dur=${Math.round(ms * 1000) / 1000}`;
