// What waits for the collector: a bounded queue, of which one batch at a time is on its way. A collector that is slow or gone costs
// what there is no room for, which is counted; nothing else waits for it.

import type { Clock, Timer } from "../core/clock.ts";

/** Undefined when all of it was taken; else why not. */
export type SendBatch<Item> = (items: readonly Item[]) => Promise<string | undefined>;

export type ExportQueueOptions<Item> = {
  clock: Clock;
  send: SendBatch<Item>;
  /** Most that may wait, and most that are sent together. */
  most: number;
  batch: number;
  /** How long the first one may wait for others. */
  gatherMs: number;
  /** How long after a failure nothing is tried. */
  restMs: number;
  /** So many were sent, or were lost to the collector for this reason. */
  onSent: (count: number, reason: string | undefined) => void;
};

export class ExportQueue<Item> {
  readonly #options: ExportQueueOptions<Item>;
  #waiting: Item[] = [];
  #timer: Timer | undefined;
  #isSending = false;
  #hasFailed = false;
  #idle: (() => void)[] = [];

  constructor(options: ExportQueueOptions<Item>) {
    this.#options = options;
  }

  /** How many of them there was no room for. */
  add(items: readonly Item[]): number {
    const taken = items.slice(0, Math.max(0, this.#options.most - this.#waiting.length));
    for (const item of taken) this.#waiting.push(item);
    if (this.#waiting.length > 0) this.#goOn();
    return items.length - taken.length;
  }

  /** Resolves when nothing waits any more, or when the collector fails. */
  flushed(): Promise<void> {
    if (this.#hasFailed || (this.#waiting.length === 0 && !this.#isSending)) return Promise.resolve();
    const done = new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!this.#isSending) this.#begin();
    return done;
  }

  #goOn(): void {
    if (this.#isSending) return;
    const { clock, batch, gatherMs, restMs } = this.#options;
    if (this.#hasFailed) this.#timer ??= clock.after(restMs, () => this.#begin());
    else if (this.#waiting.length >= batch) this.#begin();
    else this.#timer ??= clock.after(gatherMs, () => this.#begin());
  }

  #begin(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#isSending) return;
    if (this.#waiting.length === 0) return this.#settle();
    const items = this.#waiting.slice(0, this.#options.batch);
    this.#waiting = this.#waiting.slice(items.length);
    this.#isSending = true;
    void this.#options.send(items).then((reason) => this.#onSent(items.length, reason));
  }

  #onSent(count: number, reason: string | undefined): void {
    this.#isSending = false;
    this.#hasFailed = reason !== undefined;
    this.#options.onSent(count, reason);
    if (this.#hasFailed || this.#waiting.length === 0) this.#settle();
    if (this.#idle.length > 0) this.#begin();
    else if (this.#waiting.length > 0) this.#goOn();
  }

  #settle(): void {
    for (const go of this.#idle.splice(0)) go();
  }
}
