// What `gw status` tells, gathered from the places, the front ends' figures and the ledger. Looks, and changes nothing.
import type { ServerCertificate } from "../../certificates/certificate-files.ts";
import {
  type CertificateStatus,
  type FrontStatus,
  type GenerationStatus,
  type GroupStatus,
  judgeGroup,
  judgeState,
  type LogsSeen,
  type ProcessState,
  type Status,
  type Trouble,
  type WorkerStatus,
} from "../../control/status.ts";
import { type Clock, instantOf } from "../../core/clock.ts";
import { VERSION } from "../../core/version.ts";
import { servesFilesOnly } from "../../options/declare/file-places.ts";
import type { Settings } from "../../options/declare/table.ts";
import { known } from "../../os/operating-system.ts";
import { os } from "../../os/os.ts";
import type { Renewal } from "../changes/renewal.ts";
import { outsideOf } from "../child/child-setup.ts";
import type { Slot } from "../child/slot.ts";
import type { SlotState } from "../child/slot-machine.ts";
import type { Crew } from "../crew/crew.ts";
import type { Ledger } from "../crew/ledger.ts";
import type { Place } from "../crew/place.ts";
import type { Fronts } from "../fronts/fronts.ts";
import { type PublicPlaces, urlsOf } from "../fronts/places.ts";
import type { Generation } from "../generations/generation.ts";
import { countLeft } from "../generations/move-report.ts";
import type { Reloads } from "../generations/reloads.ts";
import type { Site } from "../generations/site.ts";
import type { WorkerPool } from "../groups/worker-pool.ts";

export type Phase = "starting" | "serving" | "stopping";

export type Surveyed = {
  clock: Clock;
  pid: number;
  /** On the monotonic clock. */
  startedAtMs: number;
  places: PublicPlaces;
  serverRoot: string;
  phase: Phase;
  site: Site;
  reloads: Reloads;
  renewal: Pick<Renewal, "refused">;
  ledger: Ledger;
  lookAtLogs: () => LogsSeen;
};

export function survey(given: Surveyed): Status {
  const { clock, pid, startedAtMs, places, serverRoot, phase, site, reloads, ledger } = given;
  const { last } = ledger;
  const { previous } = reloads;
  const groups = site.hasBegun ? site.generation.pools.map((pool) => groupOf(pool, given)) : [];
  return {
    version: VERSION,
    pid,
    uptimeSeconds: Math.round((clock.now() - startedAtMs) / 1_000),
    state: judgeState(phase, groups),
    port: places.main,
    urls: urlsOf(places),
    serverRoot,
    generation: site.hasBegun ? site.generation.number : 1,
    generations: site.generations.map((generation) => generationOf(generation, clock)),
    trial: site.trial?.told ?? null,
    refused: reloads.refused ?? null,
    previous: previous ? { generation: previous.number, apps: appsOf(previous.pins.values()) } : null,
    certificates: (reloads.present.certificates ?? []).map(certificateOf),
    refusedCertificate: given.renewal.refused ?? null,
    fronts: site.fronts.flatMap(frontsOf),
    groups,
    restarts: Object.fromEntries(ledger.restarts),
    lastRestart: last ? { reason: last.reason, process: last.name, at: instantOf(last.atMs, clock) } : null,
    troubles: troublesOf(site, clock),
    logTroubles: given.lookAtLogs().troubles,
  };
}

/** Of places whose processes do not stay. */
export function troublesOf(site: Site, clock: Clock): Trouble[] {
  return placesOf(site).flatMap((place) => troubleOf(place, clock));
}

function placesOf(site: Site): Place[] {
  if (!site.hasBegun) return [];
  const { generation, fronts } = site.tenure;
  return [...generation.places, ...fronts.crew.places];
}

/** Nothing of its key. */
function certificateOf({ path, names, expiresAtMs }: ServerCertificate): CertificateStatus {
  return { file: path, names, expiresAt: new Date(expiresAtMs).toISOString() };
}

const appsOf = (pins: Iterable<{ app: string | null }>) => [
  ...new Set([...pins].flatMap(({ app }) => app ?? [])),
];

function generationOf(generation: Generation, clock: Clock): GenerationStatus {
  const { number, state, startedAtMs, apps, workerPlaces } = generation;
  const live = workerPlaces.flatMap(({ slots }) => slots).filter((slot) => slot.pid !== undefined);
  const { requests: activeRequests, streams, tunnels } = countLeft(generation);
  return {
    number,
    state,
    startedAt: instantOf(startedAtMs, clock),
    apps,
    workers: live.length,
    activeRequests,
    streams,
    tunnels,
  };
}

function stickyOf({ sticky, stickyOverflow: overflow }: Settings): GroupStatus["sticky"] {
  if (!sticky) return null;
  return { by: "name" in sticky ? `${sticky.by} ${sticky.name}` : sticky.by, overflow };
}

