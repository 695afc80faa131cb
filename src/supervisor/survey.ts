// What `gw status` tells, gathered from the places, the front ends' figures and the ledger. Looks, and changes nothing.
import {
  judgeGroup,
  judgeState,
  type ProcessState,
  type Status,
  type Trouble,
  type WorkerStatus,
} from "../control/status.ts";
import type { Clock } from "../core/clock.ts";
import { VERSION } from "../core/version.ts";
import { GROUP } from "./child-setup.ts";
import type { Crew } from "./crew.ts";
import type { Ledger } from "./ledger.ts";
import type { Place } from "./place.ts";
import { GENERATION } from "./pool.ts";
import { urlOf } from "./port.ts";
import { usageOf } from "./proc.ts";
import type { Slot } from "./slot.ts";
import type { State } from "./slot-machine.ts";
import type { Traffic } from "./traffic.ts";

export type Phase = "starting" | "serving" | "stopping";

export type Surveyed = {
  clock: Clock;
  pid: number;
  /** On the monotonic clock. */
  startedAtMs: number;
  host: string;
  port: number;
  serverRoot: string;
  phase: Phase;
  workers: Crew;
  fronts: Crew;
  traffic: Traffic;
  ledger: Ledger;
};

export function survey(given: Surveyed): Status {
  const { clock, pid, startedAtMs, host, port, serverRoot, phase, traffic, ledger } = given;
  const { last } = ledger;
  const workers = listSlots(given.workers).map(([place, slot]) => workerOf(place, slot, given));
  return {
    version: VERSION,
    pid,
    uptimeSeconds: Math.round((clock.now() - startedAtMs) / 1_000),
    state: judgeState(phase, [{ kind: "app", state: judgeGroup(workers) }]),
    port,
    urls: [urlOf(host, port)],
    serverRoot,
    generation: GENERATION,
    generations: [],
    refused: null,
    previous: null,
    fronts: listSlots(given.fronts).map(([place, slot]) => processOf(place, slot)),
    groups: [
      {
        name: GROUP,
        kind: "app",
        state: judgeGroup(workers),
        generation: GENERATION,
        processes: { min: 1, max: 1, wanted: 1 },
        mount: "/",
        hosts: [],
        pausedUntil: null,
        queueLength: countQueued(traffic),
        workers,
      },
    ],
    restarts: Object.fromEntries(ledger.restarts),
    lastRestart: last ? { reason: last.reason, process: last.name, at: instantOf(last.atMs, clock) } : null,
    troubles: [...given.workers.places, ...given.fronts.places].flatMap((place) => troubleOf(place, clock)),
  };
}

/** Every process that there is or will be, the ones that serve before those that leave. */
function listSlots({ places }: Crew): [Place, Slot][] {
  return places.flatMap((place) =>
    place.slots.filter(({ state }) => state !== "empty").map((slot): [Place, Slot] => [place, slot]),
  );
}

const STATES: Readonly<Record<State, ProcessState>> = {
  empty: "resting",
  spawning: "starting",
  greeting: "starting",
  loading: "starting",
  ready: "ready",
  draining: "draining",
  stopping: "stopping",
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

function workerOf(place: Place, slot: Slot, { clock, traffic }: Surveyed): WorkerStatus {
  const { run, pid } = slot;
  const load = traffic.loadOf(pid);
  return {
    ...processOf(place, slot),
    activeRequests: load?.active ?? run?.pulse.active ?? 0,
    requestCount: Math.max(load?.requests ?? 0, run?.pulse.requests ?? 0),
    streams: 0,
    app: run?.ready?.app ?? null,
    tunnels: countTunnels(traffic, pid),
    rssBytes: (pid !== undefined && usageOf(pid)?.rssBytes) || null,
    startedAt: run ? instantOf(run.spawnedAtMs, clock) : null,
    generation: GENERATION,
    limits: run?.ready?.limits ?? {},
  };
}

function countTunnels(traffic: Traffic, pid: number | undefined): number {
  const loads = [...traffic.stats.values()].flatMap(({ workers }) => workers);
  return loads.reduce((sum, load) => sum + (load.pid === pid ? (load.tunnels ?? 0) : 0), 0);
}

function countQueued({ stats }: Traffic): number {
  return [...stats.values()].reduce((sum, { queued }) => sum + queued, 0);
}

/** While its process is not there to stay: one that is ready has to serve for a while after a crash loop. */
function troubleOf({ trouble, current, successor, setup }: Place, clock: Clock): Trouble[] {
  if (!trouble || (trouble.slot !== current && trouble.slot !== successor)) return [];
  const { slot, error, rest } = trouble;
  const readyAtMs = slot.state === "ready" ? slot.run?.readyAtMs : undefined;
  const isOver =
    readyAtMs !== undefined && (!rest.isCrashLoop || clock.now() - readyAtMs >= setup.rests.goodRunMs);
  if (isOver) return [];
  const { quickDeaths: deaths, isCrashLoop, restMs: pauseMs } = rest;
  return [{ process: setup.name, deaths, isCrashLoop, pauseMs, error: error?.message ?? null }];
}

function instantOf(atMs: number, clock: Clock): string {
  return new Date(clock.wall() - (clock.now() - atMs)).toISOString();
}
