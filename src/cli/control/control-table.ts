// Tables, lengths of time and tones, as status shows them. Pure.
import type { Paint } from "../terminal/output.ts";

/** Text, or the word of a state, which has a tone of its own. */
export type Cell = string | { state: string };

export function table(head: readonly string[], rows: readonly Cell[][], paint: Paint): string[] {
  const textOf = (cell: Cell | undefined) => (typeof cell === "object" ? cell.state : (cell ?? ""));
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => textOf(row[i]).length)));
  const line = (cells: readonly Cell[]) =>
    widths
      .map((width, i) => cellTone(cells[i], paint)(textOf(cells[i]).padEnd(width)))
      .join("  ")
      .trimEnd();
  return [paint.faint(line(head)), ...rows.map(line)];
}

function cellTone(cell: Cell | undefined, paint: Paint): (text: string) => string {
  return typeof cell === "object" ? toneOf(cell.state, paint) : (text) => text;
}

export function toneOf(state: string, paint: Paint): (text: string) => string {
  if (state === "ready" || state === "serving") return paint.good;
  return state === "crash loop" ? paint.bad : paint.strong;
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
] as const;

/** The two largest units: `3 d 4 h`, `12 min 5 s`, `8 s`. */
export function length(ms: number): string {
  let left = Math.max(0, Math.round(ms / 1_000));
  const parts: string[] = [];
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(left / seconds);
    if (count > 0 || parts.length > 0) parts.push(`${count} ${unit}`);
    left %= seconds;
  }
  return [...parts, `${left} s`].slice(0, 2).join(" ");
}