function groupOf(pool: WorkerPool, given: Surveyed): GroupStatus {
  const { site, clock } = given;
  const { group, generation } = pool;
  const { settings, name, kind, isMounted } = group;
  const { serverName, serverAlias, mount, processes } = settings;
  const pausedUntil = site.pauses.endOf(name);
  // Workers of older generations that still have something are shown behind the serving ones.
  const workers = site.generations
    .toSorted((a, b) => b.number - a.number)
    .flatMap((one) => (one.state === "starting" && one !== site.generation ? [] : (one.poolOf(name) ?? [])))
    .flatMap((one) => {
      const isLeaving = one !== pool && site.trial?.told.generation !== one.generation;
      return listSlots(one.crew).map(([place, slot]) => workerOf(place, slot, one, clock, isLeaving));
    });
  return {
    name,
    kind,
    state: judgeGroup(workers, {
      isPaused: pausedUntil !== undefined,
      hasServed: given.phase !== "starting",
      hasApp: kind !== "app" || !servesFilesOnly(settings),
    }),
    generation,
    processes: { ...processes, wanted: pool.wanted },
    concurrency: { ...pool.group.settings.concurrency },
    mount: isMounted && kind === "app" ? mount : null,
    hosts: [...(serverName === undefined ? [] : [serverName]), ...serverAlias],
    pausedUntil: pausedUntil === undefined ? null : instantOf(pausedUntil, clock),
    queueLength: site.fronts.reduce((sum, { traffic }) => sum + traffic.queuedOf(name), 0),
    sticky: stickyOf(settings),
    poisons: pool.poisons.list.map(({ method, path, deaths, untilMs }) => ({
      method,
      path,
      deaths,
      until: instantOf(untilMs, clock),
    })),
    drained: given.phase === "serving" ? drainedOf(pool) : [],
    workers,
  };
}

/** Places that stay empty: their workers have been let go, and nothing is to follow. */
function drainedOf({ crew }: WorkerPool): number[] {
  const isEmpty = ({ isWanted, slots }: Place) => !isWanted && slots.every(({ state }) => state === "empty");
  return crew.places.filter(isEmpty).map(({ number }) => number);
}

/** Every process that there is or will be, the ones that serve before those that leave. */
function listSlots({ places }: Crew): [Place, Slot][] {
  return places.flatMap((place) =>
    place.slots.filter(({ state }) => state !== "empty").map((slot): [Place, Slot] => [place, slot]),
  );
}

const STATES: Readonly<Record<SlotState, ProcessState>> = {
  empty: "resting",
  spawning: "starting",
  greeting: "starting",
  loading: "starting",
  ready: "ready",
  draining: "draining",
  stopping: "stopping",
  parting: "parting",
  killing: "stopping",
  resting: "resting",
  failed: "stopping",
};

function processOf(place: Place, slot: Slot) {
  return { slot: place.number, pid: slot.pid ?? null, state: stateOf(place, slot) };
}

function stateOf(place: Place, slot: Slot): ProcessState {
  const { trouble } = place;
  if (slot.state === "resting" && trouble?.slot === slot && trouble.rest.isCrashLoop) return "crash loop";
  // Off the fronts' list, and not told yet: it still has requests.
  return slot.state === "ready" && place.departing.has(slot) ? "draining" : STATES[slot.state];
}

function frontsOf({ crew, traffic }: Fronts): FrontStatus[] {
  return listSlots(crew).map(([place, slot]) => {
    const { connections = 0, maxClients = null } = traffic.stats.get(slot) ?? {};
    const limits = slot.run?.ready?.limits ?? {};
    return { ...processOf(place, slot), clients: connections, maxClients, limits };
  });
}

function workerOf(
  place: Place,
  slot: Slot,
  pool: WorkerPool,
  clock: Clock,
  isDraining: boolean,
): WorkerStatus {
  const { run, pid } = slot;
  const load = pool.traffic.loadOf(pid);
  const seen = processOf(place, slot);
  return {
    ...seen,
    // It waits for the clients of old front ends to leave, and gets nothing of others.
    ...(isDraining && seen.state === "ready" && { state: "draining" as const }),
    activeRequests: load?.active ?? run?.pulse.active ?? 0,
    concurrency: load?.limit ?? pool.group.settings.concurrency.max,
    streams: load?.streams ?? 0,
    receiving: load?.receiving ?? 0,
    heldUp: load?.heldUp ?? 0,
    requestCount: Math.max(load?.requests ?? 0, run?.pulse.requests ?? 0),
    tunnels: load?.tunnels ?? 0,
    isStalled: pool.traffic.isStalled(slot),
    rssBytes: (pid !== undefined && known(os.usageOf(pid))?.rssBytes) || null,
    startedAt: run ? instantOf(run.spawnedAtMs, clock) : null,
    generation: pool.generation,
    app: run?.ready?.app === undefined ? null : outsideOf(pool.group.settings, run.ready.app),
    limits: run?.ready?.limits ?? {},
  };
}

/** While its process is not there to stay: one that is ready has to serve for a while after a crash loop. */
function troubleOf({ trouble, current, successor, setup }: Place, clock: Clock): Trouble[] {
  if (!trouble || (trouble.slot !== current && trouble.slot !== successor)) return [];
  const { slot, error, lastWords, rest } = trouble;
  const readyAtMs = slot.state === "ready" ? slot.run?.readyAtMs : undefined;
  const isOver =
    readyAtMs !== undefined && (!rest.isCrashLoop || clock.now() - readyAtMs >= setup.rests.goodRunMs);
  if (isOver) return [];
  const { quickDeaths: deaths, isCrashLoop, restMs: pauseMs } = rest;
  return [{ process: setup.name, deaths, isCrashLoop, pauseMs, error: error?.message ?? lastWords ?? null }];
}
