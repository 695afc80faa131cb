// How a connection of HTTP/2 ends without a lost request (RFC 9113 section 6.8): the client is told to begin nothing more, and
// what it has begun meanwhile is still taken; when it has answered a ping behind that, it is told which request was the last.

import { Alarm, type Deadlines } from "../../../core/deadlines.ts";
import { CODE, FRAME, goAwayFrame, WINDOW_MOST, word, wordFrame } from "../../../http/h2/frames.ts";

/** `open`: nothing of it. `announced`: new requests are still taken. `closed`: no more. */
export type GoodbyeState = "open" | "announced" | "closed";

export interface GoodbyeOwner {
  /** The last stream that was begun. */
  readonly lastStream: number;
  sendFrame(frame: Uint8Array): void;
  /** No more requests are taken. */
  onClosedToNew(): void;
}

/** What the ping holds by which the client shows that it has read what came before. */
const MARK: readonly [number, number] = [0x6777_2067, 0x6f65_7320];

export class Goodbye {
  state: GoodbyeState = "open";
  readonly #owner: GoodbyeOwner;
  readonly #waits: Deadlines;
  #alarm: Alarm | undefined;

  /** `waits`: how long a client may take to answer. */
  constructor(owner: GoodbyeOwner, waits: Deadlines) {
    this.#owner = owner;
    this.#waits = waits;
  }

  announce(): void {
    if (this.state !== "open") return;
    this.state = "announced";
    this.#owner.sendFrame(goAwayFrame(WINDOW_MOST, CODE.noError));
    this.#owner.sendFrame(wordFrame(FRAME.ping, 0, 0, ...MARK));
    this.#alarm = new Alarm(() => this.close());
    this.#waits.touch(this.#alarm);
  }

  onPingAnswer(bytes: Uint8Array, from: number): void {
    if (this.state !== "announced") return;
    if (word(bytes, from) === MARK[0] && word(bytes, from + 4) === MARK[1]) this.close();
  }

  /** Takes no more requests from now on; with a reason where the client has given one. */
  close(code: number = CODE.noError, reason = ""): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.stop();
    this.#owner.sendFrame(goAwayFrame(this.#owner.lastStream, code, reason));
    this.#owner.onClosedToNew();
  }

  /** Nothing happens any more. */
  stop(): void {
    if (this.#alarm) this.#waits.remove(this.#alarm);
    this.#alarm = undefined;
  }
}
