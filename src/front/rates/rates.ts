// Stages that refuse the requests of clients who send more than they may. Those that are counted by address or field come before
// anybody is asked about the request; those by user when it is known who that is.

import { GwError } from "../../core/errors.ts";
import type { FrontGroup } from "../../link/messages.ts";
import type { RatesSetup } from "../../link/setups.ts";
import type { Stage } from "../visit/stages.ts";
import type { Visit } from "../visit/visit.ts";
import { type RateRule, refusalOf, ruleOf } from "./rate-rules.ts";
import type { RateTable } from "./rate-table.ts";

export type RatesOptions = {
  groups: readonly FrontGroup[];
  setup: RatesSetup;
  table: RateTable;
  /** Microseconds, on a clock that all front ends share. */
  nowUs: () => number;
};

type RulesByGroup = ReadonlyMap<string, readonly RateRule[]>;

export class Rates {
  readonly #table: RateTable;
  readonly #nowUs: () => number;
  /** For visits that know their group. */
  readonly early: readonly Stage[];
  /** For those that know their user. */
  readonly late: readonly Stage[];

  constructor({ groups, setup, table, nowUs }: RatesOptions) {
    this.#table = table;
    this.#nowUs = nowUs;
    const rulesWhere = (isMeant: (rule: RateRule) => boolean): RulesByGroup =>
      new Map(
        groups.flatMap(({ name, rates = [] }) => {
          const rules = rates.map((limit) => ruleOf(limit, name, setup)).filter(isMeant);
          return rules.length > 0 ? [[name, rules]] : [];
        }),
      );
    this.early = this.#stagesFor(rulesWhere(({ limit }) => limit.by !== "user"));
    this.late = this.#stagesFor(rulesWhere(({ limit }) => limit.by === "user"));
  }

  #stagesFor(rules: RulesByGroup): Stage[] {
    if (rules.size === 0) return [];
    return [
      (visit) => {
        const own = rules.get(visit.group);
        if (own) this.#check(own, visit);
        return undefined;
      },
    ];
  }

  /** A request is counted by all rules or by none. */
  #check(rules: readonly RateRule[], visit: Visit): void {
    const nowUs = this.#nowUs();
    for (const [at, rule] of rules.entries()) {
      const key = rule.keyOf(visit);
      const waitUs = key === undefined ? 0 : this.#table.take(key, rule, nowUs);
      if (waitUs === 0) continue;
      for (const kept of rules.slice(0, at)) this.#giveBack(kept, visit);
      const { retryAfter, fields } = refusalOf(rule, waitUs);
      visit.refusalFields = fields;
      throw new GwError("rate_limited", { rule: rule.limit.text, retryAfter }, rule.limit.text);
    }
  }

  #giveBack(rule: RateRule, visit: Visit): void {
    const key = rule.keyOf(visit);
    if (key !== undefined) this.#table.giveBack(key, rule);
  }
}
