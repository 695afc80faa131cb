// The text of docs/embedded.md, from the rows that embedded mode goes by. Pure.

import { EMBEDDED_ROWS, type EmbeddedRow } from "../src/options/declare/embedded.ts";
import { rowOf } from "../src/options/declare/table.ts";

const INTRO = [
  "# What is different in embedded mode?",
  "",
  "<!-- Written by docs/render.ts from src/options/declare/embedded.ts; change that. -->",
  "",
  "With `--embedded-mode` there is no front end: each worker listens at the port by itself, and nothing stands between",
  "the app and its clients. A request costs less, and gw promises less: no queue, no dispatch by load, no request that",
  "outlives its worker, no reload without a lost connection. Supervision is as ever: restarts, limits, identity, recycling,",
  "the log, `gw status`, `gw reload`.",
  "",
  "What needs a front end is refused by name when gw starts, or is checked; what merely has no effect is a warning.",
  "",
  "| What | In embedded mode | Options | Instead |",
  "| --- | --- | --- | --- |",
];

const OUTRO = [
  "",
  "Groups in a configuration file are refused as well, and so is what a service manager hands over (`LISTEN_FDS`).",
  "`X-Forwarded-For` and its kin reach the app as the client has sent them: without a proxy in front they may be lies.",
];

export function renderEmbeddedPage(): string {
  return `${[...INTRO, ...EMBEDDED_ROWS.map(renderRow), ...OUTRO].join("\n")}\n`;
}

const FATES: Record<EmbeddedRow["fate"], (why: string) => string> = {
  works: (why) => `${why}.`,
  refused: () => "Refused by name.",
  idle: () => "No effect, with a warning.",
};

function renderRow({ about, options, fate, why, instead }: EmbeddedRow): string {
  return `| ${about} | ${FATES[fate](why)} | ${namesOf(options)} | ${instead} |`;
}

/** A whole section of the options is called by its name. */
function namesOf(options: EmbeddedRow["options"]): string {
  const [first] = options;
  const section = first && rowOf(first).group;
  const isWhole = options.length > 8 && options.every((key) => rowOf(key).group === section);
  return isWhole ? `all of *${section}*` : options.map((key) => `\`${key}\``).join(", ");
}
