// Configuration files as texts, resolved on the machine of facts.ts.

import type { Problem } from "../../src/options/declare/problems.ts";
import { readConfigJson } from "../../src/options/read/config-json.ts";
import {
  type Inputs,
  type Resolution,
  type Resolved,
  resolve,
  type WorkerGroup,
} from "../../src/options/resolve/resolve.ts";
import { factsWith } from "./facts.ts";

export const CONFIG = "/srv/shop/gw.config.json";
export const FILES = [
  "app.ts",
  "api.ts",
  "web.ts",
  "mail.ts",
  "sub/deep/own.ts",
  "sub/package.json",
  "package.json",
].map((name) => `/srv/shop/${name}`);

export function resolveText(text: string, inputs: Partial<Inputs> = {}): Resolution {
  const read = readConfigJson(text);
  if ("fault" in read) throw new Error(`the test's own file is wrong: ${read.fault}`);
  const file = { path: CONFIG, members: read.members, problems: [] };
  return resolve({ argv: [], env: {}, facts: factsWith(FILES), file, ...inputs });
}

/** A file of these groups. */
export function resolveGroups(groups: object, more: object = {}, inputs: Partial<Inputs> = {}): Resolution {
  return resolveText(JSON.stringify({ ...more, groups }), inputs);
}

export function good(resolution: Resolution): Resolved & { warnings: string[] } {
  if (resolution.problems) throw new Error(resolution.problems.map(({ what }) => what).join("; "));
  return resolution;
}

export function groupOf(resolution: Resolution, name: string): WorkerGroup {
  const group = good(resolution).groups.find((one) => one.name === name);
  if (!group) throw new Error(`there is no group ${name}`);
  return group;
}

/** What is wrong, who said so, and what to do, without the name of the file. */
export function toldOf(resolution: Resolution): (string | undefined)[][] {
  return (resolution.problems ?? []).map(({ what, from, advice }: Problem) => [
    what,
    from?.replaceAll(`${CONFIG}:`, ""),
    advice,
  ]);
}

export const whatOf = (resolution: Resolution): string[] =>
  (resolution.problems ?? []).map(({ what }) => what);
