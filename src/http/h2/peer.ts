// What the other end of an HTTP/2 connection has said about itself: its settings, what it may be sent, and whether it is
// leaving (RFC 9113 sections 6.5, 6.8, 6.9).

import { CODE, ConnectionProblem, SETTING, WINDOW_AT_FIRST, WINDOW_MOST, word } from "./frames.ts";

/** Streams at once before the other end has said how many it takes, and at the most. */
const STREAMS_AT_FIRST = 100;
const STREAMS_MOST = 250;
/** Size of a header list before the other end has said what it takes: what Bun takes. */
const HEADER_LIST_AT_FIRST = 16_384;
/** Pings and settings that ask for nothing but an answer; whoever goes on is broken. */
const CHATTER_MOST = 1_000;

export class Peer {
  /** Bytes of bodies that may still be sent on the connection. */
  window = WINDOW_AT_FIRST;
  initialWindow = WINDOW_AT_FIRST;
  maxStreams = STREAMS_AT_FIRST;
  maxHeaderList = HEADER_LIST_AT_FIRST;
  isLeaving = false;
  #chatter = 0;

  /** To be called for what asks for nothing but an answer. Throws ConnectionProblem when there is too much of it. */
  noteChatter(): void {
    if (++this.#chatter > CHATTER_MOST)
      throw new ConnectionProblem(CODE.calm, "nothing but pings and settings");
  }

  noteAnswer(): void {
    this.#chatter = 0;
  }

  /** By how much the windows of all streams change. Throws ConnectionProblem. */
  takeSettings(bytes: Uint8Array, from: number, to: number): number {
    if ((to - from) % 6 !== 0) throw new ConnectionProblem(CODE.frameSize, "broken settings");
    let change = 0;
    for (let at = from; at < to; at += 6) {
      const id = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      const value = word(bytes, at + 2);
      if (id === SETTING.maxConcurrentStreams) this.maxStreams = Math.min(value, STREAMS_MOST);
      if (id === SETTING.maxHeaderListSize) this.maxHeaderList = value;
      if (id !== SETTING.initialWindowSize) continue;
      if (value > WINDOW_MOST) throw new ConnectionProblem(CODE.flowControl, "a window that is too large");
      change += value - this.initialWindow;
      this.initialWindow = value;
    }
    return change;
  }

  /** Throws ConnectionProblem. */
  widen(by: number): void {
    this.window += by;
    if (by === 0 || this.window > WINDOW_MOST)
      throw new ConnectionProblem(CODE.flowControl, "a window out of bounds");
  }
}
