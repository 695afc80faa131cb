// All groups of this front that not everybody may ask, each with its guard.

import type { Clock } from "../../core/clock.ts";
import type { Backend, FrontGroup, WorkerLoad } from "../../link/messages.ts";
import type { LostReport } from "../dispatch/backends.ts";
import type { Stage } from "../visit/stages.ts";
import { Guard } from "./guard.ts";

export type GuardsOptions = {
  clock: Clock;
  groups: readonly FrontGroup[];
  /** Nothing is left on a process that has left the list. */
  onLeft(report: LostReport): void;
};

export class Guards {
  readonly #byGroup: ReadonlyMap<string, Guard>;

  constructor({ clock, groups, onLeft }: GuardsOptions) {
    this.#byGroup = new Map(
      groups.flatMap(({ name, auth: rule }) => (rule ? [[name, new Guard({ clock, rule, onLeft })]] : [])),
    );
  }

  /** For visits that know their group. Nothing to do, and no stage, where everybody may ask. */
  get stages(): Stage[] {
    return this.#byGroup.size === 0 ? [] : [(visit) => this.#byGroup.get(visit.group)?.check(visit)];
  }

  get loads(): WorkerLoad[] {
    return [...this.#byGroup.values()].flatMap(({ pool }) => pool.loads);
  }

  setBackends(backends: readonly Backend[]): void {
    for (const guard of this.#byGroup.values()) guard.setBackends(backends);
  }

  /** What is asked there goes elsewhere. */
  condemn(socket: string): void {
    for (const { pool } of this.#byGroup.values()) pool.condemn(socket);
  }
}
