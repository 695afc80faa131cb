// Writes the pages that are views of tables: options, errors, control, embedded mode, signals, reasons, published apps, and the schema
// and the types of configuration files.
// Usage: bun docs/render.ts [--check]. With --check nothing is written, and a page that is out of date fails.

import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ERRORS, type ErrorRow } from "../src/core/errors.ts";
import { renderOptionsPage } from "../src/options/render/render-page.ts";
import { renderSchema } from "../src/options/render/render-schema.ts";
import { renderModuleTypes, renderTypes } from "../src/options/render/render-types.ts";
import { CATALOGUE } from "../test/published/catalogue.ts";
import { readResults } from "../test/published/results.ts";
import { renderAppsPage } from "./apps-page.ts";
import { renderLlms, renderOverview, renderReadme } from "./contents-pages.ts";
import { renderControlPage } from "./control-page.ts";
import { renderEmbeddedPage } from "./embedded-page.ts";
import { renderFrameworksPage } from "./frameworks-page.ts";
import { renderDashboard, renderRules } from "./grafana.ts";
import { renderReasonsPage, renderSignalsPage } from "./life-pages.ts";
import { renderAccessLogPage, renderMetricsPage } from "./telling-pages.ts";

/** Name of each generated page, and its text. */
export function renderPages(): Record<string, string> {
  return {
    "README.md": renderOverview(),
    "../README.md": renderReadme(),
    "llms.txt": renderLlms(),
    "options.md": renderOptionsPage(),
    "errors.md": renderErrorsPage(),
    "control.md": renderControlPage(),
    "embedded.md": renderEmbeddedPage(),
    "signals.md": renderSignalsPage(),
    "reasons.md": renderReasonsPage(),
    "metrics.md": renderMetricsPage(),
    "access-log.md": renderAccessLogPage(),
    "../deploy/grafana/gw-dashboard.json": renderDashboard(),
    "../deploy/grafana/gw-rules.yml": renderRules(),
    "apps.md": renderAppsPage(readResults()),
    "frameworks.md": renderFrameworksPage(CATALOGUE, readResults()),
    "gw-config.d.ts": renderTypes(),
    "gw-module.d.ts": renderModuleTypes(),
    "gw.schema.json": `${JSON.stringify(renderSchema(), null, 2)}\n`,
  };
}

const AUDIENCES: Record<ErrorRow["audience"], string> = {
  operator: "To the operator",
  "app author": "To the author of the app",
  client: "To clients",
  "gw bug": "Mistakes of gw itself",
};

function renderErrorsPage(): string {
  const intro = [
    "# Errors",
    "",
    "<!-- Written by docs/render.ts from src/core/errors.ts; change that. -->",
    "",
    "Every failure that gw can name, by its cause. The cause is the word that the log, the metrics and the",
    "`Proxy-Status` field of gw's own answers share. *Exit* is the code that a command leaves with, *status* what a",
    "client gets, and *error* the type in `Proxy-Status` (RFC 9209). Words in braces are filled in.",
  ];
  const sections = Object.entries(AUDIENCES).flatMap(([audience, title]) => {
    const rows = Object.entries<ErrorRow>(ERRORS).filter(([, row]) => row.audience === audience);
    return rows.length === 0 ? [] : ["", `## ${title}`, ...rows.flatMap(renderError)];
  });
  return `${[...intro, ...sections].join("\n")}\n`;
}

function renderError([cause, row]: [string, ErrorRow]): string[] {
  const facts = [
    row.exit === undefined ? [] : `exit ${row.exit}`,
    row.status === undefined ? [] : `status ${row.status}`,
    row.proxyError === undefined ? [] : `error \`${row.proxyError}\``,
  ].flat();
  // Rows for problems that are worded where they are found.
  const message =
    row.message === "{what}" ? "One or more lines, each of which says what is wrong" : row.message;
  const lines = ["", `### ${cause}`, "", `${message}.`];
  if (row.hint) lines.push("", `*What to do:* ${row.hint}.`);
  return facts.length > 0 ? [...lines, "", facts.join(", ")] : lines;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
  for (const [name, text] of Object.entries(renderPages())) {
    const path = new URL(name, import.meta.url).pathname;
    if (!values.check) writeFileSync(path, text);
    else if (readFileSync(path, "utf8") !== text) {
      console.error(`docs/${name} is out of date: run bun docs/render.ts`);
      process.exitCode = 1;
    }
  }
}
