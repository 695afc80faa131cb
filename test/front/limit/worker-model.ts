// A worker as a model, with front ends that always have somebody waiting: one loop that computes for each request in its turn, and
// something outside that it waits for, as much at once as there is. Time is the model's own.

import { AdaptiveLimit } from "../../../src/front/limit/adaptive-limit.ts";
import { randomOf } from "../../support/seeded-random.ts";

export type Work = {
  /** What a request computes, and waits for after that; on the average, in milliseconds. */
  computeMs: number;
  awaitMs: number;
  /** A share from 0 (each takes as long) to 1 (exponential). */
  scatter?: number;
};

type Event = { at: number; act: () => void };

export class WorkerModel {
  now = 0;
  /** Answers since the model began, and the sum of their times. */
  answers = 0;
  sumMs = 0;
  readonly fronts: readonly AdaptiveLimit[];
  readonly bounds: { least: number; most: number };
  work: Work;
  #freeAt = 0;
  #events: Event[] = [];
  #random: () => number;

  constructor(
    work: Work,
    {
      fronts = 1,
      least = 1,
      most = 200,
      seed = 1,
    }: { fronts?: number; least?: number; most?: number; seed?: number } = {},
  ) {
    this.work = work;
    this.bounds = { least, most };
    this.#random = randomOf(seed);
    const schedule = (now: number, isEarly: boolean) => {
      const everyMs = isEarly ? 2_000 : 15_000;
      return (Math.floor(now / everyMs) + 1) * everyMs;
    };
    this.fronts = Array.from({ length: fronts }, () => new AdaptiveLimit(this.bounds, schedule, fronts > 1));
  }

  get limits(): number[] {
    return this.fronts.map(({ found }) => found);
  }

  /** Lets it work for so long. Answers a second, and their mean time, in that time. */
  run(seconds: number): { perSecond: number; meanMs: number } {
    const [answers, sumMs, until] = [this.answers, this.sumMs, this.now + seconds * 1000];
    for (const front of this.fronts) this.#fill(front);
    for (let second = this.now; second < until; second += 100)
      this.#later(second - this.now, () => this.#look());
    for (let next = this.#events[0]; next && next.at <= until; next = this.#events[0]) {
      this.#take();
      this.now = next.at;
      next.act();
    }
    this.now = until;
    const count = this.answers - answers;
    return { perSecond: count / seconds, meanMs: (this.sumMs - sumMs) / Math.max(1, count) };
  }

  #fill(front: AdaptiveLimit): void {
    while (!front.isFull) {
      front.begin();
      const begunAt = this.now;
      this.#freeAt = Math.max(this.#freeAt, begunAt) + this.#draw(this.work.computeMs);
      this.#later(this.#freeAt + this.#draw(this.work.awaitMs) - begunAt, () => {
        this.answers++;
        this.sumMs += this.now - begunAt;
        front.noteHead(this.now, begunAt);
        this.#fill(front);
      });
    }
  }

  /** What timers and the supervisor do. */
  #look(): void {
    const found = this.fronts.flatMap(({ freeMs }) => freeMs ?? []);
    const mean = found.reduce((sum, ms) => sum + ms, 0) / found.length;
    const isWanted = this.fronts.some(({ wantsMeasuring }) => wantsMeasuring);
    for (const front of this.fronts) {
      front.noteLag(this.now, this.work.computeMs);
      if (isWanted) front.measure(this.now);
      front.sharedFreeMs = this.fronts.length > 1 && found.length > 0 ? mean : undefined;
      if ((front.measuresUntil ?? Number.POSITIVE_INFINITY) > this.now) continue;
      front.endMeasuring(this.now);
      this.#fill(front);
    }
  }

  #draw(meanMs: number): number {
    const { scatter = 0 } = this.work;
    return meanMs * (1 - scatter + scatter * -Math.log(1 - this.#random()));
  }

  #later(ms: number, act: () => void): void {
    const events = this.#events;
    events.push({ at: this.now + ms, act });
    for (let at = events.length - 1; at > 0; ) {
      const above = (at - 1) >> 1;
      if ((events[above] as Event).at <= (events[at] as Event).at) return;
      [events[above], events[at]] = [events[at] as Event, events[above] as Event];
      at = above;
    }
  }

  #take(): void {
    const events = this.#events;
    const last = events.pop() as Event;
    if (events.length === 0) return;
    events[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const below of [2 * at + 1, 2 * at + 2])
        if (below < events.length && (events[below] as Event).at < (events[least] as Event).at) least = below;
      if (least === at) return;
      [events[least], events[at]] = [events[at] as Event, events[least] as Event];
      at = least;
    }
  }
}
