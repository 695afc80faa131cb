// Whether requests wait inside the workers although these take them: how long it takes until the head of an answer comes,
// against what is usual in the group. Looks at the middle of all answers of a second, so that a few slow ones, which there
// always may be, count for nothing.

const WINDOW_MS = 1_000;
/** Fewer answers in a window say nothing. */
const LEAST = 8;
/** Of each window, the first ones; the middle of so many is that of all. */
const MOST = 64;
/** Windows that the usual is taken from: the quickest of a minute in which there was something to do. */
const REMEMBERED = 60;
/** Less than twice as long as usual is nothing unusual. */
const FACTOR = 2;

export class Pace {
  readonly #times: number[] = [];
  readonly #middles: number[] = [];
  #sinceMs = Number.NEGATIVE_INFINITY;

  /** A head has come, so long after its request was given to a worker. Returns how much longer than usual it takes by now. */
  note(nowMs: number, tookMs: number): number {
    if (this.#times.length < MOST) this.#times.push(tookMs);
    if (nowMs - this.#sinceMs < WINDOW_MS) return 0;
    this.#sinceMs = nowMs;
    if (this.#times.length < LEAST) {
      this.#times.length = 0;
      return 0;
    }
    const times = this.#times.splice(0).toSorted((a, b) => a - b);
    const middle = times[times.length >> 1] ?? 0;
    const usual = Math.min(...this.#middles);
    this.#middles.push(middle);
    if (this.#middles.length > REMEMBERED) this.#middles.shift();
    return Number.isFinite(usual) && middle > FACTOR * usual ? middle - usual : 0;
  }
}
