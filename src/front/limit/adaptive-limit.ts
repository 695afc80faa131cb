// How many requests one worker is given at once, found by how soon it answers: the limit follows the gradient between the time
// to the head of an answer when the worker has little to do, and that time now. It is the controller of Envoy's adaptive
// concurrency and of Netflix' concurrency-limits, for one worker, with the lag of its event loop as a second witness. What has
// begun to be answered counts no more, so that streams hold no place. Where several front ends give the worker requests, each of
// them takes its own limit for one of as many equal parts, so that all together come to what one alone would find. Pure: instants
// come from outside, in milliseconds.

import { type Between, type LimitBounds, Measurement, middleOf } from "./measurement.ts";
import type { Schedule } from "./schedule.ts";

/** Of all front ends together. */
const START = 16;
/** A window is over after so long and so many answers, or after the longer time and one. */
const WINDOW_MS = 100;
const WINDOW_MOST_MS = 1_000;
const WINDOW_LEAST = 10;
const KEPT = 64;
/** So much longer than without a queue is no sign of one: a part of the time, and a moment for what comes together. */
const TOLERANCE = 1.5;
const SLACK_MS = 5;
/** So late a loop may always be. */
const LAG_MS = 20;
/** A worker tells it at least twice in so long. */
const LAG_HOLDS_MS = 600;
/** A measurement without a result is made again so soon, and so many are early. */
const AGAIN_MS = 1_000;
const EARLY = 3;
/** A worker whose loop has come late within this time computes for its requests. */
const COMPUTES_MS = 3_000;
/** By how much a window changes the limit at most. */
const FALL = 0.25;
const RISE = 2;

export class AdaptiveLimit {
  readonly #schedule: Schedule;
  #bounds: LimitBounds;
  #limit: number;
  /** Requests on the worker whose answers have not begun, and the most of them in this window. */
  #waiting = 0;
  #peak = 0;
  #since = Number.NEGATIVE_INFINITY;
  readonly #times: number[] = [];
  #count = 0;
  /** The latest loop in this window, and how long the limit must not rise for it. */
  #lagMs = 0;
  #isLateUntil = 0;
  /** When its loop last came late at all. */
  #computedAt = Number.NEGATIVE_INFINITY;
  readonly #free = new FreeTime();
  #measuring: Measurement | undefined;
  /** The usual time in the last window. */
  #usualMs: number | undefined;
  #measured = 0;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #nextMeasuring = Number.NEGATIVE_INFINITY;
  /** Since the last measurement the limit has kept requests waiting. */
  #wasFull = false;
  /** Somebody is to have it measured by all front ends. */
  wantsMeasuring = false;
  readonly #fronts: number;

  /** `fronts`: how many front ends give the worker requests, this one among them. `bounds` are those of this one. */
  constructor(bounds: LimitBounds, schedule: Schedule, fronts = 1) {
    this.#bounds = bounds;
    this.#fronts = fronts;
    this.#schedule = schedule;
    this.#limit = this.#within(START / fronts);
  }

  set bounds(bounds: LimitBounds) {
    this.#bounds = bounds;
    this.#limit = this.#within(this.#limit);
  }

  /** As it has been found; a whole number. */
  get found(): number {
    return Math.floor(this.#limit);
  }

  get isFull(): boolean {
    return this.#waiting >= (this.#measuring?.limit ?? this.found);
  }

  /** The instant at which a measurement is to be ended, whatever has come of it; undefined while there is none. */
  get measuresUntil(): number | undefined {
    return this.#measuring?.until;
  }

  /** The usual time to a head without a queue, as it has been found here; undefined before. */
  get freeMs(): number | undefined {
    return this.#free.own;
  }

  /** The mean of what all front ends have found: with one and the same they come to the same limit. */
  set sharedFreeMs(ms: number) {
    this.#free.shared = ms;
  }

  get #isShared(): boolean {
    return this.#fronts > 1;
  }

