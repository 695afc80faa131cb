// Places where gw listens beside, or instead of, its host and port. Pure.

import type { ListenPlace } from "../../../core/addresses.ts";
import type { Kind } from "./kinds.ts";
import { list } from "./list-kinds.ts";

const UNIX = "unix:";
const PORT = String.raw`(?:\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])`;
const HOST = String.raw`(?:\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%\w+)?\]|[0-9A-Za-z._-]+)`;
const ITEM = new RegExp(`^(?:${HOST}:${PORT}|${UNIX}[^\\0@][^\\0]*|${UNIX}@[^\\0/]+)$`);

/** The system's own limit for the path of a socket, in bytes, without the byte that ends it. */
export const SOCKET_PATH_BYTES = 107;

/** `127.0.0.1:8080`, `[::1]:8080`, `unix:/run/shop.sock`, `unix:@shop`. */
export function listenPlaces(): Kind<readonly string[]> {
  return list({
    placeholder: "PLACE",
    accepts:
      "ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:8080, unix:PATH, or unix:@NAME; the flag once for each, or commas between",
    separator: ",",
    item: ITEM,
    anchor: (item, absolute) =>
      item.startsWith(UNIX) && item[UNIX.length] !== "@" ? UNIX + absolute(item.slice(UNIX.length)) : item,
  });
}

/** For an item of that kind. */
export function readPlace(item: string): ListenPlace {
  if (item.startsWith(UNIX)) return { unix: item.slice(UNIX.length) };
  const at = item.lastIndexOf(":");
  return { host: item.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(item.slice(at + 1)) };
}

/** As it would be given. */
export function printPlace(place: ListenPlace): string {
  if ("unix" in place) return UNIX + place.unix;
  return `${place.host.includes(":") ? `[${place.host}]` : place.host}:${place.port}`;
}

/** Such a socket has no file: no mode, no owner, nothing to be removed. */
export const isAbstract = (path: string) => path.startsWith("@");
