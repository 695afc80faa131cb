// What is made of the guide's order: the overview of docs/, the list in the README, and llms.txt.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CHAPTERS, ENTRIES, type Entry } from "./contents.ts";

const MADE = "<!-- Written by docs/render.ts from docs/contents.ts; change that. -->";
const lineOf = (folder: string, { page, title, question }: Entry) =>
  `- [${title}](${folder}${page}): ${question}`;

const chapters = CHAPTERS.flatMap(({ title, pages }) => [
  "",
  `## ${title}`,
  "",
  ...pages.map((entry) => lineOf("", entry)),
]);

export function renderOverview(): string {
  const head = [
    "# The guide to gw",
    "",
    MADE,
    "",
    "Every page, by what you want to do. `npm run guide` makes a site of them, with a search.",
  ];
  return `${[...head, ...chapters, "", "What has changed is in the [changelog](../CHANGELOG.md)."].join("\n")}\n`;
}

/** The README as it is, with the list between its two marks written anew. */
export function renderReadme(): string {
  const readme = readFileSync(join(import.meta.dir, "../README.md"), "utf8");
  const list = ENTRIES.filter(({ isFirst }) => isFirst).map((entry) => lineOf("docs/", entry));
  const written = [
    MADE,
    "",
    ...list,
    "- [All pages](docs/README.md)",
    "- [CONTRIBUTING.md](CONTRIBUTING.md)",
  ];
  return readme.replace(/(?<=## Reading on\n\n)[\s\S]*?(?=\n\n## )/, written.join("\n"));
}

/** https://llmstxt.org: what a language model reads first. The links are those of the site. */
export function renderLlms(): string {
  const head = [
    "# gw",
    "",
    "> gw is an application server for TypeScript and JavaScript (and Python by WSGI) in one file: `./gw start-server app.ts`. A front",
    "> end owns every client connection; supervised worker processes run the app behind UNIX sockets, with a bounded queue, timeouts,",
    "> limits, recycling, and a reload that loses no request.",
    "",
    "Options, errors, metrics and commands are rendered from the tables in the program, so those pages are complete. `gw help COMMAND`",
    "says the same for the version at hand.",
  ];
  return `${[...head, ...chapters].join("\n")}\n`;
}
