// The groups of workers in `gw status`: what each is about, its workers, its limits. One app alone has no head. Pure.
import type { FrontStatus, GroupState, GroupStatus, Status, WorkerStatus } from "../../control/status.ts";
import type { Paint } from "../terminal/output.ts";
import { type Cell, length, table, toneOf } from "./control-table.ts";

/** `nowMs` is wall time, for ages. */
export function describeGroups(status: Status, paint: Paint, nowMs: number): string[] {
  const { groups } = status;
  const isSingle = groups.length === 1;
  return groups.flatMap((group) => [
    "",
    ...(isSingle && isPlain(group) ? [] : [describeHead(group, status, paint, nowMs)]),
    ...(isSingle ? [] : describeApps(group)),
    ...(group.workers.length > 0 ? workerTable(group, paint, nowMs) : []),
    ...describeSticky(group),
    ...describeDrained(group),
    ...describePoisons(group, nowMs),
  ]);
}

/** One app at the root of any host, with so many workers as were asked for: the rest of the page says it all. */
function isPlain({ kind, state, mount, hosts, processes }: GroupStatus): boolean {
  const isUsual = kind === "app" && mount === "/" && hosts.length === 0 && processes.min === processes.max;
  return isUsual && !SPOKEN_OF.has(state);
}

/** Also where there is only one group. */
const SPOKEN_OF: ReadonlySet<GroupState> = new Set(["paused", "asleep", "files"]);

function describeHead(group: GroupStatus, { fronts }: Status, paint: Paint, nowMs: number): string {
  const { name, kind, state, mount, hosts, processes, pausedUntil, queueLength } = group;
  const { min, max, wanted } = processes;
  const place = mount === null ? "routes only" : mount;
  const range = min === max ? "" : ` of ${min}..${max}`;
  const parts = [
    toneOf(state, paint)(state) +
      (pausedUntil === null ? "" : `, for ${length(Date.parse(pausedUntil) - nowMs)} at most`),
    ...(kind === "app" ? [hosts.length > 0 ? `${place} on ${hosts.join(" ")}` : place] : []),
    `${wanted} ${MEMBERS[kind][wanted === 1 ? 0 : 1]}${range}`,
    ...(kind === "app" && fronts.length > 0
      ? [queueLength > 0 ? `${queueLength} waiting` : "queue empty"]
      : []),
  ];
  return `${kind === "app" ? "group " : ""}${paint.strong(name)}: ${parts.join("; ")}`;
}

/** The file that all of these workers run; nothing while none has told of one, or when they differ. */
export function commonApp(workers: readonly WorkerStatus[]): string | undefined {
  const apps = new Set(workers.flatMap(({ app }) => app ?? []));
  return apps.size === 1 ? [...apps][0] : undefined;
}

function describeApps({ workers }: GroupStatus): string[] {
  const app = commonApp(workers);
  return app === undefined ? [] : [`runs ${app}`];
}

function describeDrained({ drained }: GroupStatus): string[] {
  const [first, ...more] = drained;
  if (first === undefined) return [];
  const places = more.length > 0 ? `places ${drained.join(", ")} stay` : `place ${first} stays`;
  return [`drained: ${places} empty until gw restart --worker ${more.length > 0 ? "N" : first}, or a reload`];
}

function describeSticky({ sticky }: GroupStatus): string[] {
  if (!sticky) return [];
  const full = sticky.overflow === "wait" ? "wait for it" : "move to another one";
  return [`sticky: by ${sticky.by}; clients of a full worker ${full}`];
}

function describePoisons({ poisons }: GroupStatus, nowMs: number): string[] {
  return poisons.map(({ method, path, deaths, until }) => {
    const forMs = Math.max(0, Date.parse(until) - nowMs);
    return `refused for ${length(forMs)}: ${method} ${path}, alone on ${deaths} workers when they died`;
  });
}

/** What a process of such a group is. */
const MEMBERS: Readonly<Record<GroupStatus["kind"], readonly [one: string, several: string]>> = {
  app: ["worker", "workers"],
  service: ["process", "processes"],
  auth: ["auth process", "auth processes"],
};
/** What the numbers in front are the places of, and what they have had to do. */
const COUNTED: Readonly<Record<GroupStatus["kind"], readonly string[]>> = {
  app: ["active", "requests"],
  service: [],
  auth: ["asked", "questions"],
};
const PLACED: Readonly<Record<GroupStatus["kind"], string>> = {
  app: "worker",
  service: "process",
  auth: "auth",
};

