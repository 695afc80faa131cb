// What show-config prints: every value, and who set it; with groups, what holds for gw once and the rest for each. Pure.

import { KEYS, type Key, rowOf, type Settings } from "../declare/table.ts";
import { type Origins, onlyAppOf, type Resolved, type WorkerGroup } from "../resolve/resolve.ts";

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

type ShownGroup = Pick<WorkerGroup, "settings" | "origins" | "envFiles">;

/** Files of variables that are found are shown as if they had been named: an operator wants to know which. */
function withFoundFiles({
  settings,
  origins,
  envFiles,
}: ShownGroup): Pick<WorkerGroup, "settings" | "origins"> {
  if (settings.envFile !== undefined || envFiles.length === 0) return { settings, origins };
  const envFile = { layer: "default", text: "found" } as const;
  return { settings: { ...settings, envFile: envFiles }, origins: { ...origins, envFile } };
}

const OF_SERVER = KEYS.filter((key) => rowOf(key).scope === "server");
const OF_GROUPS = KEYS.filter((key) => rowOf(key).scope === "group");

/** With groups: what holds for gw as a whole, once; then what holds in each. */
export function listResolved(resolved: Resolved): Record<string, SettingView | Record<string, SettingViews>> {
  const only = onlyAppOf(resolved);
  if (only) return list(only);
  const each = groupsOf(resolved).map((group) => [group.name, list(group, OF_GROUPS)]);
  return {
    ...listSettings(resolved.settings, resolved.origins, OF_SERVER),
    groups: Object.fromEntries(each),
  };
}

export function printResolved(resolved: Resolved): string[] {
  const only = onlyAppOf(resolved);
  if (only) return printGroup(only);
  return [
    ...printSettings(resolved.settings, resolved.origins, OF_SERVER),
    ...groupsOf(resolved).flatMap((group) => [
      "",
      `group ${group.name}`,
      ...printGroup(group, OF_GROUPS).map((line) => `  ${line}`),
    ]),
  ];
}

/** What holds for auth processes is said of the group that they are for. */
const groupsOf = ({ groups }: Resolved) => groups.filter(({ kind }) => kind !== "auth");

function list(group: ShownGroup, keys?: readonly Key[]): SettingViews {
  const { settings, origins } = withFoundFiles(group);
  return listSettings(settings, origins, keys);
}

function printGroup(group: ShownGroup, keys?: readonly Key[]): string[] {
  const { settings, origins } = withFoundFiles(group);
  return printSettings(settings, origins, keys);
}

/** In one line, whatever separates the items of a list. */
function printValue(key: Key, value: unknown): string {
  const text = value === undefined ? "" : rowOf(key).kind.print(value).replaceAll("\n", ", ");
  return text === "" ? "-" : text;
}
