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
import { Gates } from "./door/gates.ts";
import type { Presence } from "./retirement.ts";

const UNSENT_BYTES = 131_072;

export type ListenersOptions = {
  clock: Clock;
  log: Log;
  channel: Pick<Channel, "say">;
};

export class Listeners implements ConnectionCounter {
  readonly #options: ListenersOptions;
  #gates: Gates | undefined;
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
  prepare(door: Door, setup: FrontSetup): Record<string, number> {
    const { clock, log } = this.#options;
    const { maxClients: asked, backlog, warmsUp = false } = setup;
    this.#door = door;
    const found = findListeners(os.ownDescriptors());
    const tcp = found.ok ? found.value : [];
    const shared = setup.listeners.flatMap((one) => ("descriptor" in one ? [one.descriptor] : []));
    const own = tcp.filter((fd) => !shared.includes(fd));
    // UNIX sockets have no such limit, and few unsent bytes.
    const limited = found.ok || shared.length > 0 ? limitUnsentBytes(tcp, UNSENT_BYTES) : found;
    if (!limited.ok) log.warn("slow readers may be taken for stalled ones", { why: limited.reason });
    const granted = grantedBacklog([...own, ...shared], backlog);
    // From here on what stands under these numbers may be something else for a while.
    const gates = new Gates({ own, shared, waits: warmsUp });
    this.#gates = gates;
    this.#entrance = openEntrance({ gates, asked, door, clock, log });
    return granted;
  }

  /** Now clients come by what all fronts share as well. */
  accept(): void {
    const opened = this.#gates?.admitShared();
    if (opened && !opened.ok) this.#options.log.error("accepting could not begin", { why: opened.reason });
  }

  /** From now on others take the clients who come by what all fronts share. */
  dismiss(): void {
    const closed = this.#gates?.dismissShared();
    if (closed && !closed.ok) this.#options.log.error("accepting could not end", { why: closed.reason });
  }

  /** A client has come or gone. */
  count(connections: number): void {
    this.#entrance?.count(connections);
  }

  /** New connections of the port go to these of its listeners only. */
  steer({ id, listeners: numbers }: Extract<ToChild, { type: "steer" }>): void {
    const { own, hasShared } = this.#gates ?? { own: [], hasShared: false };
    // What all share needs no steering: whoever is free takes the next client.
    const steered =
      own.length > 0 || hasShared
        ? steerConnections(own, numbers)
        : { ok: false as const, reason: "the listener could not be found among the descriptors" };
    this.#options.channel.say({ type: "steered", id, ...(!steered.ok && { reason: steered.reason }) });
  }

  /** Of its own sockets; who waits at shared ones is waited for by others. First the kernel's queue: what leaves it is seen by the door in a later turn of the loop only. */
  get presence(): Presence {
    const { own, hasShared } = this.#gates ?? { own: [], hasShared: false };
    const counted = own.length > 0 || hasShared ? countUnaccepted(own) : undefined;
    return {
      unaccepted: counted?.ok ? counted.value : undefined,
      open: this.#door?.connections ?? 0,
      accepted: this.#door?.accepted ?? 0,
    };
  }

  /** They are about to be closed. */
  end(): void {
    this.#entrance?.end();
    this.#gates?.end();
  }
}

/** What the kernel has granted, read back from the first of them. */
function grantedBacklog(listeners: readonly number[], backlog: number): Record<string, number> {
  for (const one of listeners) setBacklog(one, backlog);
  const [first] = listeners;
  const granted = first === undefined ? undefined : readBacklog(first);
  return granted?.ok ? { serverBacklog: granted.value.most } : {};
}
