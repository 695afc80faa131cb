// A worker as a model: one loop that computes for each request in its turn, and something outside that it waits for, as much at
// once as there is. Its front ends always have somebody waiting, or so many clients of their own; or clients come to them whether
// others have been answered or not. Time is the model's own.

import { AdaptiveLimit } from "../../../src/front/limit/adaptive-limit.ts";
import { shareOf } from "../../../src/supervisor/child/policy.ts";
import { randomOf } from "../../support/seeded-random.ts";

export type Work = {
  /** What a request computes, and waits for after that; on the average, in milliseconds. */
  computeMs: number;
  awaitMs: number;
  /** A share from 0 (each takes as long) to 1 (exponential). */
  scatter?: number;
};

export type Setting = {
  fronts?: number;
  /** Of all front ends together, as the supervisor deals them out. */
  least?: number;
  most?: number;
  /** How many clients each front end has, which ask again when they are answered; others have always one more. */
  clients?: readonly number[];
  seed?: number;
};

/** Who comes by chance, to any of the front ends: so many in a second, each of whom waits for so long. */
export type Crowd = { perSecond: number; patienceMs: number };

type Event = { at: number; act: () => void };

export class WorkerModel {
  now = 0;
  /** Answers since the model began, and the sum of their times. */
  answers = 0;
  sumMs = 0;
  readonly fronts: readonly AdaptiveLimit[];
  work: Work;
  /** Instead of clients that ask again. */
  crowd: Crowd | undefined;
  /** Of a crowd: those who wait at each front end, by when they came. */
  readonly #waiting: number[][];
  readonly #running: number[];
  readonly #clients: readonly number[];
  #freeAt = 0;
  #events: Event[] = [];
  #random: () => number;

  constructor(work: Work, { fronts = 1, least = 1, most = 200, clients = [], seed = 1 }: Setting = {}) {
    this.work = work;
    this.#random = randomOf(seed);
    this.#clients = clients;
    this.#waiting = Array.from({ length: fronts }, () => []);
    this.#running = this.#waiting.map(() => 0);
    const schedule = (now: number, isEarly: boolean) => {
      const everyMs = isEarly ? 2_000 : 15_000;
      return (Math.floor(now / everyMs) + 1) * everyMs;
    };
    this.fronts = Array.from({ length: fronts }, (_, at) => {
      const bounds = { least: shareOf(least, fronts, at), most: shareOf(most, fronts, at) };
      return new AdaptiveLimit(bounds, schedule, fronts);
    });
  }

  get limits(): number[] {
    return this.fronts.map(({ found }) => found);
  }

  /** Of all front ends together. */
  get limit(): number {
    return this.limits.reduce((sum, one) => sum + one, 0);
  }

  /** Lets it work for so long. Answers a second, and their mean time, in that time. */
  run(seconds: number): { perSecond: number; meanMs: number } {
    const [answers, sumMs, until] = [this.answers, this.sumMs, this.now + seconds * 1000];
    if (this.crowd) this.#come(this.now, until);
    for (const at of this.fronts.keys()) this.#fill(at);
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

  /** All who come until then. */
  #come(from: number, until: number): void {
    const { perSecond } = this.crowd as Crowd;
    for (let at = from; ; ) {
      at += (-Math.log(1 - this.#random()) * 1000) / perSecond;
      if (at > until) return;
      const front = Math.floor(this.#random() * this.fronts.length);
      this.#later(at - this.now, () => {
        this.#waiting[front]?.push(this.now);
        this.#fill(front);
      });
    }
  }

  /** The newest is next. When whoever is next came; undefined for nobody. */
  #nextAt(front: number): number | undefined {
    if (!this.crowd)
      return (this.#running[front] as number) < (this.#clients[front] ?? Number.POSITIVE_INFINITY)
        ? this.now
        : undefined;
    const cameAt = this.#waiting[front]?.pop();
    return cameAt !== undefined && this.now - cameAt < this.crowd.patienceMs ? cameAt : undefined;
  }

  #fill(at: number): void {
    const front = this.fronts[at] as AdaptiveLimit;
    while (!front.isFull) {
      const cameAt = this.#nextAt(at);
      if (cameAt === undefined) return;
      front.begin();
      (this.#running[at] as number)++;
      const begunAt = this.now;
      this.#freeAt = Math.max(this.#freeAt, begunAt) + this.#draw(this.work.computeMs);
      this.#later(this.#freeAt + this.#draw(this.work.awaitMs) - begunAt, () => {
        (this.#running[at] as number)--;
        this.answers++;
        this.sumMs += this.now - cameAt;
        front.noteHead(this.now, begunAt);
        this.#fill(at);
      });
    }
  }

  /** What timers and the supervisor do. */
  #look(): void {
    const found = this.fronts.flatMap(({ freeMs }) => freeMs ?? []);
    const mean = found.reduce((sum, ms) => sum + ms, 0) / found.length;
    const isWanted = this.fronts.some(({ wantsMeasuring }) => wantsMeasuring);
    for (const [at, front] of this.fronts.entries()) {
      front.noteLag(this.now, this.work.computeMs);
      if (isWanted) front.measure(this.now);
      if (this.fronts.length > 1 && found.length > 0) front.sharedFreeMs = mean;
      if ((front.measuresUntil ?? Number.POSITIVE_INFINITY) > this.now) continue;
      front.endMeasuring(this.now);
      this.#fill(at);
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
