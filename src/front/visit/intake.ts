// A request body on its way in: counted against the limit, held back while nobody takes it, then handed on piece by
// piece. A small body is gathered whole first, so that a slow client does not hold a worker. It tells its visit, and
// nobody else, for as long as the visit lasts.

import { GatheredBytes } from "../../http/gathered-bytes.ts";
import type { BodyReceiver, Client } from "../door/client.ts";

/** Held before anyone takes it; the client is not read further. */
const HELD_MOST = 65_536;

export interface IntakeListener {
  /** The body has passed this limit; nothing is handed on afterwards. */
  onBodyTooLarge(limitBytes: number): void;
  /** Some of it has come: the client is alive. */
  onBodyProgress(): void;
  /** The next piece, after `deliver`; return false to have no more until `proceed`. */
  onBodyPiece(piece: Uint8Array): boolean;
  /** All of it has come, after `gather` or `deliver`. */
  onBodyEnd(): void;
}

/** What becomes of a piece: it is kept until somebody takes it, without end until the body is whole, or handed on. */
type Way = "keep" | "gather" | "deliver";

export class Intake implements BodyReceiver {
  /** Content-Length as sent; undefined for a chunked body. */
  readonly length: number | undefined;
  readonly #client: Client;
  readonly #listener: IntakeListener;
  readonly #limitBytes: number;
  readonly #held = new GatheredBytes();
  #received = 0;
  #way: Way = "keep";
  #awaitsContinue: boolean;
  #stopped = false;
  #taken = false;

  constructor(
    client: Client,
    listener: IntakeListener,
    limitBytes: number,
    { length, awaitsContinue }: { length: number | undefined; awaitsContinue: boolean },
  ) {
    this.length = length;
    this.#client = client;
    this.#listener = listener;
    this.#limitBytes = limitBytes;
    this.#awaitsContinue = awaitsContinue;
  }

  /** Bytes that have come so far. */
  get received(): number {
    return this.#received;
  }

  get isComplete(): boolean {
    return this.#client.isBodyComplete;
  }

  /** Nothing of the body has been handed on: the whole request can still go elsewhere. */
  get isUntouched(): boolean {
    return !this.#taken;
  }

  /** The bytes to come, as the worker should be told: exact when all is here or the client said so. */
  get framing(): number | "chunked" {
    if (this.isComplete) return this.#received;
    return this.length ?? "chunked";
  }

  /** All is here, or more is to come than is waited for before a worker gets it. */
  get isReady(): boolean {
    return this.isComplete || this.length === undefined || this.length > HELD_MOST;
  }

  /** Begins to receive, and keeps what comes. The listener may hear of it before this returns. */
  begin(): void {
    this.#client.receiveBody(this);
  }

  /** All of the body is waited for. Only for one that is not ready. */
  gather(): void {
    this.#way = "gather";
    this.#sendContinue();
    this.#client.resumeBody();
  }

  /** Hands on the pieces that come from now on. The held ones were taken before. */
  deliver(): void {
    this.#way = "deliver";
    this.#sendContinue();
    this.#client.resumeBody();
  }

  /** What comes from now on is kept for whoever takes it next. */
  keep(): void {
    this.#way = "keep";
  }

  /** The listener takes pieces again. */
  proceed(): void {
    this.#client.resumeBody();
  }

  /** What is here already, as one piece; undefined when nothing is. */
  takeHeld(): Uint8Array | undefined {
    this.#taken = true;
    return this.#held.take();
  }

  /** Takes back what `takeHeld` gave: not a byte of it was sent. */
  restore(held: Uint8Array): void {
    this.#held.push(held);
    this.#taken = false;
  }

  /** Nobody wants the rest. */
  stop(): void {
    this.#stopped = true;
    this.#held.clear();
  }

  onPiece(piece: Uint8Array): void {
    if (this.#stopped) return;
    this.#received += piece.length;
    if (this.#received > this.#limitBytes) {
      this.stop();
      return this.#listener.onBodyTooLarge(this.#limitBytes);
    }
    this.#listener.onBodyProgress();
    if (this.#way === "deliver") {
      if (!this.#listener.onBodyPiece(piece)) this.#client.pauseBody();
      return;
    }
    this.#held.push(piece);
    if (this.#held.size >= HELD_MOST && this.#way === "keep") this.#client.pauseBody();
  }

  onBodyEnd(): void {
    if (!this.#stopped && this.#way !== "keep") this.#listener.onBodyEnd();
  }

  #sendContinue(): void {
    if (!this.#awaitsContinue) return;
    this.#awaitsContinue = false;
    if (!this.isComplete && this.#received === 0) this.#client.sendContinue();
  }
}
