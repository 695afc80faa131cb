// What must hold among the places where gw listens: one named pure function for each rule. What the system thinks of them
// is told when they are opened.

import { dirname } from "node:path";
import type { Handed } from "../../core/addresses.ts";
import { bytesOfLiteral } from "../../core/addresses.ts";
import type { PathKind } from "../declare/app-file.ts";
import { isAbstract, printPlace, SOCKET_PATH_BYTES } from "../declare/kinds/listen-kind.ts";
import type { Problem } from "../declare/problems.ts";
import type { Key, Settings } from "../declare/table.ts";
import type { PublicPlace } from "../groups/places.ts";
import { type Accounts, findGroup, findUser, idFrom } from "../read/accounts.ts";

export type SocketRuleInput = {
  settings: Settings;
  setBy: (key: Key) => string | undefined;
  places: readonly PublicPlace[];
  handed: Handed;
  starter: { uid: number; accounts: Accounts };
  kindOf: (path: string) => PathKind | undefined;
};

/** Where what a service manager hands over is announced. */
const HANDED = "LISTEN_FDS";

export const SOCKET_RULES: Readonly<Record<string, (input: SocketRuleInput) => Problem[]>> = {
  handedSocketsTakeClients({ handed }) {
    return handed.wrong.map((what) =>
      wrong(what, HANDED, "In the unit, use ListenStream= and leave out Accept="),
    );
  },

  placesAreApart({ places, setBy }) {
    return places.flatMap((place, at) =>
      places.slice(at + 1).flatMap((other) => {
        const wide = [place, other].find((one) => covers(one, one === place ? other : place));
        if (!wide) return [];
        const narrow = wide === place ? other : place;
        const what = `${printPlace(wide)} takes the clients of ${printPlace(narrow)} as well, so that gw cannot listen at both`;
        return [wrong(what, setBy("listen") ?? setBy("port"), "Leave one of them out")];
      }),
    );
  },

  socketPathsFit({ places, setBy, kindOf }) {
    return places.flatMap((place) => {
      if (!("unix" in place) || place.descriptor !== undefined) return [];
      const from = setBy("listen");
      const bytes = Buffer.byteLength(place.unix);
      const what = `The socket "${place.unix}"`;
      if (bytes > SOCKET_PATH_BYTES)
        return [
          wrong(
            `${what} has ${bytes} bytes, and the system takes ${SOCKET_PATH_BYTES}`,
            from,
            "Give a shorter path",
          ),
        ];
      if (isAbstract(place.unix) || kindOf(dirname(place.unix)) === "directory") return [];
      return [wrong(`${what} lies in a directory that does not exist`, from, "Make the directory first")];
    });
  },

  socketOwnerIsSomebody({ settings: { socketOwner }, setBy, starter }) {
    if (socketOwner === undefined) return [];
    const read = readOwner(socketOwner, starter.accounts);
    const from = setBy("socketOwner");
    if ("unknown" in read)
      return [
        wrong(
          `socketOwner names "${read.unknown}", who is not known here`,
          from,
          "Make it first, or give a number",
        ),
      ];
    if (read.uid === undefined || read.uid === starter.uid || starter.uid === 0) return [];
    const what = `socketOwner cannot be "${socketOwner}": gw runs as user ${starter.uid}, and only root can give a file away`;
    return [wrong(what, from, "Start gw as root, or give a group alone, as in :www-data")];
  },

  proxyProtocolHasProxies({ settings: { proxyProtocol, trustProxy, embeddedMode }, setBy }) {
    if (!proxyProtocol || embeddedMode || trustProxy.length > 0) return [];
    const what = "proxyProtocol lets nobody in: trustProxy names no proxy that may send a preface";
    return [wrong(what, setBy("proxyProtocol"), "Name the proxy, for example --trust-proxy 10.0.0.0/8")];
  },
};

/** One sentence each of what is allowed, but does not do what it looks like. */
export function findIdleSocketSettings({
  settings,
  setBy,
  places,
}: Pick<SocketRuleInput, "settings" | "setBy" | "places">): string[] {
  if (settings.embeddedMode) return [];
  const idle = (key: Key, why: string) => {
    const by = setBy(key);
    return by === undefined ? [] : [`${key} (${by}) has no effect, because ${why}`];
  };
  const isAtHost = places.some((place) => "port" in place && place.host === settings.host);
  const hosts = isAtHost ? [] : idle("host", "gw listens at other places alone");
  const isMade = (place: PublicPlace) =>
    "unix" in place && place.descriptor === undefined && !isAbstract(place.unix);
  if (places.some(isMade)) return hosts;
  const why = "gw makes no UNIX socket with a file";
  return [...hosts, ...(["socketMode", "socketOwner"] as const).flatMap((key) => idle(key, why))];
}

/** Absent: as it comes. */
export type SocketOwner = { uid?: number; gid?: number };

/** For a value that keeps the rules above. */
export function socketOwnerOf(text: string | undefined, accounts: Accounts): SocketOwner {
  const read = text === undefined ? {} : readOwner(text, accounts);
  return "unknown" in read ? {} : read;
}

function readOwner(text: string, accounts: Accounts): SocketOwner | { unknown: string } {
  const [user = "", group = ""] = text.split(":");
  const uid = findUser(accounts, user)?.uid ?? idFrom(user);
  const gid = findGroup(accounts, group)?.gid ?? idFrom(group);
  if (user !== "" && uid === undefined) return { unknown: user };
  if (group !== "" && gid === undefined) return { unknown: group };
  return { ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }) };
}

/** Whether all that asks for the one also gets to the other; the same one twice is told of by nobody. */
function covers(wide: PublicPlace, narrow: PublicPlace): boolean {
  if (!("port" in wide) || !("port" in narrow)) return false;
  if (wide.port !== narrow.port || wide.port === 0) return false;
  const [all, one] = [bytesOfLiteral(wide.host), bytesOfLiteral(narrow.host)];
  const isAll = all?.every((byte) => byte === 0) ?? false;
  // The wildcard of IPv6 takes clients of IPv4 as well; that of IPv4 none of IPv6.
  return isAll && (all?.length === 16 || one?.length === 4);
}

function wrong(what: string, from: string | undefined, advice: string): Problem {
  return { cause: "configuration", what, ...(from !== undefined && { from }), advice };
}
