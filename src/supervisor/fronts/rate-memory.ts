// The memory in which all front ends count the requests of each client. It is made when the first rule asks for it, and stays until gw
// ends: neither a front end that has died nor a reload gives anybody a new allowance.

import { makeSharedMemory } from "../../../ffi/shared-memory.ts";
import type { Log } from "../../core/log.ts";
import { RATE_MEMORY_BYTES } from "../../link/messages.ts";
import type { RatesSetup } from "../../link/setups.ts";
import type { Config } from "./front-setup.ts";

export class RateMemory {
  readonly #log: Log;
  #made: ReturnType<typeof makeSharedMemory> | undefined;

  /** `inherited`: that of the gw which this one follows. */
  constructor(log: Log, inherited?: number) {
    this.#log = log;
    if (inherited !== undefined) this.#made = { ok: true, value: inherited };
  }

  /** Undefined where nobody has asked for it yet. */
  get made(): number | undefined {
    return this.#made?.ok ? this.#made.value : undefined;
  }

  /** Undefined where there can be none. */
  get descriptor(): number | undefined {
    if (!this.#made) {
      this.#made = makeSharedMemory("gw-rates", RATE_MEMORY_BYTES);
      if (!this.#made.ok)
        this.#log.warn("each front end counts requests for itself, and has its part of each rate", {
          why: this.#made.reason,
        });
    }
    return this.#made.ok ? this.#made.value : undefined;
  }
}

/** What front ends inherit for it, and what they are told. */
export type RateParts = { inherited: readonly number[]; setup?: (descriptor: number) => RatesSetup };

export function ratePartsOf(
  { settings: { frontEnds }, groups }: Pick<Config, "settings" | "groups">,
  memory: Pick<RateMemory, "descriptor">,
  salt: number,
): RateParts {
  if (groups.every(({ settings }) => settings.rateLimit.length === 0)) return { inherited: [] };
  const { descriptor: made } = memory;
  if (made === undefined) return { inherited: [], setup: () => ({ parts: frontEnds, salt }) };
  return { inherited: [made], setup: (descriptor) => ({ descriptor, parts: 1, salt }) };
}
