// The workers: as a map, where many are seen at once, and as a table. Pure.

import type { Picture, ProcessUsage } from "../../../control/picture.ts";
import type { EndRecord } from "../../../control/records.ts";
import type { GroupStatus, WorkerStatus } from "../../../control/status.ts";
import { drawBar } from "./graphs.ts";
import { html, type Markup, type MarkupPart } from "./markup.ts";
import { queryOf, SORTS, type Sort, type View } from "./view.ts";
import { age, ago, amount, bytes, counted, percent } from "./words.ts";

/** More rows than anybody reads; whoever looks for one filters. */
const MOST_ROWS = 250;

/** A worker with all that is known of it. */
export type ShownWorker = WorkerStatus & {
  group: string;
  kind: GroupStatus["kind"];
  usage: ProcessUsage | undefined;
  ageMs: number;
  /** How the process before it in its place ended; undefined where nothing is remembered of one. */
  lastEnd: EndRecord | undefined;
};

export function workersOf({ status, usages, records, atMs }: Picture): ShownWorker[] {
  const usageOf = new Map(usages.map((usage) => [usage.pid, usage]));
  const ends = records.ends.filter(({ role }) => role === "worker" || role === "auth");
  const endOf = new Map(ends.map((end) => [end.slot, end]));
  return status.groups.flatMap(({ name, kind, workers }) =>
    workers.map((worker) => ({
      ...worker,
      group: name,
      kind,
      usage: worker.pid === null ? undefined : usageOf.get(worker.pid),
      ageMs: worker.startedAt === null ? 0 : atMs - Date.parse(worker.startedAt),
      lastEnd: endOf.get(worker.slot),
    })),
  );
}

export function renderWorkers(picture: Picture, view: View): Markup {
  const all = workersOf(picture);
  const found = all.filter((worker) => matches(worker, view.filter)).toSorted(orderBy(view.sort));
  const rows = found.slice(0, MOST_ROWS);
  const hasGroups = picture.status.groups.length > 1;
  const ready = all.filter(({ state }) => state === "ready").length;
  return html`<h2 id="workers">Workers <span class="count">${ready} of ${all.length} ready</span></h2>
${all.length > 8 && renderMap(found)}
<div class="scroll tall" id="scroll-workers" role="region" aria-labelledby="workers" tabindex="0"><table class="workers">
<thead><tr>${SORTS.map((sort) => renderHead(sort, view, hasGroups))}<th scope="col" class="lesser">Last restart</th></tr></thead>
<tbody>${rows.length > 0 ? rows.map((worker) => renderRow(worker, hasGroups, picture.atMs)) : html`<tr><td colspan="10">${all.length > 0 ? "No worker matches" : "There is no worker"}</td></tr>`}</tbody></table></div>
${found.length > rows.length && html`<p class="note">${counted(found.length - rows.length, "further worker")}: filter to see them.</p>`}
`;
}

const HEADS: Readonly<Record<Sort, string>> = {
  worker: "Worker",
  state: "State",
  busy: "Requests now",
  served: "Served",
  cpu: "CPU",
  memory: "Memory",
  lag: "Loop lag",
  age: "Age",
};

/** Columns of which a phone has no room for all. */
const LESSER: ReadonlySet<Sort> = new Set(["served", "lag", "age"]);

function renderHead(sort: Sort, view: View, hasGroups: boolean): Markup {
  const isSorted = view.sort === sort;
  const direction = sort === "worker" || sort === "state" ? "ascending" : "descending";
  return html`<th scope="col"${LESSER.has(sort) && html` class="lesser"`}${isSorted && html` aria-sort="${direction}"`}><a href="${queryOf(view, { sort })}#workers">${HEADS[sort]}</a></th>${sort === "worker" && hasGroups && html`<th scope="col">Group</th>`}`;
}

type RowOrder = (a: ShownWorker, b: ShownWorker) => number;

