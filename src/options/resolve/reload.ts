// What a reload cannot take up: pure comparison of the settings in force with those that are to come. All that is refused
// is told by name before anything has happened.

import { isDeepStrictEqual } from "node:util";
import { flagOf } from "../declare/names.ts";
import type { Problem } from "../declare/problems.ts";
import { KEYS, type Key, rowOf } from "../declare/table.ts";
import { setterIn } from "../read/inputs.ts";
import type { Resolved } from "./resolve.ts";

type ComparedConfig = Pick<Resolved, "settings" | "origins">;

/** Nothing refused: all that differs can be taken up by new workers and new front ends. */
export function planReload(before: ComparedConfig, after: ComparedConfig): { refused: Problem[] } {
  const changed = KEYS.filter(
    (key) => isFixed(key) && !isDeepStrictEqual(before.settings[key], after.settings[key]),
  );
  const said = changed.filter((key) => isSaid(key, before, after));
  // What follows from other options is told only where none of them is told.
  return { refused: (said.length > 0 ? said : changed).map((key) => refuse(key, before, after)) };
}

/** Groups may change whom they run as; the front ends, who have the server root's sockets, stay who they are. */
const OF_FRONT_ENDS: readonly Key[] = ["user", "group", "supplementaryGroups"];

const isFixed = (key: Key) => rowOf(key).change === "restart" || OF_FRONT_ENDS.includes(key);

const isSaid = (key: Key, ...all: ComparedConfig[]) =>
  all.some(({ origins }) => origins[key].layer !== "default");

function refuse(key: Key, before: ComparedConfig, after: ComparedConfig): Problem {
  const [old, next] = [before, after].map(({ settings }) => print(key, settings[key]));
  const [was, is] = [setterIn(before.origins)(key), setterIn(after.origins)(key)];
  const from = is ?? (was === undefined ? undefined : `the default, because ${was} is gone`);
  return {
    cause: "configuration",
    what: `${key} cannot change from ${old} to ${next} while gw runs`,
    ...(from !== undefined && { from }),
    advice: `Put it back, or stop gw and start it again; ${flagOf(key)} needs a new start`,
  };
}

function print(key: Key, value: unknown): string {
  return value === undefined ? "nothing" : `"${rowOf(key).kind.print(value)}"`;
}
