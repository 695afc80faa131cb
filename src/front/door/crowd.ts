// How many connections one address has at once, at all doors of this front end.

import { createNetworks, UNIX_CLIENT } from "../../core/addresses.ts";
import { GwError } from "../../core/errors.ts";
import type { Refusal } from "./door.ts";

export type CrowdOptions = {
  /** From one address; of IPv6 from one /64. */
  most: number;
  /** Whether somebody else's clients come by it. */
  isProxy: (address: string) => boolean;
};

/** Of those that are not counted. */
const NOBODY = "";

export class Crowd {
  readonly #options: CrowdOptions;
  readonly #networkOf = createNetworks();
  readonly #counts = new Map<string, number>();

  constructor(options: CrowdOptions) {
    this.#options = options;
  }

  /** What is to be given to `leave` when the connection ends; undefined for one too many, which is not counted. */
  enter(address: string): string | undefined {
    const { most, isProxy } = this.#options;
    // Who was gone before he could be asked for his address may have been anybody.
    if (address === "" || address === UNIX_CLIENT || isProxy(address)) return NOBODY;
    const network = this.#networkOf(address);
    const count = this.#counts.get(network) ?? 0;
    if (count >= most) return undefined;
    this.#counts.set(network, count + 1);
    return network;
  }

  leave(network: string | undefined): void {
    if (network === undefined || network === NOBODY) return;
    const left = (this.#counts.get(network) ?? 0) - 1;
    if (left > 0) this.#counts.set(network, left);
    else this.#counts.delete(network);
  }

  /** Of one too many. `isAnswering`: it cannot be told. */
  refusalOf(address: string, isAnswering: boolean): Refusal {
    const error = new GwError("too_many_from_address", { most: this.#options.most });
    return { error, reason: error.message, address, isAnswering };
  }
}
