// What the operator is told of the collector: that it takes nothing, once, and that it does so again, with what was lost between.

import type { Log } from "../core/log.ts";

export class Outcomes {
  readonly #log: Log;
  /** What it is about: `traces`. */
  readonly #what: string;
  readonly #advice: string;
  isFailing = false;
  #lost = 0;

  constructor(log: Log, what: string, advice: string) {
    this.#log = log;
    this.#what = what;
    this.#advice = advice;
  }

  note(count: number, reason: string | undefined): void {
    if (reason === undefined) return this.#onTaken();
    this.#lost += count;
    if (this.isFailing) return;
    this.isFailing = true;
    this.#log.warn(`the collector takes no ${this.#what}; they are lost and counted until it does`, {
      why: reason,
      advice: this.#advice,
    });
  }

  #onTaken(): void {
    if (!this.isFailing) return;
    this.isFailing = false;
    this.#log.warn(`the collector takes ${this.#what} again`, { lost: this.#lost });
    this.#lost = 0;
  }
}
