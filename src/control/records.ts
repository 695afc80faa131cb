// What a running gw remembers of what went wrong, and what it has under way: filled in by the supervisor, told by `gw why` and
// `gw requests`. Every list is bounded where it is kept. Types only; instants are wall time, ISO 8601.
import type { EndingKind, Reason } from "../core/reasons.ts";
import type { Role } from "../link/messages.ts";
import type { PhaseTimes, RequestPhase } from "../link/requests/requests.ts";

/** A request that ended with a process, or was on it: never its query. */
export type RequestNamed = { id: string; method: string; path: string; ageMs: number };

/** A process that has ended, or a start that came to nothing. */
export type EndRecord = {
  at: string;
  /** As operators read it: `worker 1`. */
  process: string;
  role: Role;
  /** Number of its place. */
  slot: number;
  pid: number | null;
  reason: Reason;
  /** How it ended; null for a start that came to nothing. */
  kind: EndingKind | null;
  /** `exit code 1`, or why the start failed. */
  how: string;
  /** The figures behind the reason. */
  why: string | null;
  /** Null where it never was ready. */
  servedMs: number | null;
  /** The longest on it. `cause`: for which it was over for its client before, while the process may have been still at it. */
  request: (RequestNamed & { cause?: string }) | null;
  /** Ids of those that got no answer, the oldest first: not all of many. */
  lostIds: string[];
  lost: number;
  /** WebSockets that were cut with it; absent for none. */
  webSockets?: number;
  /** Where its event loop stood, the innermost frame first; null where nobody asked. */
  stack: string[] | null;
  /** First line of the report of a crashed runtime. */
  crash: string | null;
  /** The error that ended it, in the app's own words. */
  lastWords: string | null;
  /** Where its evidence is; absent where none is kept. */
  evidence?: string;
};

/** A reload, a rollback, or another change of the generation. */
export type ReloadRecord = {
  at: string;
  /** Who asked: `gw reload`, `SIGHUP`, a change of a file. */
  by: string;
  outcome: "serves" | "refused";
  /** Null where the configuration was refused, and no generation started. */
  generation: number | null;
  tookMs: number;
  reason: string | null;
  /** The app's own words, or each problem of the configuration. */
  detail: string | null;
};

/** Errors of one cause that followed each other without a longer pause. */
export type RefusalRecord = { cause: string; count: number; firstAt: string; lastAt: string };

/** One request that gw itself answered, or cut. */
export type RefusedRequest = {
  at: string;
  id: string;
  cause: string;
  /** 0 where its answer was cut. */
  status: number;
  method: string;
  path: string;
  client: string;
  /** Empty where none was known. */
  group: string;
  /** Slot of the worker that it was on; 0 for none. */
  worker: number;
  afterMs: number;
  why: string | null;
};

/** A request under way. */
export type ActiveRequest = RequestNamed & {
  phase: RequestPhase;
  client: string;
  group: string;
  worker: number;
  /** Slot of the front end that has it. */
  front: number;
};

/** A request whose answer has not begun within `--slow-requests`. */
export type SlowRequest = Omit<ActiveRequest, "phase"> & {
  /** Instant at which it came. */
  at: string;
  /** Null while it has not ended. */
  endedAt: string | null;
  phase: RequestPhase;
  times: PhaseTimes;
  /** 0 while it has none. */
  status: number;
  cause: string | null;
  /** Others on the same worker, when this was told. */
  others: number;
};

/** The subject of a spell in which the supervisor itself did not run, and so none of gw. */
export const SUPERVISOR = "the supervisor";

/** What was slow for a while: requests waited, capacity was used up, or a loop did not turn. */
export type SpellRecord = {
  kind: "queue" | "capacity" | "loop";
  /** The group, or the process. */
  subject: string;
  from: string;
  /** Null while it goes on. */
  until: string | null;
  /** The longest wait in milliseconds; the most of the capacity, 1 for all; the longest standstill in milliseconds. */
  worst: number;
};

/** The newest last, each list. */
export type Records = {
  ends: EndRecord[];
  reloads: ReloadRecord[];
  refusals: RefusalRecord[];
  refused: RefusedRequest[];
  slow: SlowRequest[];
  spells: SpellRecord[];
};

/** Requests in flight, the oldest first; `total`: how many there are in all. */
export type ActiveRequests = { requests: ActiveRequest[]; total: number };
