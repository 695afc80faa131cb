// Processes that are no worker of any generation, to which all front ends lead those whom it concerns: they outlast generations
// and the front ends that know them.

import type { Slot } from "../child/slot.ts";
import type { Endpoint, Traffic } from "./traffic.ts";

type TrafficTold = Pick<Traffic, "admit" | "dismiss">;

export class Employed {
  readonly #all = new Map<Slot, Endpoint>();
  readonly #traffics: () => readonly TrafficTold[];

  /** `traffics`: of all front ends that there are. */
  constructor(traffics: () => readonly TrafficTold[]) {
    this.#traffics = traffics;
  }

  employ(slot: Slot, endpoint: Endpoint): void {
    this.#all.set(slot, endpoint);
    for (const traffic of this.#traffics()) traffic.admit(slot, endpoint);
  }

  dismiss(slot: Slot): void {
    this.#all.delete(slot);
    for (const traffic of this.#traffics()) void traffic.dismiss(slot);
  }

  /** Front ends that have just been made hear of all of them. */
  introduce<T extends TrafficTold>(traffic: T): T {
    for (const [slot, endpoint] of this.#all) traffic.admit(slot, endpoint);
    return traffic;
  }
}
