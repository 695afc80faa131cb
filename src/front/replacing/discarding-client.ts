// A client who gets something else than the body that an app sends. What is little of it is read to its end, for the sake of the
// connection to the worker; of what is more, or may go on for ever, no more is taken.

import type { Client } from "../door/client.ts";
import { PassingClient } from "../door/passing-client.ts";
import { ENOUGH, type Visit } from "../visit/visit.ts";

const DISCARDED_MOST = 65_536;

export class DiscardingClient extends PassingClient {
  readonly visit: Visit;
  #discards = false;

  constructor(inner: Client, visit: Visit) {
    super(inner);
    this.visit = visit;
  }

  /** From now on nothing goes on to the client. `length` of what is to come; undefined: nobody knows. */
  discard(length: number | undefined): void {
    this.#discards = true;
    if (length !== undefined && length <= DISCARDED_MOST) return;
    // Not on the stack of whoever answers.
    setImmediate(() => {
      if (!this.visit.isOver) this.visit.end(ENOUGH);
    });
  }

  override get isAnswered(): boolean {
    return this.#discards || super.isAnswered;
  }

  override write(piece: Uint8Array): boolean {
    if (!this.#discards) return super.write(piece);
    // Whoever answers has counted it.
    this.visit.sentBytes -= piece.length;
    return true;
  }

  override end(trailers?: readonly string[]): void {
    if (!this.#discards) super.end(trailers);
  }
}
