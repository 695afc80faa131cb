// What gw remembers of what went wrong since it was started, so that somebody who comes later can ask: ends of processes,
// reloads, errors by cause, single requests. Each list is bounded, and what is told of requests comes from the front ends.
import type {
  EndRecord,
  Records,
  RefusalRecord,
  RefusedRequest,
  ReloadRecord,
  SlowRequest,
  SpellRecord,
} from "../../control/records.ts";
import { type Clock, instantOf } from "../../core/clock.ts";
import { type Cause, ERRORS, type ErrorRow, isCause } from "../../core/errors.ts";
import type { FromChild } from "../../link/messages.ts";
import { Ring } from "./ring.ts";

const MOST_ENDS = 200;
const MOST_RELOADS = 50;
const MOST_REFUSALS = 200;
/** Of each cause: one that comes by the thousand leaves room for the others. */
const MOST_REFUSED = 100;
const MOST_SLOW = 200;
const MOST_SPELLS = 200;
/** Errors of a cause that come after so long are another stretch of them. */
const PAUSE_MS = 60_000;

export type ChronicleFollower = {
  onEnd?(end: EndRecord): void;
  onReload?(reload: ReloadRecord): void;
};
type NotableTold = Omit<Extract<FromChild, { type: "notable" }>, "type">;
/** Refused because gw, or the app, has no room for it: neither the client's fault nor somebody's wish. */
function isShed(cause: Cause): boolean {
  const { status }: ErrorRow = ERRORS[cause];
  return status === 503 && cause !== "paused" && cause !== "shutting_down";
}

type RefusalStretch = { cause: string; count: number; firstMs: number; lastMs: number };

export class Chronicle {
  readonly #clock: Clock;
  readonly #ends = new Ring<EndRecord>(MOST_ENDS);
  readonly #reloads = new Ring<ReloadRecord>(MOST_RELOADS);
  readonly #refusals = new Ring<RefusalStretch>(MOST_REFUSALS);
  /** The latest of each cause. */
  readonly #present = new Map<string, RefusalStretch>();
  readonly #refused = new Map<string, Ring<RefusedRequest>>();
  /** Counts of each front end, as it last told them. */
  readonly #told = new WeakMap<object, Readonly<Record<string, number>>>();
  readonly #slow = new Map<string, SlowRequest>();
  readonly #spells = new Ring<SpellRecord>(MOST_SPELLS);

  readonly #followers: ChronicleFollower[] = [];
  readonly #shed = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on it hears of what is noted. */
  follow(follower: ChronicleFollower): void {
    this.#followers.push(follower);
  }

