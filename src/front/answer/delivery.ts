// The end of an answer that is all here while its client has yet to take some of it: the worker is free for others, and
// the client may be slow, but may not stand still for longer than the socket timeout.

import type { Deadlines, Due } from "../../core/deadlines.ts";
import type { Cause } from "../../core/errors.ts";
import type { AnswerPace, ClientPace } from "../visit/client-pace.ts";
import type { Visit } from "../visit/visit.ts";

/** So much of an answer at most is in memory here when nothing more of it comes. What the client has taken before is not to its credit. */
export const REST_BYTES = 262_144;

export interface DeliveryOwner {
  /** Once for each: the client has taken everything, or is gone; or the answer is to be cut, with this cause. */
  onDelivered(visit: Visit, cause: Cause | undefined): void;
}

export class Deliveries {
  readonly #all = new Set<Delivery>();
  readonly #owner: DeliveryOwner;

  constructor(owner: DeliveryOwner) {
    this.#owner = owner;
  }

  add(visit: Visit, pace: ClientPace): void {
    const delivery = new Delivery(visit, pace, this);
    this.#all.add(delivery);
    delivery.start();
  }

  onEnd(delivery: Delivery, cause: Cause | undefined): void {
    this.#all.delete(delivery);
    this.#owner.onDelivered(delivery.visit, cause);
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
  readonly visit: Visit;
  /** How long the client may take nothing. */
  readonly #silence: Deadlines;
  readonly #taking: AnswerPace | undefined;
  readonly #all: Deliveries;
  #isOver = false;

  constructor(visit: Visit, pace: ClientPace, all: Deliveries) {
    this.visit = visit;
    this.#silence = pace.taking;
    this.#taking = pace.hold(undefined, 0);
    this.#all = all;
  }

  start(): void {
    this.#silence.touch(this);
    const { client, sentBytes } = this.visit;
    this.#taking?.hold(Math.min(sentBytes, REST_BYTES + (client.heldBytes ?? 0)));
    this.visit.client.whenSettled((cause) => this.end(cause));
  }

  onDue(): void {
    if (this.visit.client.hasTakenSome() && !this.#taking?.isTooSlow) this.#silence.touch(this);
    else this.end("client_stalled");
  }

  end(cause: Cause | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#silence.remove(this);
    this.#all.onEnd(this, cause);
  }
}
