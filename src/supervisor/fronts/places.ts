// Where clients come in, with the ports that the system has chosen, and the URLs of those by which people reach them. Pure but for the
// choice.

import { printPlace } from "../../options/declare/kinds/listen-kind.ts";
import type { PublicPlace } from "../../options/groups/places.ts";
import type { Resolved } from "../../options/resolve/resolve.ts";
import { probePort } from "./port.ts";

export type PublicPlaces = {
  /** By which gw is known, and its apps are told: that of HTTP, or that of HTTPS where there is no other; 0 for none. */
  main: number;
  /** Absent without HTTPS. */
  https?: number | undefined;
  /** The main one first. What the supervisor has opened has its descriptor here. */
  all: readonly PublicPlace[];
};

/** The system chooses where 0 is asked for. */
export function choosePlaces(
  { settings, places }: Pick<Resolved, "settings" | "places">,
  ownPid: number,
): PublicPlaces {
  const all = places.map((place) =>
    "port" in place && place.port === 0 ? { ...place, port: probePort(place.host, 0, ownPid).port } : place,
  );
  const chosen = (wanted: number, isMeant: (place: PublicPlace) => boolean) => {
    const place = wanted === 0 ? all.find((one) => "port" in one && isMeant(one)) : undefined;
    return place && "port" in place ? place.port : wanted;
  };
  const { port, httpsPort } = settings;
  const main = chosen(port, (place) => place === all[0]);
  if (httpsPort === undefined) return { main, all };
  return { main, https: httpsPort === port ? main : chosen(httpsPort, ({ isTls }) => isTls), all };
}

/** Those that each front end binds for itself. */
export const boundPlaces = ({ all }: PublicPlaces) =>
  all.flatMap((place) => ("port" in place && place.descriptor === undefined ? [place] : []));

/** Descriptors of those that are open once, and that all front ends accept from. */
export const sharedDescriptors = ({ all }: PublicPlaces) => all.flatMap(({ descriptor }) => descriptor ?? []);

/** Where clients reach gw; the main place first. */
export function urlsOf({ all }: PublicPlaces): string[] {
  return all.map((place) =>
    "port" in place ? urlOf(place.host, place.port, place.isTls ? "https" : "http") : printPlace(place),
  );
}

/** How clients name the host: a wildcard address is no place to go to. */
export function urlOf(host: string, port: number, scheme: "http" | "https" = "http"): string {
  const isWildcard = host === "" || host === "0.0.0.0" || host === "::" || host === "[::]";
  const name = isWildcard ? "localhost" : host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return `${scheme}://${name}:${port}/`;
}
