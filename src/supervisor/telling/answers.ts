// What is answered about each subject to the process that tells others.

import type { AnswerTo } from "../../control/picture.ts";
import type { ActiveRequests, Records } from "../../control/records.ts";
import type { Status } from "../../control/status.ts";
import type { Clock } from "../../core/clock.ts";
import { STATUS_GROUP, type Subject } from "../../link/messages.ts";
import type { Resolved } from "../../options/resolve/resolve.ts";
import type { Site } from "../generations/site.ts";
import { configurationOf } from "./configuration.ts";
import { loadsOf } from "./loads.ts";
import type { Trends } from "./trends.ts";

export type TellerAnswers = { [S in Subject]: () => AnswerTo[S] | Promise<AnswerTo[S]> };

/** All that front ends tell, and what the page has room for of what is remembered. */
const MOST_ACTIVE = 1_000;
const MOST_REMEMBERED = 60;

export type AnswersSetup = {
  controls: {
    status(): Status;
    tell(): AnswerTo["figures"];
    listRequests(wanted: { most: number }): Promise<ActiveRequests>;
  };
  records: () => Records;
  clock: Clock;
  site: Site;
  trends: Pick<Trends, "usages" | "history">;
  /** The configuration in force. */
  present: () => Pick<Resolved, "settings" | "origins" | "groups">;
};

export function makeAnswers(given: AnswersSetup): TellerAnswers {
  const { controls, clock, site, trends, records, present } = given;
  const hasFronts = () => site.hasBegun && site.tenure.fronts.traffic.hasFronts;
  return {
    figures: () => controls.tell(),
    configuration: () => configurationOf(present()),
    picture: async () => ({
      active: hasFronts() ? withoutPages(await controls.listRequests({ most: MOST_ACTIVE })) : NOBODY_TELLS,
      atMs: clock.wall(),
      hasFronts: hasFronts(),
      records: latestOf(records()),
      status: controls.status(),
      usages: trends.usages,
      loads: loadsOf(site),
      history: trends.history,
    }),
  };
}

const NOBODY_TELLS: ActiveRequests = { requests: [], total: 0 };

/** Whoever looks at the page is not among what he looks at. */
function withoutPages({ requests, total }: ActiveRequests): ActiveRequests {
  const others = requests.filter(({ group }) => group !== STATUS_GROUP);
  return { requests: others, total: total - (requests.length - others.length) };
}

/** Each list has its newest at the end. */
function latestOf({ ends, reloads, refusals, refused, slow, spells }: Records): Records {
  const latest = <T>(list: readonly T[]) => list.slice(-MOST_REMEMBERED);
  return {
    ends: latest(ends),
    reloads: latest(reloads),
    refusals: latest(refusals),
    refused: latest(refused),
    slow: latest(slow),
    spells: latest(spells),
  };
}
