// The figures of the whole: what front ends have counted, and what the supervisor sees of itself, its processes and its groups.
// Looks, and changes nothing; what is made of what was seen is pure.

import type { MetricsTold } from "../../control/results.ts";
import type { LogsSeen, Status } from "../../control/status.ts";
import { REASONS, type Reason } from "../../core/reasons.ts";
import type { AppMetric } from "../../link/apps/app-metrics.ts";
import type { Sample } from "../../link/figures.ts";
import type { FrontStats } from "../../link/messages.ts";
import { renderMetrics } from "../../metrics/render-text.ts";
import type { Sums } from "../../metrics/sums.ts";
import { type Metric, metricRow } from "../../metrics/table.ts";
import { known, type OperatingSystem } from "../../os/operating-system.ts";
import { os } from "../../os/os.ts";
import type { Pulse } from "../child/run.ts";
import type { Site } from "../generations/site.ts";

/** One process as it was seen. */
export type SeenProcess = {
  role: "supervisor" | "front" | "worker" | "metrics";
  slot: number;
  pid: number;
  rssBytes: number | undefined;
  cpuMs: number | undefined;
  lagMs: number | undefined;
  heapBytes?: number | undefined;
};

export type WholeSeen = {
  status: Status;
  /** None in embedded mode: what only they know is told of nobody. */
  hasFronts: boolean;
  /** What each front end last said. */
  fronts: readonly FrontStats[];
  processes: readonly SeenProcess[];
  /** When gw has started, since 1970: read once, so that what is told of it does not move. */
  startedWallMs: number;
};

/** What is told to who asks. */
export type WholeTold = { samples: Sample[]; appMetrics: AppMetric[]; isReady: boolean; state: string };

export type Whole = {
  status: Status;
  site: Site;
  /** The supervisor's. */
  pid: number;
  /** When gw has started, since 1970. */
  startedWallMs: number;
  sums: Sums;
  logs: Pick<LogsSeen, "lost" | "lostAccess">;
};

export function tellWhole({ status, site, pid, startedWallMs, sums, logs }: Whole): WholeTold {
  sums.note(sums, [
    sample("gw_access_log_dropped_total", [], logs.lostAccess),
    sample("gw_log_dropped_total", [], logs.lost),
  ]);
  for (const { pools } of site.hasBegun ? site.generations : [])
    for (const pool of pools) pool.noteOwnCounts();
  const seen = lookAround(status, site, { pid, startedWallMs });
  const { state } = status;
  const { metrics: appMetrics, leftOut } = sums.apps.read();
  const own = [...sums.samples, ...figuresOf(seen), sample("gw_app_series_left_out", [], leftOut)];
  return { samples: own, appMetrics, isReady: state === "serving", state };
}

/** For `gw metrics`. */
export function tellMetrics({ samples, appMetrics }: Pick<WholeTold, "samples" | "appMetrics">): MetricsTold {
  const byName = (names: readonly string[], labels: readonly string[]) =>
    Object.fromEntries(names.map((name, at) => [name, labels[at] ?? ""]));
  const own = samples.map(({ metric, labels, value }) => {
    return { metric, labels: byName(metricRow(metric)?.labels ?? [], labels), value };
  });
  const ofApps = appMetrics.flatMap(({ name, labels: names, bounds, series }) =>
    series.map(({ labels, value }) => {
      const told = { metric: name, labels: byName(names, labels), value };
      return bounds ? { ...told, bounds } : told;
    }),
  );
  return { text: renderMetrics(samples, "prometheus", appMetrics), samples: [...own, ...ofApps] };
}

function lookAround(
  status: Status,
  site: Site,
  { pid, startedWallMs }: Pick<Whole, "pid" | "startedWallMs">,
): WholeSeen {
  return {
    status,
    hasFronts: !site.hasBegun || site.tenure.fronts.traffic.hasFronts,
    fronts: site.fronts.flatMap(({ traffic }) => [...traffic.stats.values()]),
    processes: seeProcesses(site, pid),
    startedWallMs,
  };
}

/** Every process that runs, the supervisor first, whose `pid` is given. */
export function seeProcesses(
  site: Site,
  pid: number,
  system: Pick<OperatingSystem, "usageOf"> = os,
): SeenProcess[] {
  const see = (role: SeenProcess["role"], slot: number, process: number, pulse?: Pulse): SeenProcess => {
    const usage = known(system.usageOf(process));
    const { rssBytes, cpuMs } = usage ?? {};
    return { role, slot, pid: process, rssBytes, cpuMs, lagMs: pulse?.lagMs, heapBytes: pulse?.heapBytes };
  };
  const fronts = site.fronts.flatMap(({ crew }) => crew.places);
  const workers = site.generations.flatMap(({ places }) => places);
  return [
    see("supervisor", 0, pid),
    ...[["front", fronts] as const, ["worker", workers] as const].flatMap(([role, places]) =>
      places.flatMap(({ number, slots }) =>
        slots.flatMap((slot) => (slot.pid === undefined ? [] : see(role, number, slot.pid, slot.run?.pulse))),
      ),
    ),
  ];
}

