// Slow spells: for how long requests waited, capacity was used up, or a loop stood still, and how bad it was. One that comes
// again within seconds is the same; how things are is looked at each second, and told by whoever can see it.
import { type SpellRecord, SUPERVISOR } from "../../control/records.ts";
import { type Clock, every, type Timer } from "../../core/clock.ts";
import type { Chronicle } from "./chronicle.ts";

/** One thing at this moment: the longest wait or standstill in milliseconds, or the part of the capacity that is used. */
export type SpellSeen = Pick<SpellRecord, "kind" | "subject"> & { value: number };

/** From there on it is slow: what people notice, and what they cannot explain by a busy moment. */
export const SLOW_FROM: Readonly<Record<SpellRecord["kind"], number>> = {
  queue: 1_000,
  capacity: 0.95,
  loop: 500,
};

const LOOK_MS = 1_000;
/** So late a look can only be when this process did not run. */
const OWN_GAP_MS = 300;
/** From there on it is told: the supervisor computes next to nothing, so that something has kept all of gw from running. */
const OWN_TOLD_MS = 2_000;
/** One that comes again within this time is the same. */
const CALM_MS = 5_000;

export type SpellsSetup = {
  clock: Clock;
  chronicle: Pick<Chronicle, "noteSpell" | "at">;
  look(): readonly SpellSeen[];
};

type Spell = { record: SpellRecord; lastMs: number };

export class Spells {
  readonly #setup: SpellsSetup;
  readonly #present = new Map<string, Spell>();
  #timer: Timer | undefined;
  #lookedMs = 0;
  /** The last time that this process itself did not run, for a while that is told. */
  #stood = { ms: 0, untilMs: Number.NEGATIVE_INFINITY };

  constructor(setup: SpellsSetup) {
    this.#setup = setup;
  }

  start(): void {
    const { clock } = this.#setup;
    this.#lookedMs = clock.now();
    this.#timer = every(clock, LOOK_MS, () => {
      this.#look();
      this.#lookedMs = clock.now();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    const nowMs = this.#setup.clock.now();
    const gapMs = nowMs - this.#lookedMs - LOOK_MS;
    // A moment in which this process did not run itself makes no loop stand still.
    const isLate = gapMs > OWN_GAP_MS;
    if (gapMs >= OWN_TOLD_MS) {
      this.#stood = { ms: gapMs, untilMs: nowMs };
      this.#note({ kind: "loop", subject: SUPERVISOR, value: gapMs }, nowMs);
    }
    for (const seen of this.#setup.look()) {
      if (seen.value < SLOW_FROM[seen.kind]) continue;
      if (seen.kind === "loop" && (isLate || this.#isOfAll(seen.value, nowMs))) continue;
      this.#note(seen, nowMs);
    }
    for (const [key, { record, lastMs }] of this.#present) {
      if (lastMs === nowMs || (isLate && record.kind === "loop")) continue;
      record.until = this.#setup.chronicle.at(lastMs);
      if (nowMs - lastMs >= CALM_MS) this.#present.delete(key);
    }
  }

  /** Others tell of it only when they run again. */
  #isOfAll(stoodMs: number, nowMs: number): boolean {
    const { ms, untilMs } = this.#stood;
    return nowMs - untilMs < CALM_MS && stoodMs <= ms + LOOK_MS + OWN_GAP_MS;
  }

  #note({ kind, subject, value }: SpellSeen, nowMs: number): void {
    const key = `${kind} ${subject}`;
    const present = this.#present.get(key);
    if (present) {
      present.record.worst = Math.max(present.record.worst, value);
      present.record.until = null;
      present.lastMs = nowMs;
      return;
    }
    // A wait, or a standstill, began when it was as long ago as it is long.
    const fromMs = kind === "capacity" ? nowMs : nowMs - value;
    const from = this.#setup.chronicle.at(fromMs);
    const record: SpellRecord = { kind, subject, from, until: null, worst: value };
    this.#present.set(key, { record, lastMs: nowMs });
    this.#setup.chronicle.noteSpell(record);
  }
}
