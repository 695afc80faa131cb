// What is said of a generation that did not come up, and remembered until the next try: in the log, in `gw status`, in `gw why`, and
// to who has asked for it.

import type { RefusedStatus } from "../../control/status.ts";
import type { Clock } from "../../core/clock.ts";
import { type Cause, GwError, reasonOf } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { PrintLine } from "../child/slot-setup.ts";
import type { Chronicle } from "../records/chronicle.ts";
import { Objection } from "./trial-watch.ts";

export type RefusalsSetup = {
  clock: Clock;
  log: Log;
  print: PrintLine;
  chronicle?: Pick<Chronicle, "noteReload">;
};

/** `number`: of the generation that was to be. */
export type RefusedGeneration = { by: string; number: number; thrown: unknown; tookMs: number };

export class Refusals {
  readonly #setup: RefusalsSetup;
  /** The last try, when it failed. */
  last: RefusedStatus | undefined;

  constructor(setup: RefusalsSetup) {
    this.#setup = setup;
  }

  /** `serving`: the number of the generation that serves on. Returns what who has asked is told. */
  ofGeneration({ by, number, thrown, tookMs }: RefusedGeneration, serving: number): GwError {
    const reason = reasonOf(thrown);
    // As the configuration was read: no generation was started then.
    const generation = thrown instanceof GwError && thrown.cause_ === "configuration" ? null : number;
    const what = generation === null ? "configuration" : `generation ${number}`;
    const detail = this.#remember({ by, generation, thrown, tookMs, reason, what });
    const facts = { ...(generation !== null && { generation }), serving };
    const [cause, said] = refusalOf(thrown, generation);
    this.#setup.log.error(said, { ...facts, by, why: reason });
    return new GwError(cause, { ...facts, reason }, detail ?? undefined);
  }

  /** It was to be that of another gw. */
  ofGw({ by, number: generation, thrown, tookMs }: RefusedGeneration): void {
    const reason = reasonOf(thrown);
    this.#remember({ by, generation, thrown, tookMs, reason, what: "the other gw" });
    this.#setup.log.error("another gw was refused; this one serves on", { by, why: reason });
  }

  #remember({ by, generation, thrown, tookMs, reason, what }: Remembered): string | null {
    const { clock, print, chronicle } = this.#setup;
    const detail = thrown instanceof GwError ? (thrown.detail ?? null) : null;
    this.last = { generation, at: new Date(clock.wall()).toISOString(), by, reason, detail };
    chronicle?.noteReload({ by, outcome: "refused", generation, tookMs, reason, detail });
    for (const line of detail?.trimEnd().split("\n") ?? []) print(what, "stderr", line);
    return detail;
  }
}

/** The cause, and what the log says. */
function refusalOf(thrown: unknown, generation: number | null): readonly [Cause, string] {
  if (generation === null)
    return ["configuration_refused", "the configuration was refused; the old generation serves on"];
  if (thrown instanceof Objection)
    return ["trial_failed", "a new generation was tried out and has gone; the old one serves on"];
  return ["reload_refused", "a new generation was refused; the old one serves on"];
}

type Remembered = Omit<RefusedGeneration, "number"> & {
  generation: number | null;
  reason: string;
  what: string;
};
