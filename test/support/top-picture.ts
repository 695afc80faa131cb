// `gw top` as a picture for the README: its own screen, of a shop whose report takes long, drawn as SVG. Pure.
import { renderTop, type TopPaint } from "../../src/cli/top/top-screen.ts";
import { FIRST_STATE } from "../../src/cli/top/top-state.ts";
import type { ActiveRequest } from "../../src/control/records.ts";
import { ACTIVE, topData, WORKER } from "./top.ts";

const SIZE = { columns: 92, rows: 18 };
/** Of a cell, in pixels. */
const [WIDTH, HEIGHT] = [8.4, 18];
const MARGIN = 14;
/** By the numbers that terminals have for them; 0 is a text without a tone, 7 the row that is chosen. */
const COLOURS: Readonly<Record<number, string>> = {
  1: "#ffffff",
  31: "#ff8f80",
  32: "#8fd18f",
  90: "#8a93a5",
};
const PLAIN = "#d8dee9";
const CHOSEN = 7;

const tone = (code: number) => (text: string) => `\x1b[${code}m${text}\x1b[0m`;
const PAINT: TopPaint = {
  ...{ strong: tone(1), bad: tone(31), good: tone(32), faint: tone(90) },
  reverse: tone(CHOSEN),
};

const worker = (slot: number, activeRequests: number) => ({
  ...WORKER,
  slot,
  pid: 5_000 + slot,
  activeRequests,
});
const request = (changes: Partial<ActiveRequest>): ActiveRequest => ({ ...ACTIVE, ...changes });

function shop() {
  const data = topData({
    workers: [worker(1, 3), worker(2, 2), worker(3, 2), worker(4, 5)],
    requests: [
      request({ ageMs: 3_200, path: "/report", worker: 4, id: "tp9v4-2" }),
      request({
        ageMs: 640,
        path: "/orders",
        method: "POST",
        worker: 1,
        id: "tp9v4-8d",
        client: "192.0.2.31",
      }),
      request({ ageMs: 68, path: "/orders/37", worker: 2, id: "tp9v4-8f", client: "2001:db8::7" }),
      request({ ageMs: 12, path: "/orders/39", worker: 3, id: "tp9v4-8g", client: "192.0.2.9" }),
    ],
  });
  const each = <Value>(values: Value[]) => values.map((value, at) => [`worker ${at + 1}`, value] as const);
  return {
    ...data,
    rates: {
      ...data.rates,
      cpu: new Map(each([0.21, 0.18, 0.19, 0.84])),
      lagMs: new Map(each([2, 1, 1, 38])),
      workers: new Map([33.4, 31.2, 32.8, 26].map((perSecond, at) => [5_001 + at, perSecond] as const)),
    },
  };
}

export function topPicture(): string {
  const lines = renderTop(shop(), FIRST_STATE, SIZE, PAINT);
  const [width, height] = [SIZE.columns * WIDTH + 2 * MARGIN, SIZE.rows * HEIGHT + 2 * MARGIN];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width.toFixed(0)} ${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" xml:space="preserve">`,
    "<title>gw top: rates and latency, a row for each worker, and the requests that are under way</title>",
    `<rect width="100%" height="100%" rx="8" fill="#1b2130"/>`,
    ...lines.flatMap((line, row) => drawLine(line, MARGIN + row * HEIGHT)),
    "</svg>",
    "",
  ].join("\n");
}

/** Each word for itself at its column, because the glyphs of a reader's own font may be wider. */
function drawLine(line: string, top: number): string[] {
  let column = 0;
  let code = 0;
  return line.split(/(\x1b\[\d+m)/).flatMap((piece) => {
    const [, told] = /^\x1b\[(\d+)m$/.exec(piece) ?? [];
    if (told !== undefined) {
      code = Number(told);
      return [];
    }
    const from = column;
    column += piece.length;
    return [
      ...(code === CHOSEN ? [drawBar(from, piece.length, top)] : []),
      ...drawWords(piece, from, top, code),
    ];
  });
}

const drawBar = (from: number, columns: number, top: number): string =>
  `<rect x="${xOf(from)}" y="${top}" width="${(columns * WIDTH).toFixed(1)}" height="${HEIGHT}" fill="#3b4a6b"/>`;

function drawWords(text: string, from: number, top: number, code: number): string[] {
  const fill = COLOURS[code] ?? PLAIN;
  return [...text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: word, index }) => {
    return `<text x="${xOf(from + index)}" y="${top + 13}" fill="${fill}">${Bun.escapeHTML(word)}</text>`;
  });
}

const xOf = (column: number): string => (MARGIN + column * WIDTH).toFixed(1);
