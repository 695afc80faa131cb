// Requests that workers have died under, as the supervisor tells them: they are refused for as long as they are listed, and
// reach no worker. As long as nothing is listed, which is nearly always, this costs a request one comparison.

import { GwError } from "../../core/errors.ts";
import type { PoisonousRequest } from "../../link/messages.ts";
import { toldPath } from "../visit/target-parts.ts";
import type { Visit } from "../visit/visit.ts";

export class PoisonFilter {
  #known: ReadonlySet<string> = new Set();

  /** Replaces the list before. */
  set(requests: readonly PoisonousRequest[]): void {
    this.#known = new Set(requests.map(({ group, method, path }) => keyOf(group, method, path)));
  }

  /** A stage: throws for a routed visit that is listed. */
  check(visit: Visit): undefined {
    if (this.has(visit)) throw new GwError("poisonous_request");
  }

  has(visit: Visit): boolean {
    return this.#known.size > 0 && this.#known.has(keyOf(visit.group, visit.client.method, visit.path));
  }
}

/** Methods and groups hold no blank. The supervisor has been told no more of a path. */
const keyOf = (group: string, method: string, path: string) => `${group} ${method} ${toldPath(path)}`;
