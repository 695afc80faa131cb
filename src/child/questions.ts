// Questions to the supervisor that wait for their answers. Those that come while one is under way get the same answer: however
// many ask, the supervisor is asked once at a time.

import { type Clock, within } from "../core/clock.ts";

/** A supervisor that does not answer within this time is as good as none. */
const WITHIN_MS = 2_000;

export class Questions<Answer> {
  readonly #clock: Clock;
  readonly #ask: (id: number) => void;
  #count = 0;
  #present: { id: number; answer: Promise<Answer | undefined>; settle(answer: Answer): void } | undefined;

  constructor(clock: Clock, ask: (id: number) => void) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** Undefined when none comes in time. */
  ask(): Promise<Answer | undefined> {
    if (this.#present) return this.#present.answer;
    const id = ++this.#count;
    const { promise, resolve: settle } = Promise.withResolvers<Answer>();
    const answer = within(this.#clock, WITHIN_MS, promise, undefined).finally(() => {
      if (this.#present?.id === id) this.#present = undefined;
    });
    this.#present = { id, answer, settle };
    this.#ask(id);
    return answer;
  }

  /** An answer that comes too late is none to the next question. */
  settle(id: number, answer: Answer): void {
    if (this.#present?.id === id) this.#present.settle(answer);
  }
}
