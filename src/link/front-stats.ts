// What a front end says of itself each second, and of the requests that it has on workers. Types only.

/**
 * A request as the operator is told of it: never its query. `cause`: it was over for its client before, for this cause of an error or
 * `client_gone`, while the worker may have been still at it.
 */
export type Casualty = { id: string; method: string; path: string; ageMs: number; cause?: string };

/** One that was over for its client so long ago. */
export type Unawaited = Casualty & { overMs: number };

/**
 * Of one side of a trial, since it began: requests that ended on its workers, those of them that failed there (5xx of the app's, or gw's own
 * for the worker's fault), and how soon the heads of answers came, in the buckets of BOUNDS_MS.
 */
export type SideCounts = { ended: number; failed: number; heads: number[] };

/** `new`: the generation that is tried out. */
export type TrialCounts = { old: SideCounts; new: SideCounts };

export type FrontStats = {
  /** Requests waiting for a worker. */
  queued: number;
  /** The same for each group, how long the first one has waited, and how many were on workers on the average of ten seconds. */
  groups: { name: string; queued: number; oldestMs?: number; busy?: number; trial?: TrialCounts }[];
  /** Client requests being answered, queued ones included. */
  active: number;
  /** Requests ever accepted. */
  requests: number;
  /** Open connections of clients. */
  connections?: number;
  /** Most of them at once. */
  maxClients?: number;
  /** Errors answered by gw itself, by cause. */
  errors: Record<string, number>;
  /** For each worker: requests now on it, and ever sent to it. */
  workers: WorkerLoad[];
};

export type WorkerLoad = {
  slot: number;
  pid: number;
  active: number;
  requests: number;
  /** Of the active ones: answers that have begun. */
  streams?: number;
  /** Of the active ones: the client has yet to send some of the body, and nothing else is waited for. */
  receiving?: number;
  /** Of the active ones: the client has yet to take some of the answer, and nothing else is waited for. */
  heldUp?: number;
  /** How long clients have been waited for to send bodies, of all active ones whose answer has not begun. */
  bodyWaitMs?: number;
  /** The same of requests that were answered, or have left, in the time that the app has for a request, or twice that. */
  pastBodyWaitMs?: number;
  /** Open WebSockets; they hold no slot of the concurrency. */
  tunnels?: number;
  /** It has answered some request of this front. */
  hasAnswered?: boolean;
  /** How many requests this front has found that it can have at once, and how soon it answers then; where that is to be found. */
  limit?: number;
  freeMs?: number;
  /** All fronts are to measure the latter anew, at one time. */
  wantsMeasuring?: boolean;
  /** Since the last counted activity; 0 while a request is active. */
  idleMs: number;
  oldest?: Casualty;
};
