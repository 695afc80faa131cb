// What is told of recorded requests, on its way from a front end over the supervisor to the exporter: a line of JSON for each,
// which the supervisor passes on unread.

/** A request that is over. Lengths of time in milliseconds; what is not known, or did not come to be, is left out. */
export type RequestRecord = {
  kind: "request";
  traceId: string;
  spanId: string;
  /** Of the client's span. */
  parentId?: string;
  tracestate?: string;
  /** The client's own trace, which gw does not go on with. */
  link?: { traceId: string; spanId: string; isSampled: boolean };
  /** Since 1970, with fractions. */
  startMs: number;
  totalMs: number;
  method: string;
  /** Without the query, which may hold secrets. */
  path: string;
  scheme: string;
  host: string;
  /** `HTTP/1.1`. */
  protocol: string;
  address: string;
  agent?: string;
  /** 0 where it was cut without one. */
  status: number;
  bytesIn: number;
  bytesOut: number;
  id: string;
  group: string;
  worker: number;
  attempts: number;
  /** Its client got all of it. */
  isWhole: boolean;
  /** Why gw has ended it; `message`: in a sentence. */
  error?: { cause: string; message?: string };
  /** When it began to wait for a worker, from its start, and how long it did. */
  queue?: { atMs: number; forMs: number };
  /** When it was given to a worker, from its start, and how long it was there. `spanId`: what the app's spans are below. */
  app?: { spanId: string; atMs: number; forMs: number; connectMs: number; headMs?: number };
  /** An error that nobody in the app has caught. */
  exception?: { type: string; message: string };
};

/** A process that has ended, or was replaced. */
export type EndTold = {
  kind: "end";
  /** Since 1970. */
  atMs: number;
  name: string;
  reason: string;
  pid: number;
  how: string;
  servedMs?: number;
};

export type SpanRecord = RequestRecord | EndTold;

/** Longest text that may pass at once, in characters: more than one record can have. */
export const SPANS_CHARACTERS = 32_768;

export const writeSpan = (record: SpanRecord): string => `${JSON.stringify(record)}\n`;
