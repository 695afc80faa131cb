// Groups whose requests wait because gw pause was typed. Each pause ends by itself: one that is forgotten must not keep the
// clients waiting for ever. That it did is remembered until somebody has been told: a migration may have been going on.
import type { Clock, Timer } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";

/** A group whose requests wait, for so long at most. */
export type PauseLeft = { group: string; forMs: number };

/** For the word that it is over to come. */
const FOLLOWING_MS = 1_000;

/** Instants. */
type Pause = { sinceMs: number; untilMs: number; timer: Timer };

export class Pauses {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners: ((groups: readonly string[]) => void)[];
  readonly #byGroup = new Map<string, Pause>();
  /** When each pause has ended by itself that nobody has been told of. */
  readonly #ranOut = new Map<string, number>();
  #isClosed = false;

  /** `tell` hands the list of paused groups to the fronts. */
  constructor(clock: Clock, log: Log, tell: (groups: readonly string[]) => void) {
    this.#clock = clock;
    this.#log = log;
    this.#listeners = [tell];
  }

  /** Somebody else is to be told as well, beginning with what is so now. */
  addListener(tell: (groups: readonly string[]) => void): void {
    this.#listeners.push(tell);
    tell(this.groups);
  }

  /** For how long each of them lasts. */
  get left(): PauseLeft[] {
    const now = this.#clock.now();
    return [...this.#byGroup].map(([group, { untilMs }]) => ({ group, forMs: Math.max(0, untilMs - now) }));
  }

  /** These are paused, for as long as somebody says who will also say when they are over; and no others. */
  follow(paused: readonly PauseLeft[]): void {
    const groups = paused.map(({ group }) => group);
    this.end(this.groups.filter((group) => !groups.includes(group)));
    for (const { group, forMs } of paused) this.#endAt(group, this.#clock.now() + forMs + FOLLOWING_MS);
    this.#tell();
  }

  get groups(): readonly string[] {
    return [...this.#byGroup.keys()];
  }

  /** Instant at which the pause of a group ends; undefined when there is none. */
  endOf(group: string): number | undefined {
    return this.#byGroup.get(group)?.untilMs;
  }

  /** The same for all of these that are paused. */
  endsOf(groups: readonly string[]): Map<string, number> {
    return new Map(
      groups.flatMap((group) => {
        const end = this.endOf(group);
        return end === undefined ? [] : [[group, end] as const];
      }),
    );
  }

  /** What has been promised to somebody else holds: a pause that would last longer still does. */
  begin(groups: readonly string[], forMs: number): void {
    const untilMs = this.#clock.now() + forMs;
    for (const group of groups) {
      this.#ranOut.delete(group);
      this.#endAt(group, Math.max(untilMs, this.endOf(group) ?? untilMs));
    }
    this.#tell();
  }

  /** Those that were paused. */
  end(groups: readonly string[]): string[] {
    if (this.#isClosed) return [];
    const ended = groups.filter((group) => this.#byGroup.has(group));
    for (const group of ended) {
      this.#byGroup.get(group)?.timer.cancel();
      this.#byGroup.delete(group);
    }
    if (ended.length > 0) this.#tell();
    return ended;
  }

  /** One did not come about: the pauses `before` it go on to their own ends, as far as they are still there. */
  callOff(groups: readonly string[], before: ReadonlyMap<string, number>): void {
    const isOver = (group: string) => (before.get(group) ?? 0) <= this.#clock.now();
    this.end(groups.filter(isOver));
    for (const [group, untilMs] of before) if (this.#byGroup.has(group)) this.#endAt(group, untilMs);
    this.takeRunOut(groups);
  }

  /** Which of these have ended by themselves, and when; told once. */
  takeRunOut(groups: readonly string[]): Map<string, number> {
    const taken = new Map([...this.#ranOut].filter(([group]) => groups.includes(group)));
    for (const group of taken.keys()) this.#ranOut.delete(group);
    return taken;
  }

  /** gw is to stop: the fronts refuse what a pause holds, and none of it runs while whatever it was for is under way. */
  close(): void {
    this.#isClosed = true;
    for (const { timer } of this.#byGroup.values()) timer.cancel();
  }

  #tell(): void {
    for (const tell of this.#listeners) tell(this.groups);
  }

  #endAt(group: string, untilMs: number): void {
    const now = this.#clock.now();
    const { sinceMs = now, timer: old } = this.#byGroup.get(group) ?? {};
    old?.cancel();
    const timer = this.#clock.after(untilMs - now, () => {
      this.#log.warn("a pause is over by itself", {
        group,
        afterMs: Math.round(this.#clock.now() - sinceMs),
      });
      this.#ranOut.set(group, untilMs);
      this.end([group]);
    });
    this.#byGroup.set(group, { sinceMs, untilMs, timer });
  }
}
