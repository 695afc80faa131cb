// How slow somebody on the other side of a connection may be: a time, and more of it for each byte that moves, up to a most.
// Whoever is slower on average than the rate runs out of it sooner or later, however evenly the bytes come; a fast one never does.
// Only the time counts in which the other side is waited for. Pure, but for what it remembers.

/** Times in milliseconds, a rate in bytes per second. */
export type PaceRule = {
  /** What there is at the start; 0 for no limit at all. */
  timeoutMs: number;
  /** However much has moved; 0 for no such limit. */
  maxTimeoutMs: number;
  /** So many bytes give another second; with 0 none do. */
  minRate: number;
};

/** How long it may take until so many bytes have moved. */
export function allowedMs({ timeoutMs, maxTimeoutMs, minRate }: PaceRule, bytes: number): number {
  const most = maxTimeoutMs > 0 ? maxTimeoutMs : Number.POSITIVE_INFINITY;
  if (timeoutMs === 0) return most;
  return Math.min(minRate > 0 ? timeoutMs + (bytes * 1000) / minRate : timeoutMs, most);
}

export class TimeAllowance {
  readonly #rule: PaceRule;
  #bytes = 0;
  /** Without the wait that goes on. */
  #waitedMs = 0;
  #waitsSince: number | undefined;

  constructor(rule: PaceRule) {
    this.#rule = rule;
  }

  /** From this instant on the other side is waited for; again, it changes nothing. */
  wait(now: number): void {
    this.#waitsSince ??= now;
  }

  /** It is not for the moment: something else holds them up. */
  rest(now: number): void {
    if (this.#waitsSince !== undefined) this.#waitedMs += now - this.#waitsSince;
    this.#waitsSince = undefined;
  }

  count(bytes: number): void {
    this.#bytes += bytes;
  }

  isOver(now: number): boolean {
    return this.#waitedUntil(now) > allowedMs(this.#rule, this.#bytes);
  }

  /** For how much longer it was waited for than so many bytes take at the least rate; less than 0 for one that is faster, 0 without a rate. */
  behindMs(now: number): number {
    const { minRate } = this.#rule;
    return minRate > 0 ? this.#waitedUntil(now) - (this.#bytes * 1000) / minRate : 0;
  }

  #waitedUntil(now: number): number {
    return this.#waitedMs + (this.#waitsSince === undefined ? 0 : now - this.#waitsSince);
  }
}
