// What tells the supervisor that a group could do with one more worker: requests that wait in the queue, that wait on workers
// whose loops do not turn, and answers that take longer to begin than is usual there. Only for groups with a range.

import type { Clock } from "../../core/clock.ts";
import type { Shortage } from "../../link/messages.ts";
import type { Queue } from "../queue/queue.ts";
import type { Visit } from "../visit/visit.ts";
import { Pace } from "./pace.ts";
import { Pressure } from "./pressure.ts";
import type { Roster } from "./roster.ts";

export type DemandOptions = {
  clock: Clock;
  /** How long a request may wait, wherever that is. */
  waitMs: number;
  queue: Queue;
  roster: Roster;
  isPaused: () => boolean;
  tell: (shortage: Shortage) => void;
};

export class Demand {
  readonly #options: DemandOptions;
  readonly #pressure: Pressure;
  readonly #pace = new Pace();

  constructor(options: DemandOptions) {
    const { clock, waitMs } = options;
    this.#options = options;
    const tell = (waitedMs: number) => this.#tell(waitedMs);
    this.#pressure = new Pressure({ clock, waitMs, waitingSince: () => this.#waitingSince, tell });
  }

  /** A request waits, and nobody did before; or something has changed for those that do. */
  begin(): void {
    this.#pressure.begin(this.#options.roster.hasAccepting);
  }

  stop(): void {
    this.#pressure.stop();
  }

  /** The head of an answer has come. */
  noteHead({ startedAt }: Visit): void {
    const { clock, waitMs, roster } = this.#options;
    const now = clock.now();
    const longerMs = this.#pace.note(now, now - startedAt);
    if (longerMs >= waitMs && roster.isCrowded) this.#tell(Math.round(longerMs));
  }

  #tell(waitedMs: number): void {
    const { roster, tell } = this.#options;
    tell({ waitedMs, ...(roster.newest !== undefined && { newest: roster.newest }) });
  }

  get #waitingSince(): number | undefined {
    const { queue, roster, isPaused } = this.#options;
    return isPaused() ? undefined : earlier(queue.waitingSince, roster.stuckSince);
  }
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
