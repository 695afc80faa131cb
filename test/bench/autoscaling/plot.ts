// A day as a picture: requests, pods and refusals, one above the other, for each rule of scaling. Pure.

import type { Moment } from "./simulate.ts";

export type Curve = { name: string; colour: string; day: readonly Moment[] };

const WIDTH = 900;
const LEFT = 70;
const ROW = 150;
const GAP = 44;
const STEP = 120;

type Row = { title: string; of(moment: Moment): number; curves: readonly Curve[] };

export function plotDay(curves: readonly Curve[], title: string): string {
  const [first] = curves;
  if (!first) return "";
  const rows: Row[] = [
    {
      title: "requests a second",
      of: ({ arrivals }) => arrivals,
      curves: [{ ...first, name: "", colour: "#555" }],
    },
    { title: "pods", of: ({ pods }) => pods, curves },
    { title: "requests refused a second", of: ({ refused }) => refused, curves },
  ];
  const height = 50 + rows.length * (ROW + GAP) + 20;
  const names = curves.map(
    ({ name, colour }, at) => `<text x="${LEFT + 260 * at}" y="44" fill="${colour}">${name}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${LEFT}" y="22" font-size="16">${title}</text>`,
    ...names,
    ...rows.flatMap((row, at) => plotRow(row, 70 + at * (ROW + GAP))),
    "</svg>",
    "",
  ].join("\n");
}

function plotRow({ title, of, curves }: Row, top: number): string[] {
  const valuesOf = ({ day }: Curve) =>
    Array.from({ length: Math.floor(day.length / STEP) }, (_, i) =>
      Math.max(...day.slice(i * STEP, (i + 1) * STEP).map(of)),
    );
  const most = Math.max(1, ...curves.flatMap(valuesOf));
  const span = WIDTH - LEFT - 20;
  const lines = curves.map((curve) => {
    const values = valuesOf(curve);
    const points = values.map((value, i) => {
      return `${(LEFT + (span * i) / (values.length - 1)).toFixed(1)},${(top + ROW - (ROW * value) / most).toFixed(1)}`;
    });
    return `<polyline fill="none" stroke="${curve.colour}" stroke-width="1.5" points="${points.join(" ")}"/>`;
  });
  const hours = [0, 6, 12, 18, 24].map(
    (hour) => `<text x="${LEFT + (span * hour) / 24 - 8}" y="${top + ROW + 16}" fill="#777">${hour}</text>`,
  );
  return [
    `<text x="${LEFT}" y="${top - 6}" fill="#333">${title}</text>`,
    `<text x="${LEFT - 6}" y="${top + 10}" text-anchor="end" fill="#777">${most < 10 ? most.toFixed(1) : Math.round(most)}</text>`,
    `<text x="${LEFT - 6}" y="${top + ROW}" text-anchor="end" fill="#777">0</text>`,
    `<path d="M${LEFT} ${top}V${top + ROW}H${WIDTH - 20}" fill="none" stroke="#bbb"/>`,
    ...lines,
    ...hours,
  ];
}
