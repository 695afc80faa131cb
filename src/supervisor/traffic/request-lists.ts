// Which requests are under way, asked of front ends: each answers for itself, and one that does not is left out.

import { type Clock, within } from "../../core/clock.ts";
import type { FromChild } from "../../link/messages.ts";
import type { Slot } from "../child/slot.ts";

export type RequestsTold = Extract<FromChild, { type: "requests" }>;

/** A front end answers within milliseconds. */
const ANSWER_MS = 1_000;

export class RequestLists {
  readonly #clock: Clock;
  #count = 0;
  readonly #asked = new Map<number, { front: Slot; resolve(told: RequestsTold | undefined): void }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** So many at most, with a `socket` only those on that worker; undefined when it does not answer. */
  async ask(front: Slot, most: number, socket?: string): Promise<RequestsTold | undefined> {
    const id = ++this.#count;
    const { promise, resolve } = Promise.withResolvers<RequestsTold | undefined>();
    this.#asked.set(id, { front, resolve });
    front.send({ type: "list", id, most, ...(socket !== undefined && { socket }) });
    const told = await within(this.#clock, ANSWER_MS, promise, undefined);
    this.#asked.delete(id);
    return told;
  }

  hear(front: Slot, told: RequestsTold): void {
    const asked = this.#asked.get(told.id);
    if (asked?.front === front) asked.resolve(told);
  }

  /** The front end has ended. */
  forget(front: Slot): void {
    for (const asked of this.#asked.values()) if (asked.front === front) asked.resolve(undefined);
  }
}
