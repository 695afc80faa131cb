// From the apps of a file of PM2 to the text of gw.config.ts. Whatever is not taken stands in it as a comment with the reason. Pure.

import { isRecord } from "../../core/records.ts";
import { GROUP_NAME, type Key, rowOf } from "../../options/declare/table.ts";
import { ALIASES, type KeyContext, type KeyFate, PM2_KEYS, type Pm2App } from "./pm2-keys.ts";

export type Pm2Import = {
  apps: readonly Pm2App[];
  environment: string | undefined;
  file: string;
};

type MovedOption = { key: Key; value: unknown; remark?: string };
type Left = { key: string; value: unknown; why: string };
type Moved = { name: string; entries: MovedOption[]; left: Left[] };

/** `left`: how many keys have no option. */
export function translate({ apps, environment, file }: Pm2Import): { text: string; left: number } {
  const moved = nameApart(apps.map((app) => moveApp(app, environment)));
  const head = [
    `// Made by gw import-pm2 from ${written(file)}, and yours to edit. gw check-config tells whether it is right.`,
    'import type { GwConfig } from "gw/config";',
    "",
    "export default {",
  ];
  const [only] = moved;
  const body = moved.length === 1 && only ? renderApp(only, "  ") : renderGroups(moved);
  return {
    text: [...head, ...body, "} satisfies GwConfig;", ""].join("\n"),
    left: moved.reduce((sum, one) => sum + one.left.length, 0),
  };
}

function moveApp(app: Pm2App, environment: string | undefined): Moved {
  const entries = new Map<Key, MovedOption>();
  const left: Left[] = [];
  const chosen = environment === undefined ? undefined : app[`env_${environment}`];
  const merged = isRecord(chosen) ? { ...app, env: { ...(isRecord(app.env) && app.env), ...chosen } } : app;
  for (const [key, value] of Object.entries(merged)) {
    const fate = fateOf(key, value, { app, environment });
    if ("left" in fate) left.push({ key, value, why: fate.left });
    else for (const [name, one] of Object.entries(fate.options)) note(entries, name as Key, one, fate.remark);
  }
  const { name } = app;
  return {
    name: typeof name === "string" && name !== "" ? name : "app",
    entries: [...entries.values()],
    left,
  };
}

function note(entries: Map<Key, MovedOption>, key: Key, value: unknown, remark: string | undefined): void {
  // Of two that say the same option, as both log files do, the first one holds.
  if (!entries.has(key)) entries.set(key, { key, value, ...(remark !== undefined && { remark }) });
}

type FateContext = KeyContext & { environment: string | undefined };

function fateOf(key: string, value: unknown, { app, environment }: FateContext): KeyFate {
  const [, set] = /^env_(.+)$/.exec(key) ?? [];
  if (set !== undefined && set === environment) return { options: {} };
  if (set !== undefined) return { left: `gw import-pm2 --env ${set} takes it` };
  const name = Object.hasOwn(ALIASES, key) ? ALIASES[key] : key;
  const read = name !== undefined && Object.hasOwn(PM2_KEYS, name) ? PM2_KEYS[name] : undefined;
  return read ? read(value, { app }) : { left: "gw knows no such key of PM2" };
}

/** Groups have names of their own, of fewer characters. */
function nameApart(all: readonly Moved[]): Moved[] {
  const used = new Set<string>();
  return all.map((one) => {
    const plain = one.name.replaceAll(/[^A-Za-z0-9_-]/g, "-");
    const base = GROUP_NAME.test(plain) ? plain : `app-${used.size + 1}`;
    let name = base;
    for (let count = 2; used.has(name); count++) name = `${base}-${count}`;
    used.add(name);
    return { ...one, name };
  });
}

/** What holds for gw as a whole is said once: where apps differ, by the first one. */
function renderGroups(all: readonly Moved[]): string[] {
  const shared = new Map<Key, { entry: MovedOption; name: string }>();
  const groups = all.map((one, at) => {
    const own: MovedOption[] = at === 0 ? [] : [{ key: "mount", value: `/${one.name}`, remark: MOUNTED }];
    const left = [...one.left];
    for (const entry of one.entries) {
      const first = shared.get(entry.key);
      if (rowOf(entry.key).scope === "group") own.push(entry);
      else if (!first) shared.set(entry.key, { entry, name: one.name });
      else if (JSON.stringify(first.entry.value) !== JSON.stringify(entry.value))
        left.push({ key: entry.key, value: entry.value, why: `all apps have that of ${first.name}` });
    }
    return [
      ...adviseService(one),
      `    ${written(one.name)}: {`,
      ...renderApp({ ...one, entries: own, left }, "      "),
      "    },",
    ];
  });
  const server = [...shared.values()].map(({ entry }) => renderEntry(entry, "  "));
  return [...server, "  groups: {", ...groups.flat(), "  },"];
}

const MOUNTED = "all apps share one port: give each a path, or a serverName";

/** Of what is no cluster nobody can tell by the file of PM2 whether it listens. */
function adviseService({ name, entries, left }: Moved): string[] {
  const isCluster = left.some(({ key, value }) => key === "exec_mode" && /^cluster/.test(String(value)));
  const app = entries.find(({ key }) => key === "app")?.value;
  if (isCluster || typeof app !== "string") return [];
  const line = `serviceScript: { ${written(name)}: ${written(app)} },`;
  return [`    // If it listens nowhere it is no group: take it out, and put beside groups: ${safe(line)}`];
}

function renderApp({ entries, left }: Moved, indent: string): string[] {
  return [
    ...entries.map((entry) => renderEntry(entry, indent)),
    ...left.map(
      ({ key, value, why }) =>
        `${indent}// ${written(key)}: ${shorten(written(value))} is not taken: ${safe(why)}.`,
    ),
  ];
}

function renderEntry({ key, value, remark }: MovedOption, indent: string): string {
  return `${indent}${key}: ${written(value)},${remark === undefined ? "" : ` // ${safe(remark)}`}`;
}

/** On one line, whatever is in it: these two end a line of JavaScript, and JSON lets them be. */
const written = (value: unknown) => safe(JSON.stringify(value) ?? "undefined");
const safe = (text: string) =>
  text
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029")
    .replaceAll(/[\r\n]/g, " ");

const SHOWN = 80;
const shorten = (text: string) => (text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