/** What is largest comes first, for that is what is looked for. */
const ORDERS: Readonly<Record<Sort, RowOrder>> = {
  worker: () => 0,
  state: (a, b) =>
    Number(a.state === "ready") - Number(b.state === "ready") || a.state.localeCompare(b.state),
  busy: (a, b) => b.activeRequests - a.activeRequests,
  served: (a, b) => b.requestCount - a.requestCount,
  cpu: (a, b) => (b.usage?.cpu ?? -1) - (a.usage?.cpu ?? -1),
  memory: (a, b) => (b.rssBytes ?? -1) - (a.rssBytes ?? -1),
  lag: (a, b) => (b.usage?.lagMs ?? -1) - (a.usage?.lagMs ?? -1),
  age: (a, b) => b.ageMs - a.ageMs,
};

const orderBy =
  (sort: Sort): RowOrder =>
  (a, b) =>
    ORDERS[sort](a, b) || a.slot - b.slot;

function matches({ slot, group, state, pid, app, generation }: ShownWorker, filter: string): boolean {
  if (filter === "") return true;
  const texts = [`worker ${slot}`, group, state, String(pid ?? ""), app ?? "", `generation ${generation}`];
  return texts.some((text) => text.toLowerCase().includes(filter));
}

/** The table says the same: for the eye and the mouse only. */
function renderMap(workers: readonly ShownWorker[]): Markup {
  return html`<div class="map" aria-hidden="true">${workers.map(
    (worker) =>
      html`<a tabindex="-1" class="cell cell-${toneOf(worker)} fill-${Math.ceil(Math.min(1, usedOf(worker)) * 10)}" href="?worker=${worker.slot}" title="worker ${worker.slot}: ${worker.isStalled ? "stalled" : worker.state}, ${placesOf(worker)}">${worker.slot}</a>`,
  )}</div>`;
}

const usedOf = ({ activeRequests, concurrency }: ShownWorker) =>
  concurrency > 0 ? activeRequests / concurrency : 0;

const placesOf = ({ activeRequests, concurrency }: ShownWorker) =>
  concurrency > 0 ? `${amount(activeRequests)} / ${amount(concurrency)}` : amount(activeRequests);

function toneOf({ state, isStalled }: Pick<ShownWorker, "state" | "isStalled">): string {
  if (isStalled || state === "crash loop") return "bad";
  return state === "ready" ? "good" : "warn";
}

function renderRow(worker: ShownWorker, hasGroups: boolean, nowMs: number): Markup {
  const { slot, pid, group, kind, requestCount, rssBytes, usage, ageMs, generation, tunnels, lastEnd } =
    worker;
  const lag = usage?.lagMs ?? null;
  return html`<tr><th scope="row"><a href="?worker=${slot}">worker ${slot}</a>${pid !== null && html` <span class="sub">pid ${pid}</span>`}</th>
${hasGroups && html`<td>${group}${kind !== "app" && html` <span class="sub">${kind}</span>`}</td>`}
<td>${renderState(worker)} <span class="sub">gen ${generation}</span></td>
<td class="busy">${kind === "app" ? [drawBar(usedOf(worker)), " ", placesOf(worker)] : "–"}${tunnels > 0 && html` <span class="sub">${counted(tunnels, "WebSocket")}</span>`}</td>
<td class="lesser">${amount(requestCount)}</td>
<td>${known(usage?.cpu, percent)}</td>
<td>${known(rssBytes, bytes)}</td>
<td class="lesser${lag !== null && lag >= 100 && " bad"}">${known(lag, age)}</td>
<td class="lesser">${ageMs > 0 ? age(ageMs) : "–"}</td>
<td class="lesser">${lastEnd ? html`<code>${lastEnd.reason}</code> <span class="sub">${ago(Date.parse(lastEnd.at), nowMs)}</span>` : "–"}</td></tr>
`;
}

export const known = <T>(value: T | null | undefined, print: (value: T) => MarkupPart): MarkupPart =>
  value === null || value === undefined ? "–" : print(value);

/** The word says what the colour says. */
export function renderState(worker: Pick<ShownWorker, "state" | "isStalled">): Markup {
  return html`<span class="state state-${toneOf(worker)}">${worker.isStalled ? "stalled" : worker.state}</span>`;
}
