// Clients that hold up answers whose requests keep their places: in a crowd such an answer goes to the disk, once its client has taken none of
// it for a moment. Who takes some sooner is no silent client: the proxy in front, for example, which takes all as fast as it can.

import type { Clock } from "../../core/clock.ts";
import { Alarm, Deadlines } from "../../core/deadlines.ts";
import type { Spool } from "../spool/spool.ts";
import { type BackendState, placesOf, type RunningRequest } from "./backends.ts";

const MOMENT_MS = 25;

export class SilentClients {
  readonly #moments: Deadlines;
  readonly #alarms = new WeakMap<RunningRequest, Alarm>();

  constructor(clock: Clock) {
    this.#moments = new Deadlines(clock, MOMENT_MS);
  }

  /** Its client takes no more for now, and it keeps its place; told again, the moment begins anew. */
  watch(one: RunningRequest, state: BackendState, spool: Pick<Spool, "isNeeded"> | undefined): void {
    if (!spool) return;
    // Of many such clients each would keep others waiting for that moment.
    if (spool.isNeeded) return spoolInCrowd(one, state);
    const alarm = this.#alarms.get(one) ?? new Alarm(() => spoolInCrowd(one, state));
    this.#alarms.set(one, alarm);
    this.#moments.touch(alarm);
  }
}

/** Where those that keep their places are few, nobody else is kept out. */
function spoolInCrowd({ answer, isOver, isHeldUp }: RunningRequest, state: BackendState): void {
  if (!isOver && !isHeldUp && 2 * placesOf(state) > state.backend.capacity) answer.spool();
}
