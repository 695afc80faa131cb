// Views of the options table, and of settings: docs/options.md and what show-config prints. The views for editors stand
// in render-schema.ts and render-types.ts. Pure.

import { defaultText } from "./help.ts";
import { flagOf, namesOf, variableOf } from "./names.ts";
import { hasOneApp, type Origins, type Resolved } from "./resolve.ts";
import { GROUPS, KEYS, type Key, rowOf, type Settings } from "./table.ts";

/** docs/options.md */
export function renderOptionsPage(): string {
  return [
    "# Options",
    "",
    "<!-- Written by docs/render.ts from src/options/table.ts; change that. -->",
    "",
    "Every option can be given as a flag, as an environment variable, or in a configuration file. A flag beats the",
    "environment, the environment beats the file, and the file beats the default; `gw show-config` tells which one won.",
    "`gw check-config` checks everything and starts nothing.",
    "",
    "- **Times** are written `1500ms`, `30s`, `5m`, `1h`, or as a bare number of seconds.",
    "- **Sizes** are written `512k`, `64M`, `2G`, or as a bare number of bytes; k, M, G and T are powers of 1024.",
    "- **Switches** take no value as flags: `--embedded-mode`, `--no-embedded-mode`. As variables they are `true` or `false`.",
    "- An environment variable that is empty counts as not set. An unknown one that begins with `GW_` is an error.",
    "- A configuration file is `gw.config.json`, or `gw.config.ts` with an object as default export. Its keys are the",
    "  names below. A relative path in it starts at the file's own directory.",
    "- [`gw.schema.json`](gw.schema.json) describes the file to editors: name it under the key `$schema`. For",
    '  `gw.config.ts`, `import type { GwConfig } from "gw/config"` has the types; `gw print-types > gw-config.d.ts` writes',
    "  them into a project that has gw as a binary only.",
    "",
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
    ...GROUPS.flatMap((group) => [
      `## ${group}`,
      "",
      ...KEYS.filter((key) => rowOf(key).group === group).flatMap(renderOption),
    ]),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

function renderOption(key: Key): string[] {
  const row = rowOf(key);
  const names = namesOf(key);
  const flags = names.map((name) =>
    code(row.kind.placeholder ? `${flagOf(name)} ${row.kind.placeholder}` : flagOf(name)),
  );
  const text = defaultText(key) ?? (row.kind.name === "switch" ? "false" : "none");
  return [
    `### ${key}`,
    "",
    `${row.summary}.${row.details ? ` ${row.details}` : ""}`,
    "",
    "| | |",
    "|---|---|",
    `| Flag | ${flags.join(", ")}${row.positional ? ", or the first word after the command" : ""} |`,
    `| Environment | ${names.map((name) => code(variableOf(name))).join(", ")} |`,
    `| In a file | ${row.inFile === false ? "no" : names.map(code).join(", ")} |`,
    `| Accepts | ${row.kind.accepts} |`,
    `| Default | ${row.derived === undefined ? code(text) : text} |`,
    `| In a group | ${row.scope === "group" ? "yes" : "no: it holds for gw as a whole"} |`,
    `| Taken up by | ${row.change === "reload" ? code("gw reload") : "a new start"} |`,
    `| Since | ${row.since} |`,
    "",
  ];
}

function code(text: string): string {
  return `\`${text}\``;
}

export type SettingView = { value: unknown; origin: string; layer: string };
export type SettingViews = Record<string, SettingView>;

/** For `show-config --json`: values as gw uses them, in milliseconds and bytes; null where there is none. */
export function listSettings(
  settings: Settings,
  origins: Origins,
  keys: readonly Key[] = KEYS,
): SettingViews {
  return Object.fromEntries(
    keys.map((key) => [
      key,
      { value: settings[key] ?? null, origin: origins[key].text, layer: origins[key].layer },
    ]),
  );
}

/** For `show-config`: value as it could be typed, and where it comes from. */
export function printSettings(settings: Settings, origins: Origins, keys: readonly Key[] = KEYS): string[] {
  const rows = keys.map((key) => [key, printValue(key, settings[key]), origins[key].text] as const);
  const [keyWidth, valueWidth] = [0, 1].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map(
    ([key, value, origin]) =>
      `${key.padEnd(keyWidth ?? 0)}  ${value.padEnd(Math.min(valueWidth ?? 0, 40))}  ${origin}`,
  );
}

const OF_SERVER = KEYS.filter((key) => rowOf(key).scope === "server");
const OF_GROUPS = KEYS.filter((key) => rowOf(key).scope === "group");

/** With groups: what holds for gw as a whole, once; then what holds in each. */
export function listResolved(resolved: Resolved): Record<string, SettingView | Record<string, SettingViews>> {
  const { settings, origins, groups } = resolved;
  if (hasOneApp(resolved)) return listSettings(settings, origins);
  const each = groups.map((group) => [group.name, listSettings(group.settings, group.origins, OF_GROUPS)]);
  return { ...listSettings(settings, origins, OF_SERVER), groups: Object.fromEntries(each) };
}

export function printResolved(resolved: Resolved): string[] {
  const { settings, origins, groups } = resolved;
  if (hasOneApp(resolved)) return printSettings(settings, origins);
  return [
    ...printSettings(settings, origins, OF_SERVER),
    ...groups.flatMap((group) => [
      "",
      `group ${group.name}`,
      ...printSettings(group.settings, group.origins, OF_GROUPS).map((line) => `  ${line}`),
    ]),
  ];
}

/** In one line, whatever separates the items of a list. */
function printValue(key: Key, value: unknown): string {
  return value === undefined ? "-" : rowOf(key).kind.print(value).replaceAll("\n", ", ");
}
