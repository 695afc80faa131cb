// One request's record from arrival to answer: filled in by the stages, read once at the end. It is beside the
// request line, not on it, and knows no Request and no Response.

import type { Clock } from "../core/clock.ts";
import type { Client } from "./client.ts";
import type { Intake } from "./intake.ts";

/** Makes request ids: unique among all fronts and their predecessors, short, and safe in a log line. */
export function createIds(random: () => number, clock: Clock): () => string {
  const run = Math.floor(random() * 36 ** 4)
    .toString(36)
    .padStart(4, "0");
  const prefix = `${Math.floor(clock.wall() / 1000).toString(36)}${run}`;
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}

export class Visit {
  readonly id: string;
  readonly client: Client;
  /** Instant at which the request head had been read. */
  readonly arrivedAt: number;
  /** Set by the limits stage: the target in origin form and the host it is for. */
  target = "/";
  host = "";
  /** Set by the route: the group that runs it, the mount of the app, and how much of the target the worker does not get. */
  group = "";
  mount = "/";
  cut = 0;
  /** The request body on its way in; undefined without one. */
  intake: Intake | undefined;
  /** Instant at which it last began to wait for a worker. */
  queuedAt = 0;
  /** Instant at which a worker was chosen; 0 while it waits. */
  startedAt = 0;
  /** How many workers were tried. */
  attempts = 0;
  /** Instant at which a worker's socket first refused it; 0 while none has. */
  refusedAt = 0;
  /** Slot of the worker that has, or had, the request. */
  slot = 0;

  constructor(id: string, client: Client, arrivedAt: number) {
    this.id = id;
    this.client = client;
    this.arrivedAt = arrivedAt;
  }

  /** The target as the worker gets it: the client's own bytes, without the mount. */
  get onward(): string {
    if (this.cut === 0) return this.target;
    const rest = this.target.slice(this.cut);
    return rest.startsWith("/") ? rest : `/${rest}`;
  }

  /** What of the target stands in the place of the first slash of `onward`; undefined where no mount is taken off. */
  get above(): string | undefined {
    if (this.cut === 0) return undefined;
    return this.target.slice(0, this.target[this.cut] === "/" ? this.cut + 1 : this.cut);
  }

  /** The path without its query, for the log: queries hold secrets. */
  get path(): string {
    const query = this.target.indexOf("?");
    return query < 0 ? this.target : this.target.slice(0, query);
  }
}
