// A request body on its way in: counted against the limit, held back while nobody takes it, then handed on piece by
// piece. A small body is gathered whole first, so that a slow client does not hold a worker.

import type { BodyReceiver, Client } from "./client.ts";

/** Held before anyone takes it; the client is not read further. */
const HELD_MOST = 65_536;

export interface IntakeListener {
  /** The next piece; return false to have no more until `proceed`. */
  onBodyPiece(piece: Uint8Array): boolean;
  onBodyEnd(): void;
}

export class Intake implements BodyReceiver {
  /** Content-Length as sent; undefined for a chunked body. */
  readonly length: number | undefined;
  readonly #client: Client;
  readonly #limitBytes: number;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #received = 0;
  #listener: IntakeListener | undefined;
  #onReady: (() => void) | undefined;
  #awaitsContinue: boolean;
  #stopped = false;
  #taken = false;
  /** Runs once when the body passes the limit; nothing is handed on afterwards. */
  onTooLarge: (() => void) | undefined;
  /** Runs at each piece: the client is alive. */
  onProgress: (() => void) | undefined;

  constructor(client: Client, limitBytes: number, length: number | undefined, awaitsContinue: boolean) {
    this.length = length;
    this.#client = client;
    this.#limitBytes = limitBytes;
    this.#awaitsContinue = awaitsContinue;
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

  /** Begins to receive. Small bodies wait here until they are whole; the others are ready at once. */
  whenReady(onReady: () => void): void {
    this.#client.receiveBody(this);
    if (this.#stopped) return;
    if (this.isComplete || this.length === undefined || this.length > HELD_MOST) return onReady();
    this.#sendContinue();
    this.#onReady = onReady;
  }

  /** What is here already, as one piece; undefined when nothing is. */
  takeHeld(): Uint8Array | undefined {
    const held = this.#held;
    this.#taken = true;
    if (held.length === 0) return undefined;
    this.#held = [];
    this.#heldBytes = 0;
    return held.length === 1 ? held[0] : Buffer.concat(held);
  }

  /** Takes back what `takeHeld` gave: not a byte of it was sent. */
  restore(held: Uint8Array): void {
    this.#held = [held];
    this.#taken = false;
  }

  /** Hands pieces to `listener` from now on. The held ones were taken before. */
  deliver(listener: IntakeListener): void {
    this.#listener = listener;
    this.#sendContinue();
    this.#client.resumeBody();
  }

  /** The listener takes pieces again. */
  proceed(): void {
    this.#client.resumeBody();
  }

  /** Nobody wants the rest. */
  stop(): void {
    this.#stopped = true;
    this.#held = [];
    this.#listener = undefined;
    this.#onReady = undefined;
  }

  onPiece(piece: Uint8Array): void {
    if (this.#stopped) return;
    this.#received += piece.length;
    this.onProgress?.();
    if (this.#received > this.#limitBytes) {
      this.stop();
      return this.onTooLarge?.();
    }
    if (this.#listener) {
      if (!this.#listener.onBodyPiece(piece)) this.#client.pauseBody();
      return;
    }
    this.#held.push(piece);
    this.#heldBytes += piece.length;
    if (this.#heldBytes >= HELD_MOST && this.#onReady === undefined) this.#client.pauseBody();
  }

  onBodyEnd(): void {
    if (this.#stopped) return;
    const onReady = this.#onReady;
    this.#onReady = undefined;
    onReady?.();
    this.#listener?.onBodyEnd();
  }

  #sendContinue(): void {
    if (!this.#awaitsContinue) return;
    this.#awaitsContinue = false;
    if (!this.isComplete && this.#received === 0) this.#client.sendContinue();
  }
}
