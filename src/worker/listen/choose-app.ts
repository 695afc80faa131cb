// Which of a program's listeners is the app, and which serve something else, as metrics or a console for operators do.
// Pure. The rule: the one on the port that gw told the app in PORT (or on --app-port); else the only one; else the only
// one that is not bound to loopback, those on any free port set aside. Listeners on one port are one: Fastify opens one
// for each address of localhost.

import { type Address, isPrivate } from "./address.ts";

export type Ports = {
  /** The port that clients use, and what PORT says; 0 for none. */
  told: readonly number[];
  /** Of --app-port: no other listener will do. */
  named: number | undefined;
};

/**
 * What a listener is at the moment it is opened. `held`: nobody can tell yet. `twin`: on the port of the app or of
 * gw's clients, where gw already is. `late`: it would have been the app, had it come before the decision.
 */
export type Standing = "app" | "twin" | "late" | "held" | "other";

export function standingOf(asked: Address, app: Address | undefined, ports: Ports): Standing {
  const isMeant = isAppPort(asked, ports);
  if (isMeant) return app === undefined ? "app" : isAppPort(app, ports) ? "twin" : "late";
  // Whether there is the app already or not: what is open on the port of the clients itself would get some of them.
  const isPublic = asked.port !== 0 && ports.told.includes(asked.port);
  if (isPublic) return "twin";
  if (!app) return ports.named === undefined ? "held" : "other";
  return isSamePort(asked, app) ? "twin" : "other";
}

export type Choice = { app: Address } | { tie: [Address, Address] } | "none";

/** Among those that are held, in the order in which they were opened. */
export function chooseApp(held: readonly Address[]): Choice {
  let left = firstOfEachPort(held);
  for (const isLikelier of [isReachable(held), isFixed]) {
    const likelier = left.filter(isLikelier);
    if (likelier.length > 0) left = likelier;
  }
  const [first, second] = left;
  if (!first) return "none";
  return second ? { tie: [first, second] } : { app: first };
}

export function isSamePort(one: Address, other: Address): boolean {
  return one === other || (one.port !== 0 && one.port === other.port);
}

function isAppPort({ port }: Address, { told, named }: Ports): boolean {
  return port !== 0 && (named === undefined ? told.includes(port) : port === named);
}

function firstOfEachPort(held: readonly Address[]): Address[] {
  return held.filter((one) => held.find((other) => isSamePort(one, other)) === one);
}

/** From another machine, at one of its addresses. */
const isReachable = (held: readonly Address[]) => (one: Address) =>
  held.some((other) => isSamePort(one, other) && !isPrivate(other));

const isFixed = ({ port, unix }: Address) => port !== 0 || unix !== undefined;
