// How many handshakes of TLS were done, by what they have settled. Those that failed are errors, and counted as such.

import type { Sample } from "../../link/figures.ts";
import type { Metric } from "../../metrics/table.ts";
import type { TlsFacts } from "./client.ts";

/** Any other one would be a runtime that speaks more than gw allows. */
const VERSIONS = ["TLSv1.2", "TLSv1.3"];

export class HandshakeCounts {
  readonly #counts = new Map<string, number>();

  count({ protocol, isResumed }: Pick<TlsFacts, "protocol" | "isResumed">): void {
    const version = VERSIONS.includes(protocol) ? protocol : "other";
    const key = `${version} ${isResumed ? "yes" : "no"}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  read(): Sample[] {
    const metric = "gw_tls_handshakes_total" satisfies Metric;
    return [...this.#counts].map(([key, value]) => ({ metric, labels: key.split(" "), value }));
  }
}
