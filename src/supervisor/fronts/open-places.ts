// Opens the places where clients come in, as far as that is the supervisor's to do: ports are tried out and kept from others, and
// bound by the front ends; UNIX sockets are made; what a service manager has opened is made fit to be shared.

import { closeSync } from "node:fs";
import type { BoundAddress } from "../../../ffi/port-guard.ts";
import { shareListener } from "../../../ffi/socket.ts";
import type { Clock } from "../../core/clock.ts";
import { GwError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { printPlace } from "../../options/declare/kinds/listen-kind.ts";
import type { PublicPlace } from "../../options/groups/places.ts";
import type { Resolved } from "../../options/resolve/resolve.ts";
import { os } from "../../os/os.ts";
import { boundPlaces, choosePlaces, type PublicPlaces } from "./places.ts";
import { probePort, refuseShared } from "./port.ts";
import { type Binder, PortGuards, PublicPort } from "./public-port.ts";
import { keepUnixPlace, openUnixPlace } from "./unix-place.ts";

export type OpeningPlaces = {
  config: Pick<Resolved, "settings" | "places" | "socketOwner">;
  /** The supervisor's. */
  pid: number;
  uid: number;
  /** Processes that may listen there. */
  ownPids: () => readonly number[];
  tools: { clock: Clock; log: Log };
};

export type OpenPlaces = {
  places: PublicPlaces;
  guards: PortGuards;
  /** Throws when somebody listens at the same port and address as `pids`. */
  refuseShared(pids: readonly number[]): void;
  /** Another gw has them as well, and keeps them: ports are guarded by it, and files of sockets stay. */
  handOver(): void;
  close(): void;
};

/** What another gw has opened, which is going to give it up. */
export type PlacesBefore = {
  places: PublicPlaces;
  guarded: readonly { port: number; addresses: readonly Uint8Array[] }[];
  gw: Binder;
};

/** Throws the GwError that names the place that cannot be had; then nothing stays open. */
export function openPlaces(opening: OpeningPlaces): OpenPlaces {
  const { config, pid } = opening;
  const closers: (() => void)[] = [];
  const close = () => {
    for (const act of closers.splice(0).toReversed()) act();
  };
  try {
    const chosen = choosePlaces(config, pid);
    const guards = guardPorts(chosen, opening);
    closers.push(() => guards.close());
    const all = chosen.all.map((place) => openPlace(place, opening, closers));
    const places = { ...chosen, all };
    const refuse = (pids: readonly number[]) => {
      for (const { host, port } of boundPlaces(places)) refuseShared(host, port, pids);
    };
    return { places, guards, refuseShared: refuse, handOver: () => handOver(places, guards, closers), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Beside the gw that has opened them: nothing is tried out, for it listens there. */
export function sharePlaces(opening: OpeningPlaces, { places, guarded, gw }: PlacesBefore): OpenPlaces {
  const { ownPids, tools } = opening;
  const ports = guarded.map(({ port, addresses }) => {
    const setup = { ...tools, os, port, ownPids, guarded: addresses.map((bytes) => ({ bytes, port })) };
    return new PublicPort(setup, gw);
  });
  const guards = new PortGuards(ports);
  const handed = new Set(opening.config.places.flatMap(({ descriptor }) => descriptor ?? []));
  const kept = places.all.flatMap((place) =>
    "unix" in place && place.descriptor !== undefined && !handed.has(place.descriptor)
      ? [keepUnixPlace(place.unix, place.descriptor)]
      : [],
  );
  const closers = [() => guards.close(), ...kept.map((one) => () => one.close())];
  const close = () => {
    for (const act of closers.splice(0).toReversed()) act();
  };
  return { places, guards, refuseShared() {}, handOver: () => handOver(places, guards, closers), close };
}

function handOver({ all }: PublicPlaces, guards: PortGuards, closers: (() => void)[]): void {
  guards.close();
  closers.splice(0, closers.length, () => {
    for (const place of all)
      if ("unix" in place && place.descriptor !== undefined) closeSync(place.descriptor);
  });
}

function openPlace(
  place: PublicPlace,
  { config: { settings, socketOwner: owner }, uid }: OpeningPlaces,
  closers: (() => void)[],
): PublicPlace {
  if (place.descriptor !== undefined) {
    const shared = shareListener(place.descriptor);
    if (!shared.ok) throw new GwError("socket_refused", { path: printPlace(place), reason: shared.reason });
    return place;
  }
  if ("port" in place) return place;
  const { socketMode: mode, serverBacklog: backlog } = settings;
  const { descriptor, close } = openUnixPlace(place.unix, { mode, owner, backlog, uid });
  closers.push(close);
  return { ...place, descriptor };
}

/** One guard for each port, whatever the addresses on it: who else listens there is looked for by port. */
function guardPorts(places: PublicPlaces, { config, pid, ownPids, tools }: OpeningPlaces): PortGuards {
  const byPort = new Map<number, BoundAddress[]>();
  for (const { host, port } of boundPlaces(places)) {
    const { address } = probePort(host, port, pid);
    const guarded = config.settings.embeddedMode || !address ? [] : [address];
    byPort.set(port, [...(byPort.get(port) ?? []), ...guarded]);
  }
  const guards = [...byPort].map(
    ([port, guarded]) => new PublicPort({ ...tools, os, port, ownPids, guarded }),
  );
  return new PortGuards(guards);
}
