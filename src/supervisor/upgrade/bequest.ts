// What a gw leaves to the one that takes over: where clients come in, what is shared by memory, and what was set by hand; and
// at the moment at which that takes the server root, all that it has counted and remembers.

import { VERSION } from "../../core/version.ts";
import type { Sample } from "../../link/figures.ts";
import { printPlace } from "../../options/declare/kinds/listen-kind.ts";
import type { PublicPlace } from "../../options/groups/places.ts";
import type { Resolved } from "../../options/resolve/resolve.ts";
import type { Ledger } from "../crew/ledger.ts";
import { FIRST_INHERITED } from "../fronts/front-setup.ts";
import type { OpenPlaces } from "../fronts/open-places.ts";
import type { Site } from "../generations/site.ts";
import type { Estate } from "./messages.ts";
import { programAt } from "./spawn-heir.ts";
import type { Bequest } from "./upgrade.ts";

export type Testator = {
  pid: number;
  serverRoot: string;
  rootPid: number;
  cwd: string | undefined;
  statusToken: string;
  /** As gw was started with it. */
  config: Pick<Resolved, "places">;
  open: Pick<OpenPlaces, "places" | "guards">;
  site: Site;
  ledger: Pick<Ledger, "restarts" | "chronicle">;
  /** All that front ends have counted, as far as they have told it. */
  samples(): Sample[];
};

export function bequestOf({ config, open, site, ...given }: Testator, generation: number): Bequest {
  const { pid, serverRoot, rootPid, cwd, statusToken } = given;
  const { main, https, all } = open.places;
  const { salt, rateMemory } = site.common;
  const handed = config.places.flatMap(({ descriptor }) => descriptor ?? []).toSorted((a, b) => a - b);
  const own = all.flatMap(({ descriptor }) => descriptor ?? []).filter((one) => !handed.includes(one));
  const rates = rateMemory.made;
  const descriptors = [...handed, ...own, ...(rates === undefined ? [] : [rates])];
  const numberOf = (descriptor: number) => FIRST_INHERITED + descriptors.indexOf(descriptor);
  const renumbered = ({ descriptor, ...place }: PublicPlace): PublicPlace =>
    descriptor === undefined ? place : { ...place, descriptor: numberOf(descriptor) };
  return {
    descriptors,
    inheritance: {
      ...{ version: VERSION, pid, serverRoot, rootPid, generation, salt, statusToken, main },
      ...(https !== undefined && { https }),
      ...(cwd !== undefined && { cwd }),
      asked: config.places.map(printPlace),
      places: all.map(renumbered),
      guarded: open.guards.guarded.map(({ port, addresses }) => ({
        port,
        addresses: addresses.map((bytes) => bytes.toHex()),
      })),
      handed: handed.length,
      ...(rates !== undefined && { rates: numberOf(rates) }),
      program: programAt(descriptors),
      groups: site.generation.pools.map(({ group, wanted }) => {
        const { min, max } = group.settings.processes;
        return { name: group.name, min, max, wanted };
      }),
    },
  };
}

export function estateOf({ site, ledger, samples }: Omit<Testator, "open" | "rootPid" | "cwd">): Estate {
  const { pauses } = site;
  return {
    samples: samples(),
    restarts: Object.fromEntries(ledger.restarts),
    records: ledger.chronicle.records,
    pauses: pauses.left,
  };
}
