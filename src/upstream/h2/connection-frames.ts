// What a worker says of its connection and of no answer, and what gw says to that: settings, pings, and that it is about to leave.

import { CODE, ConnectionProblem, FLAG, FRAME, pingAnswer, wordFrame } from "../../http/h2/frames.ts";
import type { Peer } from "../../http/h2/peer.ts";
import type { Sender } from "../../http/h2/sender.ts";

export type ConnectionFramesSetup = {
  peer: Peer;
  sender: Pick<Sender<never>, "sendFrame" | "unblock">;
  /** All streams whose windows a setting changes. */
  streams: () => Iterable<{ sendWindow: number }>;
};

export class ConnectionFrames {
  readonly #setup: ConnectionFramesSetup;

  constructor(setup: ConnectionFramesSetup) {
    this.#setup = setup;
  }

  /** Of whatever is about no stream. Throws ConnectionProblem. */
  onFrame(type: number, flags: number, id: number, bytes: Buffer, from: number, to: number): void {
    const { peer, sender, streams } = this.#setup;
    // Unknown frames are to be passed over (RFC 9113 section 5.5), and priorities mean nothing here.
    if (type !== FRAME.settings && type !== FRAME.ping && type !== FRAME.goAway) return;
    if (id !== 0) throw new ConnectionProblem(CODE.protocol, "a frame of the connection on a stream");
    if (type === FRAME.goAway) {
      peer.isLeaving = true;
      return;
    }
    if (flags & FLAG.ack) return;
    peer.noteChatter();
    if (type === FRAME.ping) return sender.sendFrame(pingAnswer(bytes, from, to));
    peer.takeSettings(bytes, from, to, streams);
    sender.sendFrame(wordFrame(FRAME.settings, FLAG.ack, 0));
    sender.unblock();
  }
}
