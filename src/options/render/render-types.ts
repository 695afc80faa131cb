// The types of a configuration in TypeScript, computed from the table: as a module for packages, and as the declaration of
// one for projects that have gw as a binary only. Pure.

import { namesOf } from "../declare/names.ts";
import { KEYS, type Key, rowOf } from "../declare/table.ts";
import { APP_MODULE } from "./app-module.ts";
import { defaultText } from "./help.ts";

/** What a configuration imports: at run time a module of gw itself, for types what is rendered here. */
export const CONFIG_MODULE = "gw/config";

/** A declaration file that is a module. */
export function renderTypes(): string {
  return `${[...NOTICE, "", ...renderBody()].join("\n")}\n`;
}

/** A declaration file that declares the module; it counts wherever a project includes it. */
export function renderAmbientTypes(): string {
  const config = declare(CONFIG_MODULE, renderBody());
  return `${[...NOTICE, "", ...config, "", ...declare("gw", APP_MODULE)].join("\n")}\n`;
}

/** The types of what apps import from gw, as a declaration file that is a module. */
export function renderModuleTypes(): string {
  return `${["// Types of the module gw.", "", ...APP_MODULE].join("\n")}\n`;
}

const declare = (name: string, lines: readonly string[]): string[] => [
  `declare module "${name}" {`,
  ...lines.map((line) => (line === "" ? "" : `  ${line}`)),
  "}",
];

const NOTICE = ["// Types of gw.config.ts. Written by gw from its table of options: gw print-types."];

/** A number in text, as a template of TypeScript has it. */
const NUMBER = `\${number}`;
const texts = (...endings: string[]) => endings.map((ending) => `\`${NUMBER}${ending}\``).join(" | ");

const VALUE_TYPES = [
  "/** A time: `1500ms`, `30s`, `5m` or `1h`, or a number of seconds. */",
  `export type Duration = number | ${texts("", `\${"ms" | "s" | "m" | "h"}`)};`,
  "/** An amount of data: `512k`, `64M` or `2G`, or a number of bytes. */",
  `export type Size = number | ${texts("", `\${"k" | "K" | "m" | "M" | "g" | "G" | "t" | "T"}`)};`,
  "/** How many: a number, or `2..8`. */",
  `export type Span = number | ${texts("", `..${NUMBER}`)};`,
];

/** What the scripts of --host-access-script and its like are given; test/auth/hooks.test.ts holds it against auth/hooks. */
const HOOK_TYPES = [
  "/** The client of a request; behind a trusted proxy the proxy's client. */",
  "export interface HookClient {",
  "  readonly address: string;",
  "  readonly port: number;",
  "}",
  "",
  "/** What a hook is told of a request before the app gets it. */",
  "export interface HookRequest {",
  "  readonly method: string;",
  "  /** As the client has sent it: path and query. */",
  "  readonly target: string;",
  "  /** Without credentials, unless authPassAuthorization is on. */",
  "  readonly headers: Headers;",
  "  readonly client: HookClient;",
  "  readonly tls: {",
  "    isHttps(): boolean;",
  "    /** By the name that mod_ssl has for it; undefined where nothing is known. */",
  "    varLookup(name: string): string | undefined;",
  "  };",
  "}",
];

function renderBody(): string[] {
  const inFile = KEYS.filter((key) => rowOf(key).inFile !== false);
  const ofGroups = inFile.filter((key) => rowOf(key).scope === "group");
  const ofServer = inFile.filter((key) => rowOf(key).scope === "server");
  return [
    ...VALUE_TYPES,
    "",
    "/** What a group of workers can have for itself. */",
    "export interface GroupConfig {",
    ...ofGroups.flatMap(renderKey),
    "}",
    "",
    "/** The default export of gw.config.ts. */",
    "export interface GwConfig extends GroupConfig {",
    ...ofServer.flatMap(renderKey),
    "  /** Groups of workers by name, each with its own app, instead of one app. */",
    "  groups?: Readonly<Record<string, GroupConfig>> | undefined;",
    "}",
    "",
    ...HOOK_TYPES,
    "",
    "/** Answers what it is given, and so lends it the type. */",
    "export function defineConfig(config: GwConfig): GwConfig;",
  ];
}

/** A value that is undefined counts as not given. */
function renderKey(key: Key): string[] {
  return namesOf(key).flatMap((name) => [
    `  /** ${name === key ? describe(key) : `Another name of \`${key}\`.`} */`,
    `  ${name}?: ${rowOf(key).kind.type} | undefined;`,
  ]);
}

function describe(key: Key): string {
  const { summary, details } = rowOf(key);
  const text = defaultText(key);
  const sentences = [`${summary}.`, ...(text === undefined ? [] : [`Default: ${text}.`]), details ?? ""];
  // What would end the comment must not stand in it.
  return sentences.filter(Boolean).join(" ").replaceAll("*/", "* /");
}
