// The two lists of `gw top`, workers and requests: what stands in each row, in which order, and which of them are wanted. Pure.
import type { ActiveRequest } from "../../control/records.ts";
import type { GroupStatus, Status, WorkerStatus } from "../../control/status.ts";
import { type Cell, length } from "../control/control-table.ts";
import { time } from "../control/why-ends.ts";
import { placeOf, type TopRates } from "./top-figures.ts";

export type WorkerRow = WorkerStatus & { group: string; kind: GroupStatus["kind"] };

/** How a list can be ordered: by the value of which column; what is most comes first. */
type ListOrder<Row> = { name: string; column: number; of(row: Row, rates: TopRates): number | string };

export const WORKER_ORDERS: readonly ListOrder<WorkerRow>[] = [
  { name: "place", column: 0, of: ({ slot }) => slot },
  { name: "active", column: 3, of: ({ activeRequests }) => -activeRequests },
  { name: "req/s", column: 4, of: ({ pid }, { workers }) => -(workers.get(pid ?? 0) ?? 0) },
  { name: "cpu", column: 5, of: ({ slot }, { cpu }) => -(cpu.get(placeOf("worker", slot)) ?? 0) },
  { name: "memory", column: 6, of: ({ rssBytes }) => -(rssBytes ?? 0) },
  { name: "lag", column: 7, of: ({ slot }, { lagMs }) => -(lagMs.get(placeOf("worker", slot)) ?? 0) },
  { name: "age", column: 8, of: ({ startedAt }) => startedAt ?? "" },
];

export const REQUEST_ORDERS: readonly ListOrder<ActiveRequest>[] = [
  { name: "age", column: 0, of: ({ ageMs }) => -ageMs },
  { name: "path", column: 3, of: ({ path }) => path },
  { name: "worker", column: 2, of: ({ worker }) => worker },
  { name: "client", column: 4, of: ({ client }) => client },
  { name: "phase", column: 1, of: ({ phase }) => phase },
];

export const workerRowsOf = ({ groups }: Status): WorkerRow[] =>
  groups.flatMap(({ name: group, kind, workers }) => workers.map((worker) => ({ ...worker, group, kind })));

export const keyOfWorker = ({ slot, pid }: WorkerRow) => `${slot} ${pid}`;

type ListWish<Row> = {
  order: ListOrder<Row> | undefined;
  isReversed: boolean;
  filter: string;
  rates: TopRates;
};

/** Those that the filter is a part of, in that order. */
export function choose<Row>(
  rows: readonly Row[],
  textOf: (row: Row) => string,
  { order, isReversed, filter, rates }: ListWish<Row>,
): Row[] {
  const wanted = filter.toLowerCase();
  const found = rows.filter((row) => textOf(row).toLowerCase().includes(wanted));
  if (!order) return found;
  const sorted = found.toSorted((a, b) => compare(order.of(a, rates), order.of(b, rates)));
  return isReversed ? sorted.toReversed() : sorted;
}

function compare(a: number | string, b: number | string): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b));
}

export const textOfWorker = ({ slot, pid, state, group, kind }: WorkerRow) =>
  `${kind === "app" ? "worker" : kind} ${slot} ${pid} ${state} ${group}`;

export const textOfRequest = ({ id, method, path, client, group, phase, worker }: ActiveRequest) =>
  `${method} ${path} ${client} ${id} ${group} ${phase} worker ${worker}`;

const MEBIBYTE = 2 ** 20;

export const WORKER_COLUMNS = ["", "pid", "state", "active", "req/s", "cpu", "mem", "lag", "age", "group"];

export function workerCells(row: WorkerRow, { cpu, lagMs, workers }: TopRates, nowMs: number): Cell[] {
  const { slot, pid, state, kind, activeRequests, tunnels, isStalled, rssBytes, startedAt, group } = row;
  const place = placeOf("worker", slot);
  const [busy, lag] = [cpu.get(place), lagMs.get(place)];
  return [
    kind === "app" ? `worker ${slot}` : kind === "auth" ? `auth ${slot}` : `service ${slot}`,
    pid === null ? "-" : String(pid),
    { state: isStalled ? "computes" : state },
    `${activeRequests}${tunnels > 0 ? `+${tunnels}ws` : ""}`,
    (workers.get(pid ?? 0) ?? 0).toFixed(1),
    busy === undefined ? "-" : `${Math.round(100 * busy)}%`,
    rssBytes === null ? "-" : `${Math.round(rssBytes / MEBIBYTE)}M`,
    lag === undefined ? "-" : `${Math.round(lag)}ms`,
    startedAt === null ? "-" : length(nowMs - Date.parse(startedAt)),
    group,
  ];
}

export const REQUEST_COLUMNS = ["age", "phase", "worker", "request", "client", "id"];

export function requestCells({ ageMs, phase, worker, method, path, client, id }: ActiveRequest): Cell[] {
  return [time(ageMs), phase, worker > 0 ? String(worker) : "-", `${method} ${path}`, client, id];
}
