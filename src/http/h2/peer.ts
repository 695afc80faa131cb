// What the other end of an HTTP/2 connection has said about itself: its settings, what it may be sent, and whether it is
// leaving (RFC 9113 sections 6.5, 6.8, 6.9).

import {
  CODE,
  ConnectionProblem,
  FRAME_MOST,
  SETTING,
  WINDOW_AT_FIRST,
  WINDOW_MOST,
  word,
} from "./frames.ts";

/** Streams at once before the other end has said how many it takes, and at the most. */
const STREAMS_AT_FIRST = 100;
const STREAMS_MOST = 250;
/** Size of a header list before the other end has said what it takes: what Bun takes. */
const HEADER_LIST_AT_FIRST = 16_384;
/** Pings and settings that ask for nothing but an answer; whoever goes on is broken. */
const CHATTER_MOST = 1_000;
/** The longest frame that either side may allow. */
const FRAME_LIMIT = 2 ** 24 - 1;

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

  /** Takes its settings, which may change the windows of all its streams. Throws ConnectionProblem. */
  takeSettings(
    bytes: Uint8Array,
    from: number,
    to: number,
    streams: () => Iterable<{ sendWindow: number }>,
  ): void {
    if ((to - from) % 6 !== 0) throw new ConnectionProblem(CODE.frameSize, "broken settings");
    const before = this.initialWindow;
    for (let at = from; at < to; at += 6)
      this.#takeSetting(((bytes[at] as number) << 8) | (bytes[at + 1] as number), word(bytes, at + 2));
    const change = this.initialWindow - before;
    if (change === 0) return;
    for (const stream of streams()) {
      stream.sendWindow += change;
      if (stream.sendWindow > WINDOW_MOST)
        throw new ConnectionProblem(CODE.flowControl, "settings by which a window is too large");
    }
  }

  #takeSetting(id: number, value: number): void {
    if (id === SETTING.maxConcurrentStreams) this.maxStreams = Math.min(value, STREAMS_MOST);
    else if (id === SETTING.maxHeaderListSize) this.maxHeaderList = value;
    else if (id === SETTING.enablePush && value > 1)
      throw new ConnectionProblem(CODE.protocol, "a setting for pushes that is neither 0 nor 1");
    else if (id === SETTING.maxFrameSize && (value < FRAME_MOST || value > FRAME_LIMIT))
      throw new ConnectionProblem(CODE.protocol, "a frame size out of bounds");
    else if (id === SETTING.initialWindowSize) {
      if (value > WINDOW_MOST) throw new ConnectionProblem(CODE.flowControl, "a window that is too large");
      this.initialWindow = value;
    }
  }

  /** Throws ConnectionProblem. */
  widen(by: number): void {
    this.window += by;
    if (by === 0) throw new ConnectionProblem(CODE.protocol, "a window that is opened by nothing");
    if (this.window > WINDOW_MOST) throw new ConnectionProblem(CODE.flowControl, "a window out of bounds");
  }
}
