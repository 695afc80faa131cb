// What goes out on one connection: collected to few writes, and what the kernel does not take is kept until it does.

import type { RawSocket } from "../socket/socket.ts";

/** From so many bytes on nothing more is collected. */
const COLLECTED_MOST = 65_536;

export class SocketOutbox {
  /** Bytes that the kernel has refused so far. */
  unsent = 0;
  readonly #socket: RawSocket;
  readonly #onDrained: () => void;
  #collected: (string | Uint8Array)[] = [];
  #collectedBytes = 0;
  #isScheduled = false;
  #isClosed = false;
  readonly #rest: Uint8Array[] = [];

  constructor(socket: RawSocket, onDrained: () => void) {
    this.#socket = socket;
    this.#onDrained = onDrained;
  }

  /** Goes out with what follows in this turn of the loop. Text is Latin-1; bytes must stay as they are. */
  put(part: string | Uint8Array): void {
    if (this.#isClosed || part.length === 0) return;
    this.#collected.push(part);
    this.#collectedBytes += part.length;
    if (this.#collectedBytes >= COLLECTED_MOST) return this.flush();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(this.#flushLater);
  }

  readonly #flushLater = (): void => {
    this.#isScheduled = false;
    this.flush();
  };

  flush(): void {
    const parts = this.#collected;
    if (parts.length === 0) return;
    const bytes = this.#collectedBytes;
    this.#collected = [];
    this.#collectedBytes = 0;
    if (parts.length === 1) this.#send(parts[0] as string | Uint8Array);
    else if (bytes <= COLLECTED_MOST * 2) this.#send(joined(parts, bytes));
    else for (const part of parts) this.#send(part);
  }

  #send(part: string | Uint8Array): void {
    if (this.#isClosed) return;
    const taken = this.unsent > 0 ? 0 : this.#write(part);
    if (taken === part.length || this.#isClosed) return;
    const rest = typeof part === "string" ? Buffer.from(part, "latin1") : part;
    this.#rest.push(rest.subarray(taken));
    this.unsent += part.length - taken;
  }

  #write(part: string | Uint8Array): number {
    const taken = typeof part === "string" ? this.#socket.write(part, "latin1") : this.#socket.write(part);
    if (taken >= 0) return taken;
    // The client is gone. A socket that is not read at present would not tell.
    this.#socket.close();
    return 0;
  }

  /** There may be room again. */
  onDrain(): void {
    if (this.unsent === 0) return;
    const rest = this.#rest;
    while (rest.length > 0) {
      const piece = rest[0] as Uint8Array;
      const taken = this.#write(piece);
      if (this.#isClosed) return;
      this.unsent -= taken;
      if (taken < piece.length) {
        rest[0] = piece.subarray(taken);
        return;
      }
      rest.shift();
    }
    this.#onDrained();
  }

  /** Nothing goes out any more. */
  close(): void {
    this.#isClosed = true;
    this.#collected = [];
    this.#collectedBytes = this.unsent = this.#rest.length = 0;
  }
}

function joined(parts: readonly (string | Uint8Array)[], bytes: number): Uint8Array {
  if (parts.every((part) => typeof part === "string")) return Buffer.from(parts.join(""), "latin1");
  const all = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const part of parts) {
    if (typeof part === "string") all.write(part, at, "latin1");
    else all.set(part, at);
    at += part.length;
  }
  return all;
}
