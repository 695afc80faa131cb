// Who has shown wrong credentials too often waits before the next ones are looked at. Pure.

import { bytesOfLiteral } from "../core/addresses.ts";

export type FailuresForm = {
  /** How many wrong ones may come at once, and in each `windowMs` from then on. */
  most: number;
  windowMs: number;
  /** Whoever has not been seen for longest is forgotten when there are more networks. */
  networksMost?: number;
};

const NETWORKS_MOST = 10_000;
/** Sums of shares are not exact. */
const ROUNDING_MS = 0.01;

/** Credentials that are being looked at. Ends once, by `Failures.end`. */
export type Attempt = {
  readonly network: string;
  readonly credential: string;
  readonly failures: NetworkFailures;
};

type NetworkFailures = {
  /** When all of the failures so far will be forgotten, of which each one takes an equal share of the window. */
  clearMs: number;
  /** How many times each credential is being looked at now. */
  pending: Map<string, number>;
};

/**
 * A limit on wrong credentials for each network of clients, which slides: with 10 in 60 s the eleventh waits for 6 s, as does each
 * after it. Those that are being looked at count like wrong ones, for somebody might send thousands at once; the same ones
 * many times, as a browser does for one page, count as one. Instants are of the monotonic clock, in milliseconds.
 */
export class Failures {
  readonly #shareMs: number;
  readonly #windowMs: number;
  readonly #networksMost: number;
  /** In the order in which they were last of interest. Who has never failed, and is not being looked at, is not in it. */
  readonly #networks = new Map<string, NetworkFailures>();

  constructor({ most, windowMs, networksMost = NETWORKS_MOST }: FailuresForm) {
    this.#shareMs = windowMs / most;
    this.#windowMs = windowMs;
    this.#networksMost = networksMost;
  }

  /** How many networks it remembers. */
  get size(): number {
    return this.#networks.size;
  }

  /**
   * The credentials may be looked at; or for how many milliseconds they may not, more than 0. `credential`: anything that is the
   * same for the same ones, and no password. `address`: as text; what is no address is a network of its own.
   */
  begin(address: string, credential: string, nowMs: number): Attempt | { waitMs: number } {
    const network = networkOf(address);
    const failures = this.#networks.get(network) ?? { clearMs: nowMs, pending: new Map() };
    const others = failures.pending.size - (failures.pending.has(credential) ? 1 : 0);
    const shares = Math.max(failures.clearMs - nowMs, 0) + (others + 1) * this.#shareMs;
    if (shares > this.#windowMs + ROUNDING_MS) {
      this.#keep(network, failures);
      return { waitMs: shares - this.#windowMs };
    }
    failures.pending.set(credential, (failures.pending.get(credential) ?? 0) + 1);
    this.#keep(network, failures);
    return { network, credential, failures };
  }

  /** `wasWrong`: false also where nothing has come of it, and nobody knows. */
  end({ network, credential, failures: begun }: Attempt, wasWrong: boolean, nowMs: number): void {
    const failures = this.#networks.get(network) ?? begun;
    const left = (begun.pending.get(credential) ?? 0) - 1;
    if (left > 0) begun.pending.set(credential, left);
    else begun.pending.delete(credential);
    // The same wrong ones a hundred times, of one page, are not to lock out for long whoever then knows better.
    const clearMs = Math.max(failures.clearMs, nowMs) + this.#shareMs;
    if (wasWrong) failures.clearMs = Math.min(clearMs, nowMs + this.#windowMs);
    if (failures.clearMs > nowMs || failures.pending.size > 0) this.#keep(network, failures);
    else this.#networks.delete(network);
  }

  #keep(network: string, failures: NetworkFailures): void {
    this.#networks.delete(network);
    this.#networks.set(network, failures);
    if (this.#networks.size <= this.#networksMost) return;
    const [oldest] = this.#networks.keys();
    if (oldest !== undefined) this.#networks.delete(oldest);
  }
}

const IPV6_NETWORK_BYTES = 8;
const MAPPED = /^0{20}ffff/;

/** One address of IPv4; of IPv6 the 64 bits that a single customer is given at least. */
export function networkOf(address: string): string {
  // What stands behind the percent sign is an interface of this machine.
  const bytes = bytesOfLiteral(address.replace(/%.*/, ""));
  if (!bytes) return address;
  const hex = Buffer.from(bytes).toString("hex");
  if (bytes.length === 4 || MAPPED.test(hex)) return hex.slice(-8);
  return hex.slice(0, 2 * IPV6_NETWORK_BYTES);
}
