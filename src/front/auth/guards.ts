// All groups of this front that not everybody may ask, each with its guard.

import type { Clock } from "../../core/clock.ts";
import type { Backend, FrontGroup, WorkerLoad } from "../../link/messages.ts";
import type { LostReport } from "../dispatch/backends.ts";
import type { Stage } from "../visit/stages.ts";
import type { Visit } from "../visit/visit.ts";
import { Guard } from "./guard.ts";
import { type UserField, withoutClaims } from "./user-field.ts";

export type GuardsOptions = {
  clock: Clock;
  groups: readonly FrontGroup[];
  /** Nothing is left on a process that has left the list. */
  onLeft(report: LostReport): void;
};

export class Guards {
  readonly #byGroup: ReadonlyMap<string, Guard>;
  /** By which apps are told of users, each once. */
  readonly #fields: readonly UserField[];

  constructor({ clock, groups, onLeft }: GuardsOptions) {
    this.#byGroup = new Map(
      groups.flatMap(({ name, auth: rule }) => (rule ? [[name, new Guard({ clock, rule, onLeft })]] : [])),
    );
    const fields = [...this.#byGroup.values()].map(({ field }) => field);
    this.#fields = [...new Map(fields.map((field) => [field.plain, field])).values()];
  }

  /** For visits that know their group. Nothing to do, and no stage, where everybody may ask. */
  get stages(): Stage[] {
    return this.#byGroup.size === 0 ? [] : [(visit) => this.#check(visit)];
  }

  /** Several groups may run one app: what it believes of one of them no client may say to another. */
  #check(visit: Visit): Promise<void> | undefined {
    const guard = this.#byGroup.get(visit.group);
    for (const field of this.#fields)
      if (field.plain !== guard?.field.plain) visit.fields = withoutClaims(visit.fields, field, true);
    return guard?.check(visit);
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