  /** How many requests were refused for want of room or of a worker, by cause. */
  get shed(): Record<string, number> {
    return Object.fromEntries(this.#shed);
  }

  /** It happens now. */
  noteEnd(end: Omit<EndRecord, "at">): void {
    const record = { at: this.now(), ...end };
    this.#ends.add(record);
    for (const follower of this.#followers) follower.onEnd?.(record);
  }

  noteReload(reload: Omit<ReloadRecord, "at">): void {
    const record = { at: this.now(), ...reload };
    this.#reloads.add(record);
    for (const follower of this.#followers) follower.onReload?.(record);
  }

  /** What a front end, by the number of its place, tells of single requests. */
  noteNotable(front: number, { refused, slow }: NotableTold): void {
    const nowMs = this.#clock.now();
    for (const { agoMs, ageMs: afterMs, why = null, ...told } of refused)
      this.#noteRefused({ ...told, at: this.at(nowMs - agoMs), afterMs, why });
    for (const { isOver, cause = null, ...told } of slow) {
      const at = this.at(nowMs - told.ageMs);
      this.#noteSlow({ ...told, at, endedAt: isOver ? this.now() : null, cause, front });
    }
  }

  #noteRefused(request: RefusedRequest): void {
    const ring = this.#refused.get(request.cause) ?? new Ring<RefusedRequest>(MOST_REFUSED);
    this.#refused.set(request.cause, ring);
    ring.add(request);
  }

  /** Told twice, while it goes on and when it has ended, it is one. */
  #noteSlow(request: SlowRequest): void {
    this.#slow.delete(request.id);
    this.#slow.set(request.id, request);
    const [first] = this.#slow.keys();
    if (this.#slow.size > MOST_SLOW && first !== undefined) this.#slow.delete(first);
  }

  /** A front end has ended: what it had not told of its slow requests will not come. */
  endSlow(front: number): void {
    for (const request of this.#slow.values())
      if (request.front === front && request.endedAt === null)
        this.#slow.set(request.id, { ...request, endedAt: this.now() });
  }

  /** What gw has answered itself of the requests on this worker since that instant of the monotonic clock, the newest last. */
  refusedOn(worker: number, sinceMs: number): RefusedRequest[] {
    const since = this.at(sinceMs);
    const all = [...this.#refused.values()].flatMap((ring) => ring.all);
    return all
      .filter((one) => one.worker === worker && one.at >= since)
      .toSorted((a, b) => a.at.localeCompare(b.at));
  }

  /** It goes on; whoever notes it ends it in the same object. */
  noteSpell(spell: SpellRecord): void {
    this.#spells.add(spell);
  }

  /** What a front end, which `owner` stands for, has counted since its start. */
  noteErrors(owner: object, counts: Readonly<Record<string, number>>): void {
    const before = this.#told.get(owner);
    this.#told.set(owner, counts);
    for (const [cause, count] of Object.entries(counts)) {
      const more = count - (before?.[cause] ?? 0);
      if (more > 0 && isCause(cause)) this.#countRefusals(cause, more);
    }
  }

  /** What the gw remembered that this one follows. */
  inherit({ ends, reloads, refusals, refused, slow, spells }: Records): void {
    for (const end of ends) this.#ends.add(end);
    for (const reload of reloads) this.#reloads.add(reload);
    for (const { cause, count, firstAt, lastAt } of refusals)
      this.#refusals.add({
        cause,
        count,
        firstMs: this.#instantOf(firstAt),
        lastMs: this.#instantOf(lastAt),
      });
    for (const request of refused) this.#noteRefused(request);
    // Nobody is left who could tell of its end.
    for (const request of slow) this.#noteSlow({ ...request, endedAt: request.endedAt ?? this.now() });
    for (const spell of spells) this.#spells.add({ ...spell, until: spell.until ?? this.now() });
  }

  get records(): Records {
    return {
      ends: [...this.#ends.all],
      reloads: [...this.#reloads.all],
      refusals: this.#refusals.all.map((stretch) => this.#refusalOf(stretch)),
      refused: [...this.#refused.values()]
        .flatMap(({ all }) => all)
        .toSorted((a, b) => a.at.localeCompare(b.at)),
      slow: [...this.#slow.values()],
      spells: [...this.#spells.all],
    };
  }

  /** Wall time. */
  now(): string {
    return this.at(this.#clock.now());
  }

  /** An instant of the monotonic clock in wall time. */
  at(atMs: number): string {
    return instantOf(atMs, this.#clock);
  }

  /** The other way round. */
  #instantOf(at: string): number {
    return this.#clock.now() - (this.#clock.wall() - Date.parse(at));
  }

  #countRefusals(cause: Cause, count: number): void {
    if (isShed(cause)) this.#shed.set(cause, (this.#shed.get(cause) ?? 0) + count);
    const nowMs = this.#clock.now();
    const present = this.#present.get(cause);
    if (present && nowMs - present.lastMs < PAUSE_MS) {
      present.count += count;
      present.lastMs = nowMs;
      return;
    }
    const begun = { cause, count, firstMs: nowMs, lastMs: nowMs };
    this.#present.set(cause, begun);
    this.#refusals.add(begun);
  }

  #refusalOf({ cause, count, firstMs, lastMs }: RefusalStretch): RefusalRecord {
    return { cause, count, firstAt: this.at(firstMs), lastAt: this.at(lastMs) };
  }
}
