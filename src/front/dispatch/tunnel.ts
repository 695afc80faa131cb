// A WebSocket: once the worker has switched protocols, bytes go both ways unread, each no faster than their receiver
// takes them. It holds no slot of the worker's concurrency. Whichever side closes, the other is closed too.

import { FrameFollower, GOING_AWAY } from "../../http/websocket-frames.ts";
import type { Carrier, Exchange } from "../../upstream/exchange.ts";
import type { ResponseHead } from "../../upstream/response-head.ts";
import type { ClientTunnel, TunnelListener } from "../door/client.ts";
import type { Switched } from "../visit/switched.ts";
import type { Visit } from "../visit/visit.ts";

export class Tunnel implements Exchange, TunnelListener, Switched {
  readonly method = "GET";
  readonly maySwitch = false;
  /** Runs once, when both sides are closed. */
  onClosed: (() => void) | undefined;
  /** The same for whoever tells of it. */
  onOver: (() => void) | undefined;
  received = 0;
  sent = 0;
  /** Neither side has ended it: gw has, or the worker broke off without a goodbye. */
  isCut = false;
  readonly #worker: Carrier;
  /** What the worker sends: between two of its messages gw can say goodbye itself. */
  readonly #frames = new FrameFollower();
  readonly #isLeaving: () => boolean;
  #client: ClientTunnel | undefined;
  #isOver = false;

  /** `isLeaving`: the worker has been told to go, so that its end is gw's doing. */
  constructor(worker: Carrier, isLeaving = () => false) {
    this.#worker = worker;
    this.#isLeaving = isLeaving;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Tells the client of the switch, and begins. */
  open(visit: Visit, { status, reason, fields }: ResponseHead): void {
    const { client, cookie } = visit;
    this.#client = client.openTunnel(reason, cookie ? [...fields, "Set-Cookie", cookie] : fields, this);
    // The client left while the worker switched.
    if (!this.#client) return this.close();
    visit.status = status;
    visit.switched = this;
  }

  /** gw ends it: the client is told so, in the words of the protocol, unless it is in the middle of a message. */
  dismiss(): void {
    this.#noteCut();
    const { isBetween, hasClosed } = this.#frames;
    if (!this.#isOver && isBetween && !hasClosed) this.#client?.write(GOING_AWAY);
    this.close();
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#client?.end();
    this.#worker.destroy();
    this.onClosed?.();
    this.onOver?.();
  }

  onClientBytes(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.received += bytes.length;
    if (!this.#worker.write(bytes)) this.#client?.pause();
  }

  onDrain(): void {
    if (!this.#isOver) this.#client?.resume();
  }

  onClientClosed(): void {
    this.close();
  }

  onBody(piece: Uint8Array): void {
    this.sent += piece.length;
    this.#frames.push(piece);
    if (this.#client?.write(piece) === false) this.#worker.pause();
  }

  onClientWritable(): void {
    if (!this.#isOver) this.#worker.resume();
  }

  onHead(): void {}

  onRead(): void {}

  onEnd(): void {
    if (this.#isLeaving()) return this.dismiss();
    this.#noteCut();
    this.close();
  }

  #noteCut(): void {
    this.isCut ||= !this.#isOver && !this.#frames.hasClosed;
  }

  onFailure(): void {
    this.onEnd();
  }
}
