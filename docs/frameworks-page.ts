// The text of docs/frameworks.md: for each published application the commands with which `npm run test:apps` builds and starts it. Pure.
import { FRAMEWORKS } from "../src/cli/init/frameworks.ts";
import { shellWord } from "../src/os/shell-words.ts";
import type { PublishedApp } from "../test/published/catalogue-types.ts";
import type { Result } from "../test/published/results.ts";

/** An app that has not passed is not there: docs/apps.md says why. */
export function renderFrameworksPage(apps: readonly PublishedApp[], results: readonly Result[]): string {
  const sections = apps.flatMap((app) => {
    const result = results.find(({ name, failures }) => name === app.name && failures.length === 0);
    return result ? ["", ...renderSection(app, result)] : [];
  });
  const lines = [
    "# How do I start an app of my framework?",
    "",
    "<!-- Written by docs/render.ts from test/published/catalogue.ts and docs/apps.json; change the catalogue. -->",
    "",
    "The commands for each framework and application that has been tried, as `npm run test:apps` runs them after `npm install`;",
    "[apps.md](apps.md) says what was compared. `gw init` writes such a start into package.json, where it knows the framework. A",
    "framework that is not here needs no more: name the file that exports or starts your app.",
    ...sections,
  ];
  return `${lines.join("\n")}\n`;
}

function renderSection({ title, build = [], gw, env = {} }: PublishedApp, result: Result): string[] {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${shellWord(value)} `);
  const isKnown = FRAMEWORKS.some(({ words }) => words.join(" ") === gw.join(" "));
  const remarks = [
    `Tried with ${result.package} ${result.version}.`,
    ...(isKnown ? ["`gw init` knows it."] : []),
    ...(result.note === null ? [] : [`${result.note}.`]),
  ];
  return [
    `## ${title}`,
    "",
    ...build.map((words) => `    ${words.map(shellWord).join(" ")}`),
    `    ${variables.join("")}${result.gw}`,
    "",
    remarks.join(" "),
  ];
}
