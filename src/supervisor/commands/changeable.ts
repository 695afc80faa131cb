// Whether something can be changed by hand now, and if not, why.

import { GwError } from "../../core/errors.ts";
import type { Reloads } from "../generations/reloads.ts";
import type { Site } from "../generations/site.ts";
import type { Phase } from "./survey.ts";

export type Changeable = {
  phase: () => Phase;
  site: Pick<Site, "trial">;
  reloads: Pick<Reloads, "closedBy" | "trial" | "underWay">;
};

const refusal = (what: string) => new GwError("command_failed", { what });

/** Throws also where another gw has taken over, whose processes are the ones that count. */
export function refuseUnlessServing({ phase, reloads: { closedBy } }: Changeable): void {
  if (phase() !== "serving") throw refusal(`gw is ${phase()}, and changes nothing now`);
  if (closedBy) throw closedBy;
}

/** Throws from the moment on at which one was asked for: nobody is to wait for as long as it lasts. */
export function refuseDuringTrial({ site, reloads }: Changeable): void {
  if (!reloads.trial) return;
  const { generation, leftMs } = site.trial?.told ?? {};
  const which =
    leftMs === undefined
      ? "A new generation is about to be tried out"
      : `Generation ${generation} is tried out for another ${Math.ceil(leftMs / 1000)} s`;
  throw refusal(`${which}, and nothing else is changed meanwhile; gw rollback ends that`);
}

/** What a reload is about to replace is not worth changing; what it brings is. */
export async function whenChangeable(given: Changeable): Promise<void> {
  for (;;) {
    refuseUnlessServing(given);
    refuseDuringTrial(given);
    const { underWay } = given.reloads;
    if (!underWay) return;
    await underWay;
  }
}
