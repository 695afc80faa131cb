// W3C Trace Context: the fields by which the requests that one request has caused are known to belong together. Pure.
// https://www.w3.org/TR/trace-context/

import { listValue } from "../fields.ts";
import type { AppException } from "./told-exception.ts";

export const TRACEPARENT = "traceparent";
export const TRACESTATE = "tracestate";

/** What a client says of the trace that its request belongs to. */
export type ClientTrace = {
  /** 32 hexadecimal digits in lower case, not all zero. */
  traceId: string;
  /** Of the span that has caused the request: 16 digits, not all zero. */
  parentId: string;
  isSampled: boolean;
  /** What vendors have to say, to be passed on; undefined for nothing. */
  state: string | undefined;
};

/** The trace of one request, as gw goes on with it. */
export type TraceContext = {
  traceId: string;
  /** Of gw's own span. */
  spanId: string;
  /** Of the span of the worker's part, which the app's spans are below. */
  onwardId: string;
  /** Of the client's span, where gw goes on with the client's trace. */
  parentId: string | undefined;
  /** The client's, where gw has begun another trace than the one that it spoke of. */
  link: ClientTrace | undefined;
  state: string | undefined;
  /** It is told to the collector, and whoever gets it next is to do the same. */
  isSampled: boolean;
  /** Instant at which nothing was left to do but for the client to take the answer; 0 before. */
  doneAt: number;
  /** What the worker has told of an error in the app. */
  exception?: AppException;
};

const VERSION_00 = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
/** Of a later version there may be more behind what is known; version ff is none. */
const LATER = /^(?!00|ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const ZEROS = /^0+$/;
const SAMPLED = 1;
/** Longest value that everybody passes on. */
const STATE_CHARACTERS = 512;
const STATE_MEMBERS = 32;
const STATE_MEMBER = /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{1,256}$/;

/** Undefined where nothing is said of a trace, or nothing that could be read. Two of them are as good as none. */
export function readTrace(fields: readonly string[]): ClientTrace | undefined {
  const said = listValue(fields, TRACEPARENT);
  if (said === undefined) return undefined;
  const [, traceId, parentId, flags] = VERSION_00.exec(said) ?? LATER.exec(said) ?? [];
  if (traceId === undefined || parentId === undefined || flags === undefined) return undefined;
  if (ZEROS.test(traceId) || ZEROS.test(parentId)) return undefined;
  const isSampled = (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED;
  return { traceId, parentId, isSampled, state: readState(listValue(fields, TRACESTATE)) };
}

/** The members that there is room for, from the left; undefined where one of them is none, or there is none at all. */
function readState(said: string | undefined): string | undefined {
  if (said === undefined) return undefined;
  const members = said
    .split(",", STATE_MEMBERS + 1)
    .map((member) => member.trim())
    .filter((member) => member !== "");
  if (members.length > STATE_MEMBERS || !members.every((member) => STATE_MEMBER.test(member)))
    return undefined;
  let state = "";
  for (const member of members) {
    const longer = state === "" ? member : `${state},${member}`;
    if (longer.length > STATE_CHARACTERS) break;
    state = longer;
  }
  return state === "" ? undefined : state;
}

/** As whoever comes next is told of the trace. */
export function traceparentOf({ traceId, isSampled }: TraceContext, spanId: string): string {
  return `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`;
}
