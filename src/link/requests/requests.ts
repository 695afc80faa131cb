// Single requests as a front end tells of them: those under way, those that were slow, those that gw itself answered. Never
// their queries.

import type { Casualty } from "../front-stats.ts";

/** Where a request is: what is waited for. */
export const REQUEST_PHASES = {
  receive: "its body comes in, or hooks are asked about it",
  queue: "it waits for a worker",
  upload: "a worker has it, and its client has yet to send some of its body",
  app: "a worker has it, and has not begun to answer",
  body: "its answer has begun and goes on",
  deliver: "its client has yet to take what is here of its answer",
} as const satisfies Record<string, string>;

export type RequestPhase = keyof typeof REQUEST_PHASES;

/** How long each part took, in milliseconds; null for those that it has not come to. */
export type PhaseTimes = { receive: number; queue: number | null; app: number | null; body: number | null };

/** `group`: empty where none is known. `worker`: the slot of that which has, or had it; 0 for none. */
export type ActiveTold = Casualty & { phase: RequestPhase; client: string; group: string; worker: number };

/** Its answer has not begun within `--slow-requests`; told when that is seen, and when it is over. */
export type SlowTold = ActiveTold & {
  times: PhaseTimes;
  isOver: boolean;
  /** 0 while it has none. */
  status: number;
  cause?: string;
  /** Others of this front end on the same worker. */
  others: number;
};

/** gw itself has answered it, or cut its answer. `status`: 0 where it was cut. `agoMs`: since that. */
export type RefusedTold = Omit<ActiveTold, "phase"> & {
  cause: string;
  status: number;
  agoMs: number;
  why?: string;
};

/** The most of them that one message has. */
export const MOST_ACTIVE_TOLD = 1_000;
export const MOST_NOTABLE = 256;
