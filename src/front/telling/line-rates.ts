// How many lines of the log the clients of this front can cause. Each kind of line has so many in a stretch of time; what
// comes beyond is counted, and told in one line when the stretch is over. Counters elsewhere stay exact.

import type { Clock, Timer } from "../../core/clock.ts";
import type { Cause } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";

const STRETCH_MS = 10_000;

export type LineKind = {
  cause: Cause | "slow_request" | "error_document";
  /** Whose requests they are; undefined where there is one group only, or none is known. */
  group?: string | undefined;
  /** Lines in ten seconds. */
  most: number;
};

type Stretch = { kind: LineKind; lines: number; leftOut: number; timer: Timer };

export class LineRates {
  readonly #clock: Clock;
  readonly #log: Log;
  /** By group and cause, of which there are few: no word of a client is among the keys. */
  readonly #stretches = new Map<string, Stretch>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Whether one more line of this kind may be written; if not, it is counted as left out. */
  allows(kind: LineKind): boolean {
    const stretch = this.#stretchOf(kind);
    if (stretch.lines >= kind.most) {
      stretch.leftOut++;
      return false;
    }
    stretch.lines++;
    return true;
  }

  /** Tells at once what has been left out so far. */
  tellAll(): void {
    for (const key of [...this.#stretches.keys()]) this.#end(key);
  }

  #stretchOf(kind: LineKind): Stretch {
    const key = `${kind.cause} ${kind.group}`;
    const present = this.#stretches.get(key);
    if (present) return present;
    const timer = this.#clock.after(STRETCH_MS, () => this.#end(key));
    const begun = { kind, lines: 0, leftOut: 0, timer };
    this.#stretches.set(key, begun);
    return begun;
  }

  #end(key: string): void {
    const stretch = this.#stretches.get(key);
    stretch?.timer.cancel();
    this.#stretches.delete(key);
    if (!stretch?.leftOut) return;
    const { kind, leftOut: count } = stretch;
    const { cause, group } = kind;
    this.#log.warn("more lines like these were left out", { cause, group, count, withinMs: STRETCH_MS });
  }
}
