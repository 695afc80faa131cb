// What `--memory-limit auto` comes to: for each worker its part of the memory. Pure.

import { AUTO_BYTES } from "../declare/kinds/auto-kinds.ts";
import type { Problem } from "../declare/problems.ts";
import type { Settings } from "../declare/table.ts";
import type { HostFacts } from "../read/inputs.ts";
import type { Outside, WorkerGroup } from "./groups.ts";

const MB = 2 ** 20;
/** For the supervisor, and for each front end. */
const OWN_BYTES = 96 * MB;
/** With less an app of any size is replaced as soon as it has started. */
const LEAST_BYTES = 64 * MB;
/** During a reload the workers of the old code serve on beside those of the new. */
const GENERATIONS = 2;

type Sharing = Pick<WorkerGroup, "name" | "settings" | "origins">;

/** The same, with figures in the place of `auto`; what had one object of settings in common has so still. */
export function shareMemory<G extends Sharing>(
  outside: Outside,
  groups: readonly G[],
  { machine }: HostFacts,
): { outside: Outside; groups: G[]; problems: Problem[] } {
  const takers = groups.filter(({ settings }) => settings.memoryLimit === AUTO_BYTES);
  if (takers.length === 0) return { outside, groups: [...groups], problems: [] };
  const share = shareOf(outside.settings, groups, machine?.().memoryBytes);
  const made = new Map<Settings, Settings>();
  const withShare = (settings: Settings): Settings => {
    if (settings.memoryLimit !== AUTO_BYTES) return settings;
    const known =
      made.get(settings) ?? Object.freeze({ ...settings, memoryLimit: isEnough(share) ? share : 0 });
    made.set(settings, known);
    return known;
  };
  return {
    outside: { ...outside, settings: withShare(outside.settings) },
    groups: groups.map((group) => ({ ...group, settings: withShare(group.settings) })),
    problems: takers.slice(0, 1).flatMap((taker) => problemWith(share, taker)),
  };
}

/** Of one worker; undefined where the system does not tell how much there is. */
function shareOf(
  { frontEnds }: Settings,
  groups: readonly Sharing[],
  memoryBytes: number | undefined,
): number | undefined {
  if (memoryBytes === undefined) return undefined;
  const said = groups.filter(({ settings }) => settings.memoryLimit > 0);
  const most = ({ settings }: Sharing) => settings.processes.max * GENERATIONS;
  const taken = said.reduce((sum, group) => sum + most(group) * group.settings.memoryLimit, 0);
  const workers = groups
    .filter(({ settings }) => settings.memoryLimit === AUTO_BYTES)
    .reduce((sum, group) => sum + most(group), 0);
  const left = memoryBytes - OWN_BYTES * (1 + frontEnds) - taken;
  return Math.max(0, Math.floor(left / workers / MB) * MB);
}

const isEnough = (share: number | undefined): share is number => share !== undefined && share >= LEAST_BYTES;

function problemWith(share: number | undefined, { origins }: Sharing): Problem[] {
  if (isEnough(share)) return [];
  const from = origins.memoryLimit.text;
  if (share === undefined) {
    const what = "memoryLimit cannot be auto, because the system does not tell how much memory there is";
    return [{ cause: "configuration", what, from, advice: "Say a size" }];
  }
  const what = `memoryLimit auto would be ${share / MB}M for each worker, with room for a second generation of them`;
  return [{ cause: "configuration", what, from, advice: "Lower --processes, or say a size" }];
}
