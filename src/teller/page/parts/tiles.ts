// The four tiles at the top: capacity, queue, requests and latency, now and in the last ten minutes; and the same in numbers. Pure.

import type { HistoryPoint, Picture } from "../../../control/picture.ts";
import { drawGraph, type Graph } from "./graphs.ts";
import { html, type Markup, type MarkupPart } from "./markup.ts";
import { age, amount, clockTime, counted, percent } from "./words.ts";

/** As many points as ten minutes have. */
const WIDTH = 120;

type Tile = {
  title: string;
  now: MarkupPart;
  context: MarkupPart;
  /** The most of the ten minutes. */
  peak: string;
  tone?: "warn" | "bad" | undefined;
  graph: Omit<Graph, "width">;
};

export function renderTiles(picture: Picture): Markup {
  const tiles = [capacityTile, queueTile, requestsTile, latencyTile].map((make) => make(picture));
  return html`<h2 class="unseen">Now, and in the last ten minutes</h2><div class="tiles">${tiles.map(renderTile)}</div>
${renderMinutes(picture.history.points)}`;
}

function renderTile({ title, now, context, peak, tone, graph }: Tile): Markup {
  return html`<div class="tile${tone && ` is-${tone}`}">
<h3>${title}</h3>
<p class="now">${now}</p>
<p class="context">${context}</p>
${drawGraph({ ...graph, width: WIDTH })}
<p class="axis" aria-hidden="true"><span>10 min ago</span><span>${peak}</span><span>now</span></p>
</div>`;
}

const unit = (text: string) => html`<span class="unit">${text}</span>`;
const most = (points: readonly HistoryPoint[], read: (point: HistoryPoint) => number | null) =>
  Math.max(0, ...points.map((point) => read(point) ?? 0));

/** In embedded mode clients come to the workers themselves. */
function unknownTile(title: string, context: string): Tile {
  const label = `${title}: not known in embedded mode`;
  return { title, now: "–", context, peak: "", graph: { label, series: [], atLeast: 1 } };
}

function toneAbove(value: number, warn: number, bad: number): Tile["tone"] {
  return value >= bad ? "bad" : value >= warn ? "warn" : undefined;
}

function capacityTile({ hasFronts, loads, history: { points } }: Picture): Tile {
  const [busy, slots] = [
    loads.reduce((sum, one) => sum + one.busy, 0),
    loads.reduce((sum, one) => sum + one.slots, 0),
  ];
  if (!hasFronts)
    return unknownTile("Capacity used", `${amount(busy)} under way; in embedded mode nobody bounds them`);
  const used = Math.max(0, ...loads.map((load) => (load.slots > 0 ? load.busy / load.slots : 0)));
  const peak = most(points, ({ capacity }) => capacity);
  const ofWhich = loads.length > 1 ? ", of the fullest group" : "";
  return {
    title: "Capacity used",
    now: [Math.round(used * 100), unit("%")],
    context: html`${amount(busy)} of ${counted(slots, "place")} taken${ofWhich}`,
    peak: `peak ${percent(peak)}`,
    tone: toneAbove(used, 0.8, 0.95),
    graph: {
      label: `Capacity used in the last ten minutes: now ${percent(used)}, at most ${percent(peak)}`,
      series: [points.map(({ capacity }) => capacity)],
      atLeast: 1,
    },
  };
}

function queueTile({ hasFronts, status, loads, history: { points } }: Picture): Tile {
  if (!hasFronts) return unknownTile("In the queue", "in embedded mode clients wait in the kernel's queue");
  const queued = status.groups.reduce((sum, { queueLength }) => sum + queueLength, 0);
  const oldestMs = Math.max(0, ...loads.map((load) => load.oldestMs));
  const peak = most(points, (point) => point.queued);
  const longest = most(points, (point) => point.oldestMs);
  return {
    title: "In the queue",
    now: amount(queued),
    context:
      queued > 0
        ? `the first for ${age(oldestMs)}`
        : longest > 0
          ? `longest wait ${age(longest)}`
          : "nobody has had to wait",
    peak: `peak ${amount(peak)}`,
    tone: toneAbove(oldestMs, 1_000, 5_000),
    graph: {
      label: `Requests in the queue in the last ten minutes: now ${queued}, at most ${peak}, the longest wait ${age(longest)}`,
      series: [points.map((point) => point.queued)],
      atLeast: 4,
    },
  };
}

