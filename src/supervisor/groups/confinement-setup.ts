// What a process of a confined group is told to give up before it becomes what it is to be, and in words what that holds.

import { dirname } from "node:path";
import { getAllIds } from "../../../ffi/identity.ts";
import { landlockVersion } from "../../../ffi/rights/landlock.ts";
import type { Log } from "../../core/log.ts";
import type { ConfinementSetup, LaunchSetup } from "../../link/launch/launching.ts";
import type { Settings } from "../../options/declare/table.ts";
import type { WorkerGroup } from "../../options/resolve/resolve.ts";
import { describeRights, READ_BY_ALL } from "../../os/linux/confinement.ts";
import { known } from "../../os/operating-system.ts";
import { os } from "../../os/os.ts";
import type { Dress } from "../child/child-setup.ts";
import { insideOf } from "../child/child-setup.ts";
import type { Pins } from "../child/pins.ts";
import type { Launch } from "../child/spawn.ts";
import { heedDenials } from "./denials.ts";

export type ConfinedPlaces = {
  pins: Pins;
  /** The one that clients use; 0 for none. */
  port: number;
  /** The directory in which the process makes its sockets, looked up for each process. */
  sockets(): string;
  /** Where apps find the runtime; see RunDir. */
  runtime: string | undefined;
};

/**
 * The same dress, for a process that is confined, or gives up the capabilities of an ordinary user who has some, before it is anything
 * else; unchanged where there is neither.
 */
export function confineDress(
  dress: Dress,
  group: WorkerGroup,
  places: ConfinedPlaces,
  hasRights = hasCapabilities(),
): Dress {
  const { settings } = group;
  // What becomes an interpreter gives them up on its way.
  if (!settings.confine)
    return dress.launch || !hasRights ? dress : { ...dress, launch: () => ownLaunch(group, places) };
  const launch = (): LaunchSetup => {
    const other = dress.launch?.();
    const confinement = confinementOf(settings, places, other?.command?.[1]);
    return { ...(other ?? ownLaunch(group, places)), confinement };
  };
  return { ...dress, launch };
}

/** gw's own program takes on all the rest by itself, in its role. */
function ownLaunch({ kind, settings }: WorkerGroup, { pins }: ConfinedPlaces): LaunchSetup {
  return {
    role: kind === "auth" ? "auth" : "worker",
    home: insideOf(settings, pins.home),
    limits: { isBestEffort: settings.bestEffortLimits },
    identity: { ...(settings.embeddedMode && { keepsLowPorts: true }) },
  };
}

/** This process is not root, and may more than its user: by ambient capabilities of a service manager, or by those of its file. */
function hasCapabilities(): boolean {
  const ids = getAllIds();
  return ids.ok && !ids.value.uids.includes(0) && (known(os.ownCapabilities()) ?? 0n) !== 0n;
}

/** `program`: a file in the server root that the process runs. Pure. */
export function confinementOf(
  { connectPorts, listenPorts, embeddedMode }: Settings,
  { pins: { granted = { readable: [], writable: [] } }, port, sockets, runtime }: ConfinedPlaces,
  program?: string,
): ConfinementSetup {
  const numbers = (ports: readonly string[]) => [...new Set(ports.map(Number))];
  const own = embeddedMode && port !== 0 ? [String(port)] : [];
  return {
    readable: [
      ...granted.readable,
      ...(runtime === undefined ? [] : [dirname(runtime)]),
      ...(program === undefined ? [] : [program]),
    ],
    writable: granted.writable,
    sockets: [sockets()],
    ...(listenPorts && { listenPorts: numbers([...listenPorts, ...own]) }),
    ...(connectPorts && { connectPorts: numbers(connectPorts) }),
  };
}

/** What the kernel holds a process of the group to; undefined where it is not confined. */
export function heldOf({ confine, connectPorts, listenPorts }: Settings): string | undefined {
  if (!confine) return undefined;
  const version = landlockVersion();
  const ports = { ...(connectPorts && { connectPorts: [] }), ...(listenPorts && { listenPorts: [] }) };
  return describeRights(version.ok ? version.value : 0, ports);
}

/** The same tools, whose processes have it told when they are denied something. */
export function heeding<T extends { launch: Launch; log: Log }>(
  tools: T,
  { group: { settings }, pins }: { group: WorkerGroup; pins: Pins },
): T {
  const { readable, writable } = pins.granted ?? { readable: [], writable: [] };
  const inside = (paths: readonly string[]) => paths.map((path) => insideOf(settings, path));
  const { connectPorts, listenPorts } = settings;
  const granted = {
    home: insideOf(settings, pins.home),
    readable: [...READ_BY_ALL, ...inside(readable)],
    writable: inside(writable),
  };
  return {
    ...tools,
    launch: heedDenials(tools.launch, { ...granted, connectPorts, listenPorts }, tools.log),
  };
}
