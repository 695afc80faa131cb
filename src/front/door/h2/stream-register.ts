// Which streams of a connection there are and were. A stream has its place until the kernel has taken the last byte of it: a
// client that asks on without reading would fill the memory with answers otherwise.

import type { GwError } from "../../../core/errors.ts";
import { ClosedStreams } from "../../../http/h2/closed-streams.ts";
import { CODE, ConnectionProblem } from "../../../http/h2/frames.ts";
import type { Sender } from "../../../http/h2/sender.ts";
import { StreamPlaces } from "../../../http/h2/stream-places.ts";
import type { AnswerHead } from "./answer-blocks.ts";
import type { H2Client } from "./h2-client.ts";

export class StreamRegister {
  /** The last one that was begun. */
  last = 0;
  /** Of those that have yet to be answered, or whose answers are still to be given. */
  live = 0;
  readonly #sender: Sender<AnswerHead>;
  readonly #places = new StreamPlaces<H2Client>();
  readonly #closed = new ClosedStreams();
  /** Nothing more is put in, and the kernel has yet to take some of it; in the order of their ends. */
  #leaving: H2Client[] = [];

  constructor(sender: Sender<AnswerHead>) {
    this.#sender = sender;
  }

  get size(): number {
    return this.#places.size;
  }

  get(id: number): H2Client | undefined {
    return this.#places.get(id);
  }

  all(): H2Client[] {
    return this.#places.all();
  }

  enter(client: H2Client): void {
    this.#places.add(client);
    this.live++;
  }

  /** It has ended before it was a request; `hasEnded`: the client sends nothing more on it. */
  noteUnborn(id: number, hasEnded: boolean): void {
    this.#closed.note(id, hasEnded ? "ended" : "cut");
  }

  /** All that it will send has been put in. */
  onSent(client: H2Client): void {
    this.live--;
    this.#closed.note(client.id, client.body.hasEnded ? "ended" : "cut");
    this.#keepPlace(client);
  }

  /** It is over, whatever was still to come. `error`: the client has broken a rule. */
  end(client: H2Client, error?: GwError): void {
    this.#sender.forget(client);
    if (!client.isSent && !client.isGone) {
      this.live--;
      this.#closed.note(client.id, client.body.hasEnded ? "ended" : "cut");
      if (this.#sender.isBlocked) this.#keepPlace(client);
      else this.#places.delete(client);
    }
    client.leave(error);
  }

  #keepPlace(client: H2Client): void {
    client.endsAt = this.#sender.position;
    this.#leaving.push(client);
  }

  /** Gives free the places of those that have left here. How many of them were answered. */
  settle(): number {
    const leaving = this.#leaving;
    let answered = 0;
    let count = 0;
    for (; count < leaving.length; count++) {
      const client = leaving[count] as H2Client;
      if (!this.#sender.hasTaken(client.endsAt - 1)) break;
      this.#places.delete(client);
      if (!client.isGone) answered++;
      client.settle();
    }
    if (count === leaving.length) this.#leaving = [];
    else if (count > 0) leaving.splice(0, count);
    return answered;
  }

  /** Whether what comes on a stream without a place is to be passed over. Throws ConnectionProblem where it must not come. */
  checkLate(id: number): void {
    const end = this.#closed.endOf(id);
    if (end === "cut") return;
    if (end === "ended")
      throw new ConnectionProblem(CODE.streamClosed, `a frame behind the end of stream ${id}`);
    throw new ConnectionProblem(CODE.protocol, `a frame of stream ${id}, which was not begun in its turn`);
  }

  /** For frames that may come on a stream for a while after its end. Throws ConnectionProblem. */
  checkBegun(id: number): void {
    if (id > this.last || id % 2 === 0)
      throw new ConnectionProblem(CODE.protocol, `a frame of stream ${id}, which has not begun`);
  }
}
