// A stream of ours whose reader may be slow, or gone: what the reader does not take is kept up to a bound, and beyond it dropped and
// counted. The text goes out through a function that is handed in.

import type { Clock, Timer } from "./clock.ts";

/** Writes text somewhere and calls `done` when it has left this process; with an error where it never will. */
export type WriteText = (text: string, done: (error?: unknown) => void) => void;

/** Most that is taken in for a reader who is slow. */
const WAITING_BYTES = 1024 * 1024;
/** How long a burst of output waits for its reader, and with it whoever prints. */
const PATIENCE_MS = 1_000;

export type OutletSetup = { clock: Clock; limitBytes?: number; patienceMs?: number };

/**
 * A stream of ours (stdout, stderr) that may block or be closed. When it has more than it should hold, whoever prints is to
 * wait; when half of that has not left in time, lines are dropped and counted until it has.
 */
export class Outlet {
  readonly #write: WriteText;
  readonly #setup: OutletSetup;
  /** Called with the first line that is dropped after lines that were not. */
  onDropping = () => {};
  /** Called once, with the first line that could not be written: its reader has gone, for example. */
  onBroken = (_error: unknown) => {};
  #waitingBytes = 0;
  #dropped = 0;
  #isDropping = false;
  #isBroken = false;
  #patience: Timer | undefined;
  #idle: (() => void)[] = [];
  #room: PromiseWithResolvers<void> | undefined;

  constructor(write: WriteText, setup: OutletSetup) {
    this.#write = write;
    this.#setup = setup;
  }

  /** `count`: how many lines it is, with line feeds between them. `onLost` is called with it when they reach nobody. */
  line(text: string, count = 1, onLost?: (count: number) => void): void {
    if (!this.#isDropping) return this.#send(text, () => onLost?.(count));
    onLost?.(count);
    const isFirst = this.#dropped === 0;
    // Counted before it is told of: what tells of it may print on this very stream.
    this.#dropped += count;
    if (isFirst) this.onDropping();
  }

  /** Resolves when more can be taken, or will be dropped; undefined when that is so already. */
  whenRoom(): Promise<void> | undefined {
    return this.#room?.promise;
  }

  /** Resolves when all that was taken has left. */
  flushed(): Promise<void> {
    return this.#waitingBytes === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  #send(text: string, onLost?: () => void): void {
    const bytes = text.length + 1;
    this.#waitingBytes += bytes;
    if (this.#waitingBytes > this.#limitBytes && !this.#room) this.#lack();
    this.#write(`${text}\n`, (error) => {
      if (error) this.#break(error, onLost);
      this.#waitingBytes -= bytes;
      if (this.#room && this.#waitingBytes <= this.#limitBytes / 2) this.#recover();
      if (this.#waitingBytes === 0) for (const go of this.#idle.splice(0)) go();
    });
  }

  #break(error: unknown, onLost?: () => void): void {
    onLost?.();
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.onBroken(error);
  }

  get #limitBytes(): number {
    return this.#setup.limitBytes ?? WAITING_BYTES;
  }

  #lack(): void {
    const { clock, patienceMs = PATIENCE_MS } = this.#setup;
    this.#room = Promise.withResolvers();
    const drop = () => {
      this.#isDropping = true;
      this.#room?.resolve();
    };
    if (patienceMs > 0) this.#patience = clock.after(patienceMs, drop);
    else drop();
  }

  #recover(): void {
    this.#patience?.cancel();
    this.#room?.resolve();
    this.#room = undefined;
    this.#isDropping = false;
    const lost = this.#dropped;
    this.#dropped = 0;
    if (lost > 0) this.#send(`gw: ${lost} lines were dropped here because nobody read them`);
  }
}
