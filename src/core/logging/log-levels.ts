// Which lines of the log are shown: one level for all, another one for a source, and either for a while, after which it ends by
// itself: nobody has to remember that debug is on.

import type { Clock, Timer } from "../clock.ts";
import type { Level } from "../log.ts";
import type { LogSource } from "./log-source.ts";

const RANK: Record<Level, number> = { error: 0, warn: 1, info: 2, debug: 3 };

type Override = { level: Level; timer: Timer | undefined };

export class LogLevels {
  readonly #clock: Clock;
  #level: Level;
  readonly #overrides = new Map<LogSource | "all", Override>();

  constructor(level: Level, clock: Clock) {
    this.#level = level;
    this.#clock = clock;
  }

  /** What the configuration says. */
  configure(level: Level): void {
    this.#level = level;
  }

  levelOf(source: LogSource): Level {
    return (this.#overrides.get(source) ?? this.#overrides.get("all"))?.level ?? this.#level;
  }

  /** Somebody has said it while gw runs, of the source or of all. */
  isSet(source: LogSource): boolean {
    return this.#overrides.has(source) || this.#overrides.has("all");
  }

  shows(source: LogSource, level: Level): boolean {
    return RANK[level] <= RANK[this.levelOf(source)];
  }

  /** Of one source, or of all; `forMs`: until that is over, otherwise until gw ends. `onOver` is called when it ends by itself. */
  set(source: LogSource | "all", level: Level, forMs: number | undefined, onOver: () => void): void {
    this.reset(source);
    const over = () => {
      this.#overrides.delete(source);
      onOver();
    };
    const timer = forMs === undefined ? undefined : this.#clock.after(forMs, over);
    this.#overrides.set(source, { level, timer });
  }

  /** Back to what the configuration says; without a source, everything. */
  reset(source?: LogSource | "all"): void {
    for (const [name, { timer }] of [...this.#overrides]) {
      if (source !== undefined && name !== source) continue;
      timer?.cancel();
      this.#overrides.delete(name);
    }
  }
}
