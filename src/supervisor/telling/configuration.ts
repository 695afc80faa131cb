// The configuration in force as the status page shows it: every option with its value and with who has set it. What variables
// for apps hold stays hidden: they are where secrets are. Pure.

import type { OptionInForce } from "../../control/picture.ts";
import { KEYS, type Key, rowOf, type Settings } from "../../options/declare/table.ts";
import type { Origins } from "../../options/read/inputs.ts";
import { onlyAppOf, type Resolved } from "../../options/resolve/resolve.ts";

const OF_SERVER = KEYS.filter((key) => rowOf(key).scope === "server");
const OF_GROUPS = KEYS.filter((key) => rowOf(key).scope === "group");
const HIDDEN = "(hidden)";

export function configurationOf(
  resolved: Pick<Resolved, "settings" | "origins" | "groups">,
): OptionInForce[] {
  const only = onlyAppOf(resolved);
  if (only) return optionsOf(only, KEYS, null);
  return [
    ...optionsOf(resolved, OF_SERVER, null),
    ...resolved.groups
      .filter(({ kind }) => kind !== "auth")
      .flatMap((group) => optionsOf(group, OF_GROUPS, group.name)),
  ];
}

type OptionsOf = { settings: Settings; origins: Origins };

function optionsOf(
  { settings, origins }: OptionsOf,
  keys: readonly Key[],
  group: string | null,
): OptionInForce[] {
  return keys.map((key) => ({
    group,
    key,
    value: printValue(key, settings),
    origin: origins[key].text,
    isDefault: origins[key].layer === "default",
  }));
}

function printValue(key: Key, settings: Settings): string {
  if (key === "setenv") return settings.setenv.map(withoutValue).join(", ") || "-";
  if (key === "onEvent") return settings.onEvent === undefined ? "-" : withoutSecrets(settings.onEvent);
  const value = settings[key];
  return value === undefined ? "-" : rowOf(key).kind.print(value).replaceAll("\n", ", ");
}

const withoutValue = (item: string) => `${item.split("=", 1)[0]}=${HIDDEN}`;

/** Who is told of events: URLs of chats have their key in the path, and a command may have one on its line. */
function withoutSecrets(target: string): string {
  if (URL.canParse(target)) return `${new URL(target).origin}/${HIDDEN}`;
  const [program = "", ...words] = target.trim().split(/\s+/);
  return words.length === 0 ? program : `${program} ${HIDDEN}`;
}