  /** The worker is given a request. */
  begin(): void {
    this.#waiting++;
    if (this.#waiting > this.#peak) this.#peak = this.#waiting;
  }

  /** One has left it whose answer had not begun. */
  leave(): void {
    this.#waiting--;
  }

  /** The worker's loop has just come so late. */
  noteLag(now: number, ms: number): void {
    this.#lagMs = Math.max(this.#lagMs, ms);
    if (ms > LAG_MS) this.#computedAt = now;
    if (ms > this.#lagWantedMs) this.#isLateUntil = now + LAG_HOLDS_MS;
  }

  /** The answer begins of a request that it was given then. */
  noteHead(now: number, startedAt: number): void {
    this.#waiting--;
    if (this.#measuring) {
      if (this.#measuring.note(now, startedAt, this.#waiting)) this.endMeasuring(now);
      return;
    }
    if (this.#since === Number.NEGATIVE_INFINITY) this.#since = startedAt;
    if (now < this.#since) return;
    this.#times[this.#count++ % KEPT] = now - startedAt;
    const lengthMs = now - this.#since;
    if (this.#count >= (lengthMs < WINDOW_MOST_MS ? WINDOW_LEAST : 1) && lengthMs >= WINDOW_MS)
      this.#endWindow(now);
  }

  /** For a short time it is given less. All front ends do that at one time, for each sees what the others give it as well. */
  measure(now: number): void {
    if (this.#measuring || this.#usualMs === undefined) return;
    this.wantsMeasuring = false;
    const isWhole = this.#isShared || this.#free.own === undefined;
    this.#measuring = new Measurement(now, this.#usualMs, {
      least: this.#bounds.least,
      most: isWhole ? 0 : this.found,
      fronts: this.#fronts,
      waiting: this.#waiting,
      computes: now - this.#computedAt < COMPUTES_MS,
    });
  }

  /** Takes what there is, and goes on with the limit as it was. */
  endMeasuring(now: number): void {
    this.#measuring?.end();
    const found = this.#measuring?.found;
    this.#measuring = undefined;
    this.#measuredAt = now;
    this.#nextMeasuring =
      found === undefined ? now + AGAIN_MS : this.#schedule(now, this.#measured++ < EARLY);
    if (found) this.#free.measure(found);
    // What it found long ago is no part of what all have found now.
    else if (this.#free.shared !== undefined) this.#free.own = undefined;
    this.#beginWindow(now, found?.most ?? 0);
  }

  #endWindow(now: number): void {
    const middle = middleOf(this.#times);
    const isFull = this.#peak >= this.found;
    const isHalfFull = this.#peak * 2 >= this.found;
    // With the limit reached, much of the time may be a wait in the worker; and so it may be where others send requests as well.
    if (!isHalfFull && !this.#isShared) this.#free.note(middle);
    const next = this.#limit * this.#gradientOf(middle) + Math.sqrt(this.#limit / this.#fronts);
    if (isHalfFull && Number.isFinite(this.#free.ms))
      this.#limit = this.#within(isFull && now >= this.#isLateUntil ? next : Math.min(next, this.#limit));
    this.#usualMs = middle;
    this.#beginWindow(now, middle);
    const isNewlyFull = isFull && !this.#wasFull && now - this.#measuredAt > AGAIN_MS;
    this.#wasFull ||= isFull;
    if (!isNewlyFull && now < this.#nextMeasuring) return;
    this.#nextMeasuring = this.#schedule(now, this.#measured < EARLY);
    // Nothing needs to be measured where the limit has kept nobody waiting.
    if (this.#wasFull && this.#isShared) this.wantsMeasuring = true;
    else if (this.#wasFull) this.measure(now);
    this.#wasFull = false;
  }

  #gradientOf(middle: number): number {
    const byTime = this.#wantedMs / Math.max(middle, 0.01);
    const byLag = this.#lagMs > this.#lagWantedMs ? this.#lagWantedMs / this.#lagMs : RISE;
    return Math.min(RISE, Math.max(FALL, Math.min(byTime, byLag)));
  }

  get #wantedMs(): number {
    const { ms } = this.#free;
    return Math.max(ms * TOLERANCE, ms + SLACK_MS);
  }

  get #lagWantedMs(): number {
    return Math.max(this.#wantedMs, LAG_MS);
  }

  /** What was begun under the former limit is answered first. */
  #beginWindow(now: number, usualMs: number): void {
    this.#since = now + Math.min(usualMs, WINDOW_MOST_MS);
    this.#count = 0;
    this.#times.length = 0;
    this.#lagMs = 0;
    this.#peak = this.#waiting;
  }

  #within(limit: number): number {
    return Math.min(this.#bounds.most, Math.max(this.#bounds.least, limit));
  }
}

/** How much one window counts, and one measurement that is not far off; further off it counts alone. */
const WINDOW_WEIGHT = 0.1;
const MEASURE_WEIGHT = 0.5;
const FAR = 2;

/** The usual time to a head without a queue. A mean, for the least of many values that scatter is the one that is most wrong. */
class FreeTime {
  own: number | undefined;
  shared: number | undefined;

  get ms(): number {
    return this.shared ?? this.own ?? Number.POSITIVE_INFINITY;
  }

  note(ms: number): void {
    this.#move(ms, WINDOW_WEIGHT);
  }

  /** It is within these; where they leave room, what was known before says where. */
  measure({ least, most }: Between): void {
    const { ms: known } = this;
    const ms = Math.min(most, Math.max(least, known));
    const isFar = this.own === undefined || ms * FAR < this.own || ms > this.own * FAR;
    this.#move(ms, isFar ? 1 : MEASURE_WEIGHT);
  }

  #move(ms: number, weight: number): void {
    this.own = this.own === undefined ? ms : this.own + (ms - this.own) * weight;
  }
}
