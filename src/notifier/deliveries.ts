// Events on their way out, one after the other. One that cannot be delivered within its time is given up, and no more wait than
// there is room for: whoever takes them slowly, or not at all, holds up nothing.

import { type Clock, within } from "../core/clock.ts";
import { reasonOf } from "../core/errors.ts";
import type { Log } from "../core/log.ts";

const MOST_WAITING = 32;

export type EventDeliveriesSetup = {
  clock: Clock;
  log: Log;
  deadlineMs: number;
  /** Rejects with why it failed; gives up when the signal aborts. */
  deliver(text: string, signal: AbortSignal): Promise<void>;
};

export class EventDeliveries {
  readonly #setup: EventDeliveriesSetup;
  readonly #waiting: { kind: string; text: string }[] = [];
  #running: Promise<void> | undefined;
  #present: AbortController | undefined;
  #dropped = 0;

  constructor(setup: EventDeliveriesSetup) {
    this.#setup = setup;
  }

  add(kind: string, text: string): void {
    if (this.#waiting.length >= MOST_WAITING) {
      // The newest says most of how things are.
      this.#waiting.shift();
      this.#dropped++;
    }
    this.#waiting.push({ kind, text });
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when all of them are out, or after this time, with what is still on its way given up. */
  async close(withinMs: number): Promise<void> {
    await within(this.#setup.clock, withinMs, this.#running ?? Promise.resolve(), undefined);
    this.#waiting.length = 0;
    this.#present?.abort();
    await this.#running;
  }

  async #work(): Promise<void> {
    const { log } = this.#setup;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const { kind: event } = next;
      const why = await this.#attempt(next.text);
      if (why === undefined) log.debug("an event was told", { event });
      else log.warn("an event could not be told", { event, why });
      if (this.#dropped === 0) continue;
      log.warn("events were dropped, because those before them took too long", { count: this.#dropped });
      this.#dropped = 0;
    }
  }

  /** Undefined when it was delivered. */
  async #attempt(text: string): Promise<string | undefined> {
    const { clock, deadlineMs, deliver } = this.#setup;
    const present = new AbortController();
    this.#present = present;
    const timer = clock.after(deadlineMs, () => present.abort());
    try {
      await deliver(text, present.signal);
      return undefined;
    } catch (thrown) {
      if (present.signal.aborted) return `it took longer than ${deadlineMs / 1000} s, or gw is stopping`;
      return reasonOf(thrown);
    } finally {
      timer.cancel();
    }
  }
}