/** A column that would say the same on each line is left out. */
function workerTable(group: GroupStatus, paint: Paint, nowMs: number): string[] {
  const { workers, kind } = group;
  const hasGenerations = new Set(workers.map(({ generation }) => generation)).size > 1;
  const hasApps = new Set(workers.flatMap(({ app }) => app ?? [])).size > 1;
  const own = [PLACED[kind], "pid", "state", ...COUNTED[kind], "memory", "age"];
  const head = [...own, ...(hasGenerations ? ["generation"] : []), ...(hasApps ? ["runs"] : [])];
  const rows = workers.map((worker) => [
    ...workerRow(worker, group, nowMs),
    ...(hasGenerations ? [String(worker.generation)] : []),
    ...(hasApps ? [worker.app ?? "-"] : []),
  ]);
  return table(head, rows, paint);
}

const MEBIBYTE = 2 ** 20;

function workerRow(worker: WorkerStatus, { kind, concurrency }: GroupStatus, nowMs: number): Cell[] {
  const { slot, pid, state, activeRequests, requestCount, rssBytes, startedAt, tunnels, isStalled } = worker;
  const most = concurrency.min < concurrency.max ? ` of ${worker.concurrency}` : "";
  const parts = partsOf(worker).join(", ");
  const sockets = tunnels > 0 ? ` + ${tunnels} ws` : "";
  return [
    String(slot),
    pid === null ? "-" : String(pid),
    { state },
    ...(kind === "service"
      ? []
      : [
          `${activeRequests}${most}${parts && ` (${parts})`}${sockets}${isStalled ? ", computes" : ""}`,
          String(requestCount),
        ]),
    rssBytes === null ? "-" : `${Math.round(rssBytes / MEBIBYTE)} MB`,
    startedAt === null ? "-" : length(nowMs - Date.parse(startedAt)),
  ];
}

/** What those of its active requests wait for that do not wait for the app. */
function partsOf({ streams, receiving, heldUp }: WorkerStatus): string[] {
  return [
    ...(receiving > 0 ? [`${receiving} receiving`] : []),
    ...(streams > 0 ? [`${streams} streaming`] : []),
    ...(heldUp > 0 ? [`${heldUp} held up`] : []),
  ];
}

/** Once for each text; those of one configuration have the same. */
export function describeFrontLimits(fronts: readonly FrontStatus[]): string[] {
  const texts = new Set(fronts.map(({ limits }) => limitsText(limits)).filter(Boolean));
  return [...texts].map((text) => `limits of each front end: ${text}`);
}

/** Usually all workers have the same, or all of a group; said once then. */
export function describeLimits(groups: readonly GroupStatus[]): string[] {
  const texts = groups.flatMap(({ name, workers }) =>
    workers.flatMap(({ slot, limits }) => {
      const text = limitsText(limits);
      return text ? [{ name, slot, text }] : [];
    }),
  );
  const kinds = (some: typeof texts) => new Set(some.map(({ text }) => text)).size;
  const isOfAll = groups.every(
    ({ name, workers }) => workers.length === 0 || texts.some((text) => text.name === name),
  );
  if (kinds(texts) === 1 && isOfAll) return [`limits: ${texts[0]?.text ?? ""}`];
  return groups.flatMap(({ name, kind }) => {
    const own = texts.filter((text) => text.name === name);
    if (kinds(own) === 1) return [`limits of ${name}: ${own[0]?.text ?? ""}`];
    return own.map(({ slot, text }) => `limits of ${MEMBERS[kind][0]} ${slot}: ${text}`);
  });
}

function limitsText(limits: WorkerStatus["limits"]): string {
  return Object.entries(limits)
    .filter(([, value]) => value !== "unlimited" && value !== "")
    .map(([name, value]) => `${name} ${readable(name, value)}`)
    .join(", ");
}

function readable(name: string, value: number | string): string {
  if (typeof value !== "number") return value;
  if (name === "cpu") return `${value}s`;
  const isSize = name === "stack" || name === "data" || name === "addressSpace";
  return isSize && value >= MEBIBYTE ? `${Math.round(value / MEBIBYTE)}M` : String(value);
}
