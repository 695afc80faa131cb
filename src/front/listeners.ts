// The listening sockets of a front: how many clients they let in, which of the port's new connections come to them, and what
// waits in their queues.

import { readBacklog, setBacklog } from "../../ffi/backlog.ts";
import { countUnaccepted, findListeners, limitUnsentBytes, steerConnections } from "../../ffi/socket.ts";
import type { Channel } from "../child/channel.ts";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { FrontSetup, ToChild } from "../link/messages.ts";
import { os } from "../os/os.ts";
import { openEntrance } from "./door/descriptors.ts";
import type { ConnectionCounter, Door } from "./door/door.ts";
import type { Entrance } from "./door/entrance.ts";
import type { Presence } from "./retirement.ts";

const UNSENT_BYTES = 131_072;

export type ListenersOptions = {
  clock: Clock;
  log: Log;
  channel: Pick<Channel, "say">;
};

export class Listeners implements ConnectionCounter {
  readonly #options: ListenersOptions;
  /** Their descriptors, as they are at each moment. */
  #descriptors: () => readonly number[] = () => [];
  #entrance: Entrance | undefined;
  #door: Door | undefined;

  constructor(options: ListenersOptions) {
    this.#options = options;
  }

  /** How many clients there may be; undefined before the port is open. */
  get maxClients(): number | undefined {
    return this.#entrance?.most;
  }

  /**
   * To be called when this door listens on them, and before the process changes its user. Returns what the system has made of the
   * limits.
   */
  prepare(door: Door, { maxClients: asked, backlog }: FrontSetup): Record<string, number> {
    const { clock, log } = this.#options;
    this.#door = door;
    const found = findListeners(os.ownDescriptors());
    const listeners = found.ok ? found.value : [];
    const opened = openEntrance({ listeners, asked, door, clock, log });
    this.#entrance = opened.entrance;
    this.#descriptors = opened.listeners;
    const limited = found.ok ? limitUnsentBytes(found.value, UNSENT_BYTES) : found;
    if (!limited.ok) log.warn("slow readers may be taken for stalled ones", { why: limited.reason });
    const [listener] = listeners;
    if (listener === undefined) return {};
    for (const one of listeners) setBacklog(one, backlog);
    const granted = readBacklog(listener);
    return granted.ok ? { serverBacklog: granted.value.most } : {};
  }

  /** A client has come or gone. */
  count(connections: number): void {
    this.#entrance?.count(connections);
  }

  /** New connections of the port go to these of its listeners only. */
  steer({ id, listeners: numbers }: Extract<ToChild, { type: "steer" }>): void {
    const listeners = this.#descriptors();
    const steered =
      listeners.length > 0
        ? steerConnections(listeners, numbers)
        : { ok: false as const, reason: "the listener could not be found among the descriptors" };
    this.#options.channel.say({ type: "steered", id, ...(!steered.ok && { reason: steered.reason }) });
  }

  /** First the kernel's queue: what leaves it is seen by the door in a later turn of the loop only. */
  get presence(): Presence {
    const listeners = this.#descriptors();
    const counted = listeners.length > 0 ? countUnaccepted(listeners) : undefined;
    return {
      unaccepted: counted?.ok ? counted.value : undefined,
      open: this.#door?.connections ?? 0,
      accepted: this.#door?.accepted ?? 0,
    };
  }

  /** They are about to be closed. */
  end(): void {
    this.#entrance?.end();
  }
}
