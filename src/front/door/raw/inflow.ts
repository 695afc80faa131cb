// What has been read of a connection and not been looked at yet, and whether more is read.

import type { RawSocket } from "../socket/socket.ts";

export class Inflow {
  readonly #socket: Pick<RawSocket, "pause" | "resume">;
  #held: Buffer | undefined;
  #isPaused = false;
  #isClosed = false;

  constructor(socket: Pick<RawSocket, "pause" | "resume">) {
    this.#socket = socket;
  }

  /** Bytes that wait. */
  get ahead(): number {
    return this.#held?.length ?? 0;
  }

  /** All that waits, and `bytes` behind it. */
  take(bytes?: Buffer): Buffer {
    const held = this.#held;
    this.#held = undefined;
    if (!held) return bytes ?? NOTHING;
    return bytes ? Buffer.concat([held, bytes]) : held;
  }

  /** What could not be looked at: the bytes from `at` on. */
  keep(bytes: Buffer, at: number): void {
    if (at < bytes.length) this.#held = at === 0 ? bytes : bytes.subarray(at);
  }

  drop(): void {
    this.#held = undefined;
  }

  pause(): void {
    if (this.#isPaused || this.#isClosed) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused || this.#isClosed) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  /** Nothing comes any more. */
  close(): void {
    this.#isClosed = true;
    this.#held = undefined;
  }
}

const NOTHING = Buffer.alloc(0);
