// What the worker's end of an HTTP/2 connection has said about itself: its settings, what it may be sent, and whether it is
// leaving (RFC 9113 sections 6.5, 6.8, 6.9).

import {
  CODE,
  ConnectionProblem,
  FRAME,
  SETTING,
  settingsFrame,
  WINDOW_AT_FIRST,
  WINDOW_MOST,
  word,
  wordFrame,
} from "./frames.ts";

/** Streams at once before the worker has said how many it takes, and at the most. */
const STREAMS_AT_FIRST = 100;
const STREAMS_MOST = 250;
/** Size of a header list before the worker has said what it takes: what Bun takes. */
const HEADER_LIST_AT_FIRST = 16_384;
/** Pings and settings that ask for nothing but an answer; a worker that goes on is broken. */
const CHATTER_MOST = 1_000;

/** What gw begins a connection with: no table of fields, no pushes, its windows, its limits. */
export function preface(streamWindow: number, headerListMost: number): Uint8Array {
  return Buffer.concat([
    Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1"),
    settingsFrame([
      [SETTING.headerTableSize, 0],
      [SETTING.enablePush, 0],
      [SETTING.initialWindowSize, streamWindow],
      [SETTING.maxHeaderListSize, headerListMost],
    ]),
    // Each stream has a window of its own; that of all of them is to hold nobody up.
    wordFrame(FRAME.windowUpdate, 0, 0, WINDOW_MOST - WINDOW_AT_FIRST),
  ]);
}

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
