// A clock that stands still until a test moves it. Timers run in the order of their deadlines.
import type { Clock, Timer } from "../../src/core/clock.ts";

type Waiting = { atMs: number; order: number; act: () => void };

export class FakeClock implements Clock {
  #nowMs = 0;
  #order = 0;
  #waiting: Waiting[] = [];

  now(): number {
    return this.#nowMs;
  }

  wall(): number {
    return Date.UTC(2026, 0, 1) + this.#nowMs;
  }

  after(ms: number, act: () => void): Timer {
    const timer = { atMs: this.#nowMs + Math.max(ms, 0), order: this.#order++, act };
    this.#waiting.push(timer);
    return { cancel: () => this.#remove(timer) };
  }

  /** Lengths of time until each waiting timer, the nearest first. */
  pending(): number[] {
    return this.#waiting.map(({ atMs }) => atMs - this.#nowMs).sort((a, b) => a - b);
  }

  /** Moves on by `ms`, running what falls due, also what that sets up within the same span. */
  advance(ms: number): void {
    const end = this.#nowMs + ms;
    for (let next = this.#nextDue(end); next; next = this.#nextDue(end)) {
      this.#remove(next);
      this.#nowMs = next.atMs;
      next.act();
    }
    this.#nowMs = end;
  }

  /** Moves on by `ms` at once, as if this process had not run meanwhile: what fell due runs late, and once. */
  jump(ms: number): void {
    this.#nowMs += ms;
    const due = this.#waiting.filter(({ atMs }) => atMs <= this.#nowMs);
    for (const timer of due.sort((a, b) => a.atMs - b.atMs || a.order - b.order)) {
      this.#remove(timer);
      timer.act();
    }
  }

  #remove(timer: Waiting): void {
    this.#waiting = this.#waiting.filter((other) => other !== timer);
  }

  #nextDue(end: number): Waiting | undefined {
    const due = this.#waiting.filter(({ atMs }) => atMs <= end);
    return due.sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
  }
}
