// Connections on which nothing has been asked yet, as browsers open them ahead: they are closed without a word. The runtime's own
// time for heads begins with the connection, and answers both alike, those that have sent nothing and those that have begun;
// only its handle of the socket knows which is which.

import type { Clock } from "../../../core/clock.ts";
import { Alarm, Deadlines } from "../../../core/deadlines.ts";
import type { NativeSocket } from "./native.ts";

/** On the runtime's socket object: its time to begin. */
const FRESH = Symbol("gw fresh");

export type FreshSocket = { [FRESH]?: Alarm };

export class FreshSockets {
  readonly #waiting: Deadlines;

  constructor(clock: Clock, withinMs: number) {
    this.#waiting = new Deadlines(clock, withinMs);
  }

  add(socket: FreshSocket): void {
    const alarm = new Alarm(() => void endSilent(socket));
    socket[FRESH] = alarm;
    this.#waiting.touch(alarm);
  }

  /** It has asked, or is closed. */
  remove(socket: FreshSocket): void {
    const alarm = socket[FRESH];
    if (alarm) this.#waiting.remove(alarm);
  }
}

type Handle = Pick<NativeSocket, "closeIfIdle" | "closed">;

/** Closes a connection that has not asked anything, if nothing has come on it. False: something has, or nobody can tell. */
export function endSilent(socket: object): boolean {
  const handle = handleOf(socket);
  handle?.closeIfIdle();
  return handle?.closed === true;
}

/** The runtime keeps it under a symbol that it does not give away. */
function handleOf(socket: object): Handle | undefined {
  const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === "handle");
  const handle = key && (socket as Record<symbol, unknown>)[key];
  return typeof (handle as Handle | undefined)?.closeIfIdle === "function" ? (handle as Handle) : undefined;
}
