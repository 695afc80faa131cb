// What a signal handler does: it says that the server shall stop, and nothing else. Whoever runs the server waits
// for it where waiting is safe, so a signal is safe at any instant.
import type { Clock } from "../../core/clock.ts";

/** One Ctrl-C comes twice where a starter such as npm hands on what the terminal has sent to everybody. */
const ECHO_MS = 500;

export class StopRequest {
  readonly #clock: Clock;
  readonly #first = Promise.withResolvers<string>();
  readonly #second = Promise.withResolvers<string>();
  #firstMs: number | undefined;

  /** Resolves to the name of the first signal: stop gracefully. */
  readonly asked: Promise<string> = this.#first.promise;
  /** Resolves to the name of the first signal that came half a second or more after it: stop at once. */
  readonly hurried: Promise<string> = this.#second.promise;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ask(signal: string): void {
    const now = this.#clock.now();
    this.#firstMs ??= now;
    this.#first.resolve(signal);
    if (now - this.#firstMs >= ECHO_MS) this.#second.resolve(signal);
  }

  /** Somebody has said in so many words that it is to be at once. */
  hurry(by: string): void {
    this.#firstMs ??= this.#clock.now();
    this.#first.resolve(by);
    this.#second.resolve(by);
  }
}
