// What was opened is closed in reverse, whatever happens in between: each part under its own deadline, and a part
// that fails or hangs does not keep the ones below it from closing.
import { type Clock, within } from "./clock.ts";
import { reasonOf } from "./errors.ts";
import type { Log } from "./log.ts";

/** A deadline may depend on what has changed since the part was opened. */
type Length = number | (() => number);

type Part = { name: string; within: Length; close: () => void | Promise<void> };

export class Lifetime {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #parts: Part[] = [];
  #closing: Promise<void> | undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Call it as soon as the part exists, before anything that may fail. */
  add(name: string, within: Length, close: () => void | Promise<void>): void {
    this.#parts.push({ name, within, close });
  }

  /** Closes everything, once; later calls wait for the same end. Never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#closeParts();
    return this.#closing;
  }

  async #closeParts(): Promise<void> {
    for (let part = this.#parts.pop(); part; part = this.#parts.pop()) {
      const { name, within: most, close } = part;
      const withinMs = typeof most === "number" ? most : most();
      try {
        if (!(await this.#closeInTime(withinMs, close)))
          this.#log.error("a part did not close in time", { part: name, withinMs });
      } catch (error) {
        this.#log.error("a part failed to close", { part: name, reason: reasonOf(error) });
      }
    }
  }

  #closeInTime(withinMs: number, close: Part["close"]): Promise<boolean> {
    const closed = Promise.resolve().then(close);
    return within(
      this.#clock,
      withinMs,
      closed.then(() => true),
      false,
    );
  }
}
