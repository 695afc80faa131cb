// Where gw listens, all in all: at its host and port, at the places that `listen` names, and on what a service manager has
// opened for it. Pure.

import type { Handed, ListenPlace } from "../../core/addresses.ts";
import { printPlace, readPlace } from "../declare/kinds/listen-kind.ts";
import type { Settings } from "../declare/table.ts";

export const NOTHING_HANDED: Handed = { sockets: [], wrong: [] };

export type PublicPlace = ListenPlace & {
  isTls: boolean;
  /** Of a socket that is open already. */
  descriptor?: number;
};

type ToldPlaces = Pick<Settings, "host" | "port" | "httpsPort" | "listen">;

type PortPlace = Extract<ListenPlace, { port: number }>;

const hasPort = <P extends ListenPlace>(place: P): place is P & PortPlace => "port" in place;

/** Whether there is anything beside host and port. */
export const hasPlaces = ({ listen }: Pick<ToldPlaces, "listen">, handed: Handed = NOTHING_HANDED) =>
  listen.length + handed.sockets.length > 0;

/** By which gw is known where nobody names a port; undefined where there are UNIX sockets alone. */
export function firstPort(
  { listen, httpsPort }: Pick<ToldPlaces, "listen" | "httpsPort">,
  handed: Handed = NOTHING_HANDED,
): PortPlace | undefined {
  const all: PortPlace[] = [...handed.sockets, ...listen.map(readPlace)].filter(hasPort);
  return httpsPort === undefined ? all[0] : all.find(({ port }) => port === httpsPort && port !== 0);
}

/** The one by which gw is known first. `isPortSaid`: somebody has named a port, beside the places. */
export function placesOf(
  told: ToldPlaces,
  isPortSaid: boolean,
  handed: Handed = NOTHING_HANDED,
): PublicPlace[] {
  const { host, port, httpsPort, listen } = told;
  const elsewhere = [...handed.sockets, ...listen.map(readPlace)];
  const isServed = (wanted: number, among: readonly ListenPlace[]) =>
    among.some((place) => hasPort(place) && place.port === wanted && wanted !== 0);
  const own: ListenPlace[] = [];
  const isPlain = port !== httpsPort && (isPortSaid || elsewhere.length === 0);
  if (isPlain && !isServed(port, handed.sockets)) own.push({ host, port });
  if (httpsPort !== undefined && !isServed(httpsPort, elsewhere)) own.push({ host, port: httpsPort });
  const isTls = (place: ListenPlace) =>
    hasPort(place) && place.port === httpsPort && (httpsPort !== 0 || own.includes(place));
  const all = [...own, ...elsewhere].map((place) => ({ ...place, isTls: isTls(place) }));
  const isMain = (place: ListenPlace) => hasPort(place) && place.port === port;
  return dropRepeats([...all.filter(isMain), ...all.filter((place) => !isMain(place))]);
}

/** What is open already stands for what names the same. Free ports are several. */
function dropRepeats(places: readonly PublicPlace[]): PublicPlace[] {
  const open = new Set(places.filter(({ descriptor }) => descriptor !== undefined).map(printPlace));
  const seen = new Set<string>();
  return places.filter((place) => {
    const text = printPlace(place);
    if (hasPort(place) && place.port === 0) return true;
    if (place.descriptor === undefined && open.has(text)) return false;
    return !seen.has(text) && seen.add(text);
  });
}