/** What the supervisor knows; with what the front ends have counted it is all that there is. */
export function figuresOf(seen: WholeSeen): Sample[] {
  return [...ofWhole(seen), ...ofGroups(seen), ...ofProcesses(seen.processes)];
}

const sample = (metric: Metric, labels: string[], value: number): Sample => ({ metric, labels, value });

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);

function ofWhole({ status, hasFronts, fronts, startedWallMs }: WholeSeen): Sample[] {
  const { restarts, certificates, generation, version } = status;
  // Without front ends, as the workers say.
  const ofWorkers = sum(status.groups.flatMap(({ workers }) => workers.map((one) => one.activeRequests)));
  // Those of nothing too: a rate begins with the first that happens only where there was a figure before.
  const ends = Object.keys(REASONS).map((reason) => [reason, restarts[reason as Reason] ?? 0] as const);
  return [
    sample(
      "http_server_active_requests",
      [],
      hasFronts ? sum(fronts.map(({ active }) => active)) : ofWorkers,
    ),
    ...(hasFronts
      ? [sample("gw_connections", [], sum(fronts.map(({ connections = 0 }) => connections)))]
      : []),
    ...ends.map(([reason, count]) => sample("gw_process_restarts_total", [reason], count)),
    sample("gw_generation", [], generation),
    ...ofTrial(status),
    ...certificates.map(({ file, expiresAt }) =>
      sample("gw_certificate_expiry_timestamp_seconds", [file], Date.parse(expiresAt) / 1000),
    ),
    sample("gw_start_time_seconds", [], Math.round(startedWallMs / 1000)),
    sample("gw_info", [version], 1),
  ];
}

/** Both sides beside each other, while a generation is tried out. */
function ofTrial({ trial }: Status): Sample[] {
  if (!trial) return [];
  const sides = [["old", trial.old] as const, ["new", trial.new] as const];
  return sides.flatMap(([side, { requests, failed, headMs }]) => [
    sample("gw_trial_requests", [side], requests),
    sample("gw_trial_failed_requests", [side], failed),
    ...(headMs === null ? [] : [sample("gw_trial_head_seconds", [side], headMs / 1000)]),
  ]);
}

function ofGroups({ status, hasFronts, fronts }: WholeSeen): Sample[] {
  return status.groups.flatMap(({ name, kind, queueLength, workers }) => {
    const states = Map.groupBy(workers, ({ state }) => state);
    const counts = [...states].map(([state, some]) => sample("gw_workers", [name, state], some.length));
    if (kind !== "app" || !hasFronts) return counts;
    const ready = states.get("ready") ?? [];
    const slots = sum(ready.map(({ concurrency }) => concurrency));
    const told = fronts.flatMap(({ groups }) => groups.filter((group) => group.name === name));
    const busy = sum(told.map((group) => group.busy ?? 0));
    const oldestMs = Math.max(0, ...told.map((group) => group.oldestMs ?? 0));
    return [
      sample("gw_queue_requests", [name], queueLength),
      sample("gw_queue_oldest_seconds", [name], oldestMs / 1000),
      sample("gw_tunnels", [name], sum(workers.map(({ tunnels }) => tunnels))),
      sample("gw_worker_slots", [name], slots),
      ...ready.map(({ slot, concurrency }) =>
        sample("gw_worker_concurrency", [name, String(slot)], concurrency),
      ),
      sample("gw_worker_utilization", [name], slots > 0 ? busy / slots : 0),
      ...counts,
    ];
  });
}

/** During a replacement two processes have one slot: their memory and time add up, and the worse lag counts. */
function ofProcesses(processes: readonly SeenProcess[]): Sample[] {
  const places = Map.groupBy(processes, ({ role, slot }) => `${role} ${slot}`);
  return [...places.values()].flatMap((some) => {
    const [{ role, slot }] = some as [SeenProcess];
    const labels = [role, String(slot)];
    const told = (field: "rssBytes" | "cpuMs" | "lagMs" | "heapBytes") =>
      some.flatMap((one) => one[field] ?? []);
    const [rss, cpu, lag, heap] = [told("rssBytes"), told("cpuMs"), told("lagMs"), told("heapBytes")];
    return [
      ...(rss.length > 0 ? [sample("gw_process_resident_memory_bytes", labels, sum(rss))] : []),
      ...(heap.length > 0 ? [sample("gw_process_heap_bytes", labels, sum(heap))] : []),
      ...(cpu.length > 0 ? [sample("gw_process_cpu_seconds_total", labels, sum(cpu) / 1000)] : []),
      ...(lag.length > 0 ? [sample("gw_event_loop_lag_seconds", labels, Math.max(...lag) / 1000)] : []),
    ];
  });
}
