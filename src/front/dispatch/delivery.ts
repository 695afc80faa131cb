// The end of an answer that is all here while its client has yet to take some of it: the worker is free for others, and
// the client may be slow, but may not stand still for longer than the socket timeout.

import type { Deadlines, Due } from "../../core/deadlines.ts";
import type { Cause } from "../../core/errors.ts";
import type { Visit } from "../visit/visit.ts";

/** Told once: the client has taken everything, or is gone; or the answer is to be cut, with this cause. */
type OnEnd = (visit: Visit, cause: Cause | undefined) => void;

export class Deliveries {
  readonly #all = new Set<Delivery>();
  readonly #onEnd: OnEnd;

  constructor(onEnd: OnEnd) {
    this.#onEnd = onEnd;
  }

  /** `silence`: how long the client may take nothing. */
  add(visit: Visit, silence: Deadlines): void {
    const delivery = new Delivery(visit.client, silence, (cause) => {
      this.#all.delete(delivery);
      this.#onEnd(visit, cause);
    });
    this.#all.add(delivery);
    delivery.start();
  }

  abandon(cause: Cause): void {
    for (const delivery of this.#all) delivery.end(cause);
  }
}

class Delivery implements Due {
  dueAt = 0;
  earlier: Due | undefined;
  later: Due | undefined;
  list: Deadlines | undefined;
  readonly #client: Visit["client"];
  readonly #silence: Deadlines;
  readonly #onEnd: (cause: Cause | undefined) => void;
  #isOver = false;

  constructor(client: Visit["client"], silence: Deadlines, onEnd: (cause: Cause | undefined) => void) {
    this.#client = client;
    this.#silence = silence;
    this.#onEnd = onEnd;
  }

  start(): void {
    this.#silence.touch(this);
    this.#client.whenSettled(() => this.end(undefined));
  }

  onDue(): void {
    if (this.#client.hasTakenSome()) this.#silence.touch(this);
    else this.end("client_stalled");
  }

  end(cause: Cause | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#silence.remove(this);
    this.#onEnd(cause);
  }
}
