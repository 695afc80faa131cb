// Views of the options table for machines and pages: JSON Schema, docs/options.md, printed settings. Pure.

import { defaultText } from "./help.ts";
import type { JsonSchema } from "./kinds.ts";
import { flagOf, namesOf, variableOf } from "./names.ts";
import type { Origins } from "./resolve.ts";
import { GROUPS, KEYS, type Key, rowOf, type Settings } from "./table.ts";

/** The schema of a configuration file, for editors and for checks elsewhere. */
export function renderSchema(): JsonSchema {
  const inFile = KEYS.filter((key) => rowOf(key).inFile !== false);
  const properties = inFile.flatMap((key) =>
    namesOf(key).map((name): [string, JsonSchema] => [name, propertyOf(key, name)]),
  );
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Configuration of gw",
    type: "object",
    additionalProperties: false,
    properties: { $schema: { type: "string" }, ...Object.fromEntries(properties) },
  };
}

function propertyOf(key: Key, name: string): JsonSchema {
  const { kind, summary } = rowOf(key);
  const value = rowOf(key).default;
  const description = name === key ? summary : `Another name of ${key}`;
  if (value === undefined || name !== key) return { description, ...kind.schema };
  const asWritten = kind.name === "duration" || kind.name === "size" ? kind.print(value) : value;
  return { description, ...kind.schema, default: asWritten };
}

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
    "- [`gw.schema.json`](gw.schema.json) describes the file to editors: name it under the key `$schema`.",
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
    `| Since | ${row.since} |`,
    "",
  ];
}

function code(text: string): string {
  return `\`${text}\``;
}

export type SettingView = { value: unknown; origin: string; layer: string };

/** For `show-config --json`: values as gw uses them, in milliseconds and bytes; null where there is none. */
export function listSettings(settings: Settings, origins: Origins): Record<string, SettingView> {
  return Object.fromEntries(
    KEYS.map((key) => [
      key,
      { value: settings[key] ?? null, origin: origins[key].text, layer: origins[key].layer },
    ]),
  );
}

/** For `show-config`: value as it could be typed, and where it comes from. */
export function printSettings(settings: Settings, origins: Origins): string[] {
  const rows = KEYS.map((key) => [key, printValue(key, settings[key]), origins[key].text] as const);
  const [keyWidth, valueWidth] = [0, 1].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map(
    ([key, value, origin]) =>
      `${key.padEnd(keyWidth ?? 0)}  ${value.padEnd(Math.min(valueWidth ?? 0, 40))}  ${origin}`,
  );
}

function printValue(key: Key, value: unknown): string {
  return value === undefined ? "-" : rowOf(key).kind.print(value);
}
