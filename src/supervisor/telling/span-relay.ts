// What front ends tell of recorded requests, on its way to the exporter. Nobody waits for anybody: what the exporter has not taken is
// bounded, and beyond that, or while there is none, it is dropped and counted.

import type { FromChild, ToChild } from "../../link/messages.ts";

type SpansTold = Pick<Extract<FromChild, { type: "spans" }>, "text" | "count">;
type SendSpans = (message: Extract<ToChild, { type: "spans" }>) => void;

/** Batches that the exporter has yet to take. */
const MOST_ON_THE_WAY = 128;

export class SpanRelay {
  #send: SendSpans | undefined;
  #count = 0;
  readonly #onTheWay = new Set<number>();
  /** Requests of which nothing will be told. */
  dropped = 0;

  /** There is an exporter; undefined: there is none any more. */
  attach(send: SendSpans | undefined): void {
    this.#send = send;
    this.#onTheWay.clear();
  }

  pass({ text, count }: SpansTold): void {
    if (!this.#send || this.#onTheWay.size >= MOST_ON_THE_WAY) {
      this.dropped += count;
      return;
    }
    const id = ++this.#count;
    this.#onTheWay.add(id);
    this.#send({ type: "spans", id, text, count });
  }

  taken(id: number): void {
    this.#onTheWay.delete(id);
  }
}