function requestsTile({ hasFronts, history: { points } }: Picture): Tile {
  const { requests = 0, errors } = points.at(-1) ?? {};
  const failed = errors ?? 0;
  const peak = most(points, (point) => point.requests);
  const share = requests > 0 ? failed / requests : 0;
  return {
    title: "Requests",
    now: [amount(requests), unit("/ s")],
    context:
      failed > 0
        ? html`<span class="bad">${amount(failed)} / s answered with 5xx</span>`
        : hasFronts
          ? "none answered with 5xx"
          : "begun; in embedded mode nobody knows their statuses",
    peak: `peak ${amount(peak)} / s`,
    tone: failed > 0 ? toneAbove(share, 0.01, 0.1) : undefined,
    graph: {
      label: `Requests a second in the last ten minutes: now ${amount(requests)}, at most ${amount(peak)}${hasFronts ? `; with errors of the server now ${amount(failed)}` : ""}`,
      series: [points.map((point) => point.requests), points.map((point) => point.errors)],
      atLeast: 1,
    },
  };
}

function latencyTile({ hasFronts, history: { points } }: Picture): Tile {
  const last = points.findLast(({ latency }) => latency)?.latency;
  const peak = most(points, ({ latency }) => latency?.p99 ?? 0);
  return {
    title: "Latency",
    now: last ? [latencyFigure(last.p50), unit("median")] : "–",
    context: last
      ? html`<span class="key key-2">p95 ${age(last.p95)}</span> <span class="key key-3">p99 ${age(last.p99)}</span>`
      : hasFronts
        ? "no request has ended yet"
        : "in embedded mode nobody measures it",
    peak: last ? `p99 up to ${age(peak)}` : "",
    graph: {
      label: last
        ? `Latency in the last ten minutes: median ${age(last.p50)}, p95 ${age(last.p95)}, p99 ${age(last.p99)} at last; p99 at most ${age(peak)}`
        : "Latency: nothing was measured yet",
      series: (["p50", "p95", "p99"] as const).map((part) =>
        points.map(({ latency }) => latency?.[part] ?? null),
      ),
      atLeast: 10,
      isLogarithmic: true,
    },
  };
}

const latencyFigure = (ms: number) => (ms < 10 ? `${ms.toFixed(1)} ms` : age(ms));

/** For who reads figures, or cannot see graphs: a row for each minute. */
function renderMinutes(points: readonly HistoryPoint[]): Markup {
  const minutes = Map.groupBy(points, ({ atMs }) => Math.floor(atMs / 60_000));
  const rows = [...minutes].toReversed().map(([minute, own]) => renderMinute(minute * 60_000, own));
  return html`<details class="minutes" data-keep="minutes"><summary>The last ten minutes in numbers</summary>
<div class="scroll" role="region" aria-label="The last ten minutes in numbers" tabindex="0"><table>
<thead><tr><th scope="col">From</th><th scope="col">Capacity, most</th><th scope="col">Queue, most</th><th scope="col">Longest wait</th><th scope="col">Requests / s</th><th scope="col">5xx / s</th><th scope="col">p50</th><th scope="col">p95</th><th scope="col">p99</th></tr></thead>
<tbody>${rows.length > 0 ? rows : html`<tr><td colspan="9">The first figures come after ten seconds.</td></tr>`}</tbody></table></div></details>`;
}

function renderMinute(fromMs: number, points: readonly HistoryPoint[]): Markup {
  /** A dash for what nobody knows. */
  const told = (
    read: (point: HistoryPoint) => number | null | undefined,
    sumUp: (values: readonly number[]) => number,
    write: (value: number) => string,
  ) => {
    const values = points.flatMap((point) => read(point) ?? []);
    return html`<td>${values.length > 0 ? write(sumUp(values)) : "–"}</td>`;
  };
  const worst = (values: readonly number[]) => Math.max(...values);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const cells = [
    told(({ capacity }) => capacity, worst, percent),
    told(({ queued }) => queued, worst, amount),
    told(({ oldestMs }) => oldestMs, worst, age),
    told(({ requests }) => requests, mean, amount),
    told(({ errors }) => errors, mean, amount),
    ...(["p50", "p95", "p99"] as const).map((part) => told(({ latency }) => latency?.[part], worst, age)),
  ];
  return html`<tr><th scope="row">${clockTime(fromMs).slice(0, 5)}</th>${cells}</tr>
`;
}
