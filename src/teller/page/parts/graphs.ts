// Small graphs of the last ten minutes, as SVG: drawn by the server, described in words for who does not see them. Pure.

import { html, type Markup } from "./markup.ts";

export type Graph = {
  /** Names what is drawn, and how it was: the whole graph for a screen reader. */
  label: string;
  /** The oldest first; null where nothing is known. The first one is filled, the others are lines. */
  series: readonly (readonly (number | null)[])[];
  /** Top of the graph; larger values of a series raise it. */
  atLeast: number;
  /** How many points the whole width is for. */
  width: number;
  /** Large values leave small ones visible. */
  isLogarithmic?: boolean;
};

const WIDTH = 300;
const HEIGHT = 64;

export function drawGraph(graph: Graph): Markup {
  const { label, series, width } = graph;
  const scale = scaleOf(graph);
  const points = series.map((values) =>
    values.map((value, at) =>
      value === null ? null : { x: xOf(at, values.length, width), y: HEIGHT - scale(value) * (HEIGHT - 2) },
    ),
  );
  return html`<svg class="graph" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}"><path class="grid" d="M0 1H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT - 0.5}H${WIDTH}"/>${points.map(
    (own, at) => [
      at === 0 && html`<path class="area" d="${pathOf(own, true)}"/>`,
      html`<path class="line line-${at + 1}" d="${pathOf(own, false)}"/>`,
    ],
  )}</svg>`;
}

function scaleOf({ series, atLeast, isLogarithmic }: Graph): (value: number) => number {
  const top = Math.max(atLeast, ...series.flat().map((value) => value ?? 0));
  if (!isLogarithmic) return (value) => value / top;
  return (value) => Math.log1p(value) / Math.log1p(top);
}

/** The newest point is at the right edge; a gw that has just been started leaves the left side empty. */
const xOf = (at: number, length: number, width: number) =>
  WIDTH - ((length - 1 - at) * WIDTH) / Math.max(1, width - 1);

type Point = { x: number; y: number } | null;

/** One stretch for each row of points without a gap. */
function pathOf(points: readonly Point[], isClosed: boolean): string {
  const stretches: { x: number; y: number }[][] = [[]];
  for (const point of points) {
    if (point) stretches.at(-1)?.push(point);
    else if (stretches.at(-1)?.length) stretches.push([]);
  }
  return stretches.flatMap((stretch) => drawStretch(stretch, isClosed)).join("");
}

function drawStretch(stretch: readonly { x: number; y: number }[], isClosed: boolean): string[] {
  const [first, last] = [stretch[0], stretch.at(-1)];
  if (!first || !last) return [];
  const line = stretch.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L");
  // A point alone would have no length, and be invisible.
  const drawn = stretch.length === 1 ? `${line}h1` : line;
  if (!isClosed) return [`M${drawn}`];
  return [`M${first.x.toFixed(1)} ${HEIGHT}L${drawn}V${HEIGHT}Z`];
}

/** A bar beside a figure, which says the same. */
export function drawBar(part: number): Markup {
  const filled = Math.round(Math.min(1, Math.max(0, part)) * 100);
  const tone = part >= 0.95 ? "bad" : part >= 0.8 ? "warn" : "good";
  return html`<svg class="bar bar-${tone}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="rest" width="100" height="8"/><rect class="part" width="${filled}" height="8"/></svg>`;
}
