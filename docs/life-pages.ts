// The texts of docs/signals.md and docs/reasons.md, from the tables of signals, reasons and endings.
import { ENDINGS, REASONS } from "../src/core/reasons.ts";
import { SERVER_SIGNALS, signalRows, WORKER_SIGNALS } from "../src/core/signals.ts";

export function renderSignalsPage(): string {
  return page([
    "# Signals",
    "",
    "<!-- Written by docs/render.ts from src/core/signals.ts; change that. -->",
    "",
    "Each signal is safe at any instant, also while gw starts or stops, and however many come at once. Signals mean",
    "something to two kinds of processes.",
    "",
    "## To gw",
    "",
    "The process that was started as `gw start-server`; its number is in the banner, and in `gw.pid` of the server root.",
    "",
    ...renderRows(signalRows(SERVER_SIGNALS)),
    "",
    "## To a worker",
    "",
    "Its number is in the log and in `gw status`. A worker that leaves for a signal is replaced; what else happens then",
    "is told in [lifecycle.md](lifecycle.md).",
    "",
    ...renderRows(signalRows(WORKER_SIGNALS)),
    "",
    "An app may listen to the same signals; gw's own handlers stay. Any other signal does what the system does with it,",
    "and a worker that it ends is replaced. SIGKILL cannot be heard: what runs is lost, and its clients get 502.",
    "",
    "Front ends ignore signals other than SIGKILL; after that, gw starts another one at once.",
  ]);
}

export function renderReasonsPage(): string {
  return page([
    "# Reasons",
    "",
    "<!-- Written by docs/render.ts from src/core/reasons.ts; change that. -->",
    "",
    "Each worker that is replaced has one reason, the same word in the log (`reason=`), in `gw status` and in metrics. The",
    "line of its end also tells how the process really ended (`how=`, and `kind=` in one word). [lifecycle.md](lifecycle.md)",
    "shows such lines.",
    "",
    "## Why it was replaced",
    "",
    "| Reason | Meaning | What gw does | What to do |",
    "| ------ | ------- | ------------ | ---------- |",
    ...Object.entries(REASONS).map(
      ([word, { meaning, did, hint }]) => `| \`${word}\` | ${meaning}. | ${did}. | ${hint}. |`,
    ),
    "",
    "## How the process ended",
    "",
    "| Kind | Meaning |",
    "| ---- | ------- |",
    ...Object.entries(ENDINGS).map(([word, meaning]) => `| \`${word}\` | ${meaning}. |`),
  ]);
}

function renderRows(rows: { signal: string; meaning: string }[]): string[] {
  const head = ["| Signal | What it does |", "| ------ | ------------ |"];
  return [...head, ...rows.map(({ signal, meaning }) => `| ${signal} | ${meaning} |`)];
}

const page = (lines: string[]) => `${lines.join("\n")}\n`;
