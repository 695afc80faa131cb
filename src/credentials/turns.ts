// Work that keeps a processor busy, a few at a time. Whoever comes when there is too much of it either gets a turn while somebody
// still waits for the answer, or is not worked for at all: otherwise all that is ever done is what nobody waits for any more.
// Pure, but for what it is given to do.

import type { Clock, Timer } from "../core/clock.ts";

export type PasswordTurnsForm = {
  clock: Clock;
  /** As many as there are processors. */
  atOnce: number;
  /** Whoever has not begun by then does not begin. */
  waitMs: number;
};

/** Its turn has not come in time. */
export class NoTurn extends Error {
  constructor(waitMs: number) {
    super(`there was too much to do for ${Math.round(waitMs)} ms`);
  }
}

type TurnAwaited = { begin: () => void; giveUp: () => void; endsMs: number };

export class PasswordTurns {
  readonly #form: PasswordTurnsForm;
  #running = 0;
  /** In the order in which they came, and so in that in which they give up. */
  readonly #waiting = new Set<TurnAwaited>();
  #timer: Timer | undefined;

  constructor(form: PasswordTurnsForm) {
    this.#form = form;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** What `act` resolves to; rejects as it does, or with NoTurn without having called it. */
  async take<T>(act: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#form.atOnce) await this.#comeUp();
    else this.#running++;
    try {
      return await act();
    } finally {
      this.#passOn();
    }
  }

  /** Resolves with somebody's place. */
  #comeUp(): Promise<void> {
    const { clock, waitMs } = this.#form;
    return new Promise((resolve, reject) => {
      const endsMs = clock.now() + waitMs;
      this.#waiting.add({ begin: resolve, giveUp: () => reject(new NoTurn(waitMs)), endsMs });
      this.#watch();
    });
  }

  /** A place that has become free is the next one's, who keeps it busy. */
  #passOn(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#running--;
      return;
    }
    this.#waiting.delete(next);
    next.begin();
  }

  #watch(): void {
    const [first] = this.#waiting;
    if (!first || this.#timer) return;
    this.#timer = this.#form.clock.after(first.endsMs - this.#form.clock.now(), () => {
      this.#timer = undefined;
      const now = this.#form.clock.now();
      for (const one of this.#waiting) {
        if (one.endsMs > now) break;
        this.#waiting.delete(one);
        one.giveUp();
      }
      this.#watch();
    });
  }
}
