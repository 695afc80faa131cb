// The end of an answer that is all here while its client has yet to take some of it: the worker is free for others, and
// the client may be slow, but may not stand still for longer than the socket timeout.

import type { Deadlines, Due } from "../core/deadlines.ts";
import type { Visit } from "./visit.ts";

export class Delivery implements Due {
  dueAt = 0;
  earlier: Due | undefined;
  later: Due | undefined;
  readonly visit: Visit;
  readonly #silence: Deadlines;
  readonly #onEnd: (delivery: Delivery, isStalled: boolean) => void;
  #isOver = false;

  constructor(visit: Visit, silence: Deadlines, onEnd: (delivery: Delivery, isStalled: boolean) => void) {
    this.visit = visit;
    this.#silence = silence;
    this.#onEnd = onEnd;
  }

  start(): void {
    this.#silence.touch(this);
    this.visit.client.whenSettled(() => this.#end(false));
  }

  /** Somebody else ends the visit. */
  stop(): void {
    this.#isOver = true;
    this.#silence.remove(this);
  }

  onDue(): void {
    if (this.visit.client.hasTakenSome()) this.#silence.touch(this);
    else this.#end(true);
  }

  #end(isStalled: boolean): void {
    if (this.#isOver) return;
    this.stop();
    this.#onEnd(this, isStalled);
  }
}
