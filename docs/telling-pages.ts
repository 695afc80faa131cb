// The texts of docs/metrics.md and docs/access-log.md, from the tables of metrics and of the access log's directives.

import { NOTES, PLAIN_DIRECTIVES, TIME_FORMS, TIME_UNITS } from "../src/core/logging/access-format.ts";
import { BOUNDS_MS } from "../src/link/figures.ts";
import { METRICS, type MetricRow } from "../src/metrics/table.ts";

const page = (lines: string[]) => `${lines.join("\n")}\n`;

export function renderMetricsPage(): string {
  const rows = Object.entries<MetricRow>(METRICS).map(([name, { kind, labels, help }]) => {
    const named = labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${kind} | ${named || "none"} | ${help}. |`;
  });
  return page([
    "# Metrics",
    "",
    "<!-- Written by docs/render.ts from src/metrics/table.ts; change that. -->",
    "",
    "All that `/metrics` on `--metrics-port`, and `gw metrics`, tell. [observability.md](observability.md) says how to get",
    "them.",
    "",
    "| Metric | Kind | Labels | Meaning |",
    "| ------ | ---- | ------ | ------- |",
    ...rows,
    "",
    `Buckets of all histograms end at ${BOUNDS_MS.map((ms) => ms / 1000).join(", ")} seconds.`,
    "",
    "Labels have few values, whatever clients send: `method` is one of nine or `_OTHER`, `status` a class such as `2xx` (`none`",
    "for an answer that never began), `cause` a word of [errors.md](errors.md), `reason` one of [reasons.md](reasons.md),",
    "`state` one of [control.md](control.md), `slot` the number of a place, which outlives its processes. `group` is empty for",
    "what was refused before its group was known.",
  ]);
}

export function renderAccessLogPage(): string {
  return page([
    "# Directives of the access log",
    "",
    "<!-- Written by docs/render.ts from src/core/logging/access-format.ts; change that. -->",
    "",
    "What `--access-log-format` may hold. The language is that of Apache's LogFormat; a `>` or `<` behind the per cent sign is",
    "taken and means nothing. [observability.md](observability.md) shows the formats that have names.",
    "",
    "| Directive | Meaning |",
    "| --------- | ------- |",
    ...Object.entries(PLAIN_DIRECTIVES).map(([letter, meaning]) => `| \`%${letter}\` | ${meaning} |`),
    "| `%{NAME}i` | this field of the request |",
    "| `%{NAME}o` | this field of the app's answer |",
    ...Object.entries(TIME_FORMS).map(
      ([form, meaning]) => `| \`%{${form}}t\` | time of the request: ${meaning} |`,
    ),
    ...Object.keys(TIME_UNITS).map((unit) => `| \`%{${unit}}T\` | time taken, in whole ${UNITS[unit]} |`),
    ...Object.entries(NOTES).map(([note, meaning]) => `| \`%{${note}}n\` | ${meaning} |`),
    "",
    "Times of notes are in milliseconds, with up to three digits behind the point. What is not known is `-`.",
  ]);
}

const UNITS: Readonly<Record<string, string>> = { s: "seconds", ms: "milliseconds", us: "microseconds" };
