// What a client says about its connection and not about a request, and what gw says back: settings, pings, and frames that ask
// for nothing.

import type { Budget } from "../../../http/h2/budget.ts";
import { CODE, FLAG, FRAME, pingAnswer, wordFrame } from "../../../http/h2/frames.ts";
import type { Peer } from "../../../http/h2/peer.ts";
import type { Sender } from "../../../http/h2/sender.ts";
import type { AnswerHead } from "./answer-blocks.ts";

/** Frames that a client may have sent to it without reading them. */
const UNREAD_MOST = 1000;

export type ControlFramesSetup = {
  peer: Peer;
  sender: Sender<AnswerHead>;
  budget: Budget;
  /** All streams whose windows a setting changes. */
  streams: () => Iterable<{ sendWindow: number }>;
  onPingAnswer: (bytes: Buffer, from: number) => void;
  /** No more requests are to be taken, for this reason. */
  closeToNew: (code: number, reason: string) => void;
};

export class ControlFrames {
  readonly #setup: ControlFramesSetup;
  /** Sent while the client takes nothing. */
  #unread = 0;

  constructor(setup: ControlFramesSetup) {
    this.#setup = setup;
  }

  /** Throws ConnectionProblem. */
  onSettings(bytes: Buffer, from: number, to: number): void {
    const { peer, sender, streams } = this.#setup;
    peer.takeSettings(bytes, from, to, streams);
    this.send(wordFrame(FRAME.settings, FLAG.ack, 0));
    sender.unblock();
  }

  onPing(bytes: Buffer, from: number, to: number): void {
    this.send(pingAnswer(bytes, from, to));
  }

  onPingAnswer(bytes: Buffer, from: number): void {
    this.#setup.onPingAnswer(bytes, from);
  }

  /** A frame that asks for nothing. Throws ConnectionProblem when there are too many. */
  onChatter(): void {
    this.#setup.budget.noteChatter();
  }

  /** By `by` bytes more of all answers. Throws ConnectionProblem. */
  onWindow(by: number): void {
    const { peer, sender } = this.#setup;
    peer.widen(by);
    sender.unblock();
  }

  /** Whoever reads nothing cannot have so much to be told. */
  send(frame: Uint8Array): void {
    const { sender, closeToNew } = this.#setup;
    sender.sendFrame(frame);
    if (!sender.isBlocked) this.#unread = 0;
    else if (++this.#unread === UNREAD_MOST) closeToNew(CODE.calm, "too many answers that are not read");
  }

  /** Opens a window of the client: that of a stream, or with `id` 0 that of the connection. */
  openWindow(id: number, bytes: number): void {
    this.send(wordFrame(FRAME.windowUpdate, 0, id, bytes));
  }

  sendReset(id: number, code: number): void {
    this.send(wordFrame(FRAME.reset, 0, id, code));
  }
}
