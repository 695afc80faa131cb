// Who is next of those that wait, and who has to make way when there is no room. Each priority has a lane. The lanes take turns
// by weight, so that even the last one moves while the first is never empty, and each has a part of the room that no other
// takes from it. Pure.

import type { Priority } from "../../link/setups.ts";

export const PRIORITIES = ["high", "normal", "low"] as const satisfies readonly Priority[];

/** Of so many turns together each lane has its own, as long as all of them have somebody waiting. */
const WEIGHTS: readonly number[] = [16, 4, 1];
const ALL = WEIGHTS.reduce((sum, weight) => sum + weight, 0);

/** What waits: in which lane, and since when. */
export type InLane = { lane: number; queuedAt: number };

/** Whether the newest of a lane is next, whose first one has waited since this instant. */
export type IsNewestFirst = (since: number) => boolean;

export class Lanes<V extends InLane> {
  readonly #lanes: readonly V[][] = WEIGHTS.map(() => []);
  /** How far each lane has come, in turns divided by its weight; and how far the one has that had the last turn. */
  readonly #passed = WEIGHTS.map(() => 0);
  #reached = 0;
  readonly #isNewestFirst: IsNewestFirst;

  constructor(isNewestFirst: IsNewestFirst) {
    this.#isNewestFirst = isNewestFirst;
  }

  get length(): number {
    let sum = 0;
    for (const lane of this.#lanes) sum += lane.length;
    return sum;
  }

  /** In no order that means anything. */
  get all(): V[] {
    return this.#lanes.flat();
  }

  /** Who is next. */
  get first(): V | undefined {
    let best: number | undefined;
    for (let at = 0; at < this.#lanes.length; at++)
      if (this.#of(at).length > 0 && (best === undefined || this.#dueOf(at) < this.#dueOf(best))) best = at;
    return best === undefined ? undefined : this.#nextIn(best);
  }

  /** The first one, in the order of their turns, for whom there is something. */
  find<W>(wantedBy: (one: V) => W | undefined): { one: V; found: W } | undefined {
    const order = [...this.#lanes.keys()].toSorted((a, b) => this.#dueOf(a) - this.#dueOf(b));
    for (const at of order) {
      const lane = this.#of(at);
      for (const one of this.#isTurned(at) ? lane.toReversed() : lane) {
        const found = wantedBy(one);
        if (found !== undefined) return { one, found };
      }
    }
    return undefined;
  }

  /** It comes last in its lane, or is next there. */
  add(one: V, isNext: boolean): void {
    const lane = this.#of(one.lane);
    // Whoever comes after a rest has neither saved up turns nor used them up (self-clocked fair queueing).
    if (lane.length === 0) this.#passed[one.lane] = this.#reached;
    if (isNext && !this.#isTurned(one.lane)) lane.unshift(one);
    else lane.push(one);
  }

  /** It waits no more. `hadTurn`: because it was its turn. */
  remove(one: V, hadTurn: boolean): void {
    const lane = this.#of(one.lane);
    const at = lane.at(-1) === one ? lane.length - 1 : lane.indexOf(one);
    if (at >= 0) lane.splice(at, 1);
    if (!hadTurn) return;
    this.#reached = this.#dueOf(one.lane);
    this.#passed[one.lane] = this.#reached;
  }

  /**
   * Who makes way for one more in this lane, where there is room for `most`: of the last lane that has more than its part, the
   * one that has waited longest where the newest is next, else the one that came last. Undefined: the newcomer itself.
   */
  victimFor(newcomer: number, most: number): V | undefined {
    for (let at = this.#lanes.length - 1; at >= 0; at--) {
      const lane = this.#of(at);
      const isOwn = at === newcomer;
      if (lane.length + (isOwn ? 1 : 0) <= partOf(at, most)) continue;
      if (this.#isTurned(at)) return lane[0];
      return isOwn ? undefined : lane.at(-1);
    }
    return undefined;
  }

  #of(at: number): V[] {
    return this.#lanes[at] as V[];
  }

  #nextIn(at: number): V | undefined {
    const lane = this.#of(at);
    return this.#isTurned(at) ? lane.at(-1) : lane[0];
  }

  #isTurned(at: number): boolean {
    const [oldest] = this.#of(at);
    return oldest !== undefined && this.#isNewestFirst(oldest.queuedAt);
  }

  /** Where the lane will be after its next turn. */
  #dueOf(at: number): number {
    return (this.#passed[at] ?? 0) + 1 / (WEIGHTS[at] as number);
  }
}

/** How many of a lane are safe from all others; all parts together are `most`, and none is zero where that can be. */
function partOf(at: number, most: number): number {
  const least = most >= WEIGHTS.length ? 1 : 0;
  const part = (lane: number) => Math.max(least, Math.floor((most * (WEIGHTS[lane] as number)) / ALL));
  const others = WEIGHTS.keys().reduce((sum, lane) => (lane > 0 ? sum + part(lane) : sum), 0);
  return at > 0 ? part(at) : most - others;
}
