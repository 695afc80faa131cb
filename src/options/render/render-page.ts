// The page docs/options.md, written from the table. Pure.

import { flagOf, namesOf } from "../declare/names.ts";
import { KEYS, type Key, OPTION_SECTIONS, rowOf } from "../declare/table.ts";
import { factsOf, textOf } from "./help.ts";

/** docs/options.md */
export function renderOptionsPage(): string {
  return [
    ...INTRODUCTION,
    ...ABOUT_GROUPS,
    ...OPTION_SECTIONS.flatMap((group) => [
      `## ${group}`,
      "",
      ...KEYS.filter((key) => rowOf(key).group === group).flatMap(renderOption),
    ]),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

const INTRODUCTION = [
  "# Options",
  "",
  "<!-- Written by docs/render.ts from src/options/declare/table.ts; change that. -->",
  "",
  "Every option can be given as a flag, as an environment variable, or in a configuration file. A flag beats the",
  "environment, the environment beats the file, and the file beats the default; `gw show-config` tells which one won.",
  "`gw check-config` checks everything and starts nothing.",
  "",
  "- **Times** are written `1500ms`, `30s`, `5m`, `1h`, or as a bare number of seconds.",
  "- **Sizes** are written `512k`, `64M`, `2G`, or as a bare number of bytes; k, M, G and T are powers of 1024.",
  "- **Switches** take no value as flags: `--embedded-mode`, `--no-embedded-mode`. As variables they are `true` or `false`.",
  "- An environment variable that is empty counts as not set. An unknown one that begins with `GW_` is an error.",
  "- A configuration file is `gw.config.json`, which may have comments, or `gw.config.ts` with an object as default export. Its keys are the",
  "  names below. A relative path in it starts at the file's own directory.",
  "- [`gw.schema.json`](gw.schema.json) describes the file to editors: name it under the key `$schema`. For",
  '  `gw.config.ts`, `import type { GwConfig } from "gw/config"` has the types; `gw print-types > gw-config.d.ts` writes',
  "  them into a project that has gw as a binary only.",
  "",
];

const ABOUT_GROUPS = [
  "## Groups",
  "",
  "Several apps in one gw, each with its own processes, limits, timeouts, identity and environment, are groups of the",
  "configuration file:",
  "",
  "```json",
  "{",
  '  "port": 8000,',
  '  "requestTimeout": "30s",',
  '  "groups": {',
  '    "api": { "app": "api.ts", "mount": "/api", "processes": "2..4" },',
  '    "web": { "app": "web.ts", "route": { "/reports/*": "slow" } },',
  '    "slow": { "requestTimeout": "10m" }',
  "  }",
  "}",
  "```",
  "",
  "What stands outside of the groups holds for all of them; a group's own word beats it, and the environment and flags",
  "beat both. Every group has an `app`, unless a `route` leads to it: then it runs the app of the group that has the",
  "route. A request goes to the group that names its host, or else the longest wildcard, or else to one that names none;",
  "among those, to the one with the longest `mount` that the path begins with. A name is a letter, then up to 31",
  "letters, digits, `-` and `_`. In embedded mode there are no groups.",
  "",
];

function renderOption(key: Key): string[] {
  const row = rowOf(key);
  const names = namesOf(key);
  const flags = names.map((name) =>
    code(row.kind.placeholder ? `${flagOf(name)} ${row.kind.placeholder}` : flagOf(name)),
  );
  return [
    `### ${key}`,
    "",
    textOf(key),
    "",
    "| | |",
    "|---|---|",
    `| Flag | ${flags.join(", ")}${row.positional ? ", or the first word after the command" : ""} |`,
    ...Object.entries(factsOf(key, code)).map(([name, fact]) => `| ${name} | ${fact} |`),
    `| Since | ${row.since} |`,
    "",
  ];
}

function code(text: string): string {
  return `\`${text}\``;
}
