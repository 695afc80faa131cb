// Figures as people read them. Pure.

import { html, type Markup } from "./markup.ts";

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
] as const;

/** `340 ms`, `8.2 s`, `12 min`, `3 h 5 min`, `2 d 4 h`; the two largest units where it is long. */
export function age(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  let left = Math.round(ms / 1_000);
  const parts: string[] = [];
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(left / seconds);
    if (count > 0) parts.push(`${count} ${unit}`);
    left %= seconds;
  }
  return [
    ...parts,
    ...(parts.length === 0 || (parts.length === 1 && ms < 3_600_000 && left > 0) ? [`${left} s`] : []),
  ]
    .slice(0, 2)
    .join(" ");
}

/** `61 MB`: powers of 1024, as gw reads sizes. */
export function bytes(count: number): string {
  const mega = count / 2 ** 20;
  return mega >= 1024 ? `${(mega / 1024).toFixed(1)} GB` : `${Math.round(mega)} MB`;
}

export const percent = (part: number) => `${Math.round(part * 100)} %`;

/** `1,204`, and `0.4` or `12.5` where it is small. */
export function amount(value: number): string {
  if (value >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(1);
}

/** `3 workers`. */
export const counted = (count: number, one: string, many = `${one}s`) =>
  `${amount(count)} ${count === 1 ? one : many}`;

/** Both instants in milliseconds since 1970. */
export function ago(atMs: number, nowMs: number): Markup {
  const at = new Date(atMs).toISOString();
  return html`<time datetime="${at}" title="${at}">${age(Math.max(0, nowMs - atMs))} ago</time>`;
}

/** `12:53:44 UTC`. */
export const clockTime = (atMs: number) => `${new Date(atMs).toISOString().slice(11, 19)} UTC`;
