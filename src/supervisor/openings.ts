// What a supervisor opens first: its server root, and the places where clients come in; alone, or beside a gw that it takes over from.

import { type OpenPlaces, openPlaces, sharePlaces } from "./fronts/open-places.ts";
import { openRunDir, type RunDir, shareRunDir } from "./root/run-dir.ts";
import type { StartState, Supervision } from "./supervision.ts";
import { checkSame, placesBefore, processesOf } from "./upgrade/follow.ts";

/** The server root: this gw's alone, or for now also that of another one. */
export function openRoot({ config, system, tools, followed }: Supervision): RunDir {
  const { account: user, settings } = config;
  const { serverRoot } = settings;
  if (!followed) return openRunDir(serverRoot, system, tools.log, user);
  checkSame(config, followed.inheritance);
  return shareRunDir(serverRoot, system, tools.log, { user, holder: followed.inheritance.pid });
}

export function openDoors({ config, system, tools, followed }: Supervision, run: StartState): OpenPlaces {
  const others = () => run.upgrade?.heirPid ?? followed?.inheritance.pid;
  const ownPids = () => {
    const { site } = run;
    const own = config.settings.embeddedMode ? site?.pids : site?.fronts.flatMap(({ crew }) => crew.pids);
    const other = others();
    return [...(own ?? []), ...(other === undefined ? [] : processesOf(other))];
  };
  const opening = { config, ...system, ownPids, tools };
  return followed ? sharePlaces(opening, placesBefore(followed)) : openPlaces(opening);
}
