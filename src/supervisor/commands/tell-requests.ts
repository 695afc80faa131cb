// What `gw requests` and `gw why` tell: the requests that are under way, asked of all front ends, and what is remembered.
import { REQUESTS_SHOWN } from "../../control/commands.ts";
import type { ActiveRequest, ActiveRequests } from "../../control/records.ts";
import type { Explained, ListRequest, WhyRequest } from "../../control/results.ts";
import type { Clock } from "../../core/clock.ts";
import { MOST_ACTIVE_TOLD } from "../../link/requests/requests.ts";
import type { Site } from "../generations/site.ts";
import type { Chronicle } from "../records/chronicle.ts";
import { type RecordsWanted, selectRecords } from "../records/select.ts";
import { requireFronts } from "./require-fronts.ts";

/** The oldest first. Rejects where there are no front ends. */
export async function listRequests(
  site: Site,
  { group, most = REQUESTS_SHOWN }: ListRequest,
): Promise<ActiveRequests> {
  requireFronts(site, "In embedded mode there are no front ends, and nobody else knows of single requests");
  const { requests, total } = await askAll(site, group === undefined ? most : MOST_ACTIVE_TOLD);
  const wanted = group === undefined ? requests : requests.filter((request) => request.group === group);
  return { requests: wanted.slice(0, most), total: group === undefined ? total : wanted.length };
}

export type Explains = { site: Site; chronicle: Chronicle; clock: Clock; startedAtMs: number };

/** The word is a worker's place, or the id of a request. */
export async function explain(
  { site, chronicle, clock, startedAtMs }: Explains,
  { subject, since: sinceMs }: WhyRequest,
): Promise<Explained> {
  const now = clock.now();
  const slot = subject !== undefined && /^\d{1,6}$/.test(subject) ? Number(subject) : undefined;
  const wanted: RecordsWanted = {
    ...(sinceMs !== undefined && { since: chronicle.at(now - sinceMs) }),
    ...(slot !== undefined && { slot }),
    ...(slot === undefined && subject !== undefined && { request: subject }),
  };
  const { requests } = subject === undefined ? { requests: [] } : await askAll(site, MOST_ACTIVE_TOLD);
  const groups = site.hasBegun ? site.generation.config.groups : [];
  const slow = groups.flatMap(({ name, settings: { slowRequests: ms } }) =>
    ms > 0 ? [[name, ms] as const] : [],
  );
  return {
    now: chronicle.at(now),
    startedAt: chronicle.at(startedAtMs),
    hasFronts: !site.hasBegun || site.tenure.fronts.traffic.hasFronts,
    records: selectRecords(chronicle.records, wanted),
    active: requests.filter(({ id, worker }) => (slot === undefined ? id === subject : worker === slot)),
    slowAfterMs: Object.fromEntries(slow),
  };
}

async function askAll(site: Site, most: number): Promise<ActiveRequests> {
  const fronts = site.hasBegun ? site.fronts : [];
  const lists = (await Promise.all(fronts.map((one) => one.listRequests(most)))).flat();
  const all = lists.flatMap(({ front, told }) =>
    told.requests.map((request): ActiveRequest => ({ ...request, front })),
  );
  return {
    requests: all.toSorted((a, b) => b.ageMs - a.ageMs).slice(0, most),
    total: lists.reduce((sum, { told }) => sum + told.total, 0),
  };
}
