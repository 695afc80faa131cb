// The PROXY protocol at a door of sockets: what a proxy says before the first byte of its client, also before TLS. The runtime
// is kept from reading a connection until its preface is whole and has been taken from it, to the byte: what follows belongs to
// the client. It tells nobody meanwhile that more has come, so that it is looked for; few prefaces come in pieces.

import { peekAtOnce, takeAtOnce } from "../../../../ffi/socket.ts";
import type { Clock, Timer } from "../../../core/clock.ts";
import { Deadlines, type Due } from "../../../core/deadlines.ts";
import { GwError } from "../../../core/errors.ts";
import { PREFACE_BYTES, type ProxiedClient } from "../../../http/proxy-protocol/preface.ts";
import { readPreface } from "../../../http/proxy-protocol/read-preface.ts";
import type { RawSocket, SocketListener } from "./socket.ts";

export type PrefacesOptions = {
  clock: Clock;
  /** From the connection to the end of its preface. */
  withinMs: number;
  /** Whether it is a proxy that may say who its clients are. */
  isTrusted: (address: string) => boolean;
};

export interface PrefacesOwner {
  /** The next byte is the client's. Without a client, the proxy speaks for itself. */
  onPreface(socket: RawSocket, client: ProxiedClient | undefined): void;
  /** Of the other end; empty where it has gone already. */
  addressOf(socket: RawSocket): string;
  onNoPreface(error: GwError, reason: string, socket: RawSocket): void;
}

/** Between two looks: as long as there has been waited before. Nobody waits twice as long as its preface takes. */
const FIRST_LOOK_MS = 1;
const LAST_LOOK_MS = 256;

/** All prefaces of this process are looked at here, one after the other. */
const bytes = new Uint8Array(new ArrayBuffer(PREFACE_BYTES + 1));

export class Prefaces {
  readonly #options: PrefacesOptions;
  readonly #owner: PrefacesOwner;
  readonly #late: Deadlines;
  readonly #awaited = new Set<AwaitedPreface>();

  constructor(options: PrefacesOptions, owner: PrefacesOwner) {
    this.#options = options;
    this.#owner = owner;
    this.#late = new Deadlines(options.clock, options.withinMs);
  }

  /** A connection has come, of which nothing was read. */
  begin(socket: RawSocket): void {
    const awaited = new AwaitedPreface(socket, this);
    socket.data = awaited;
    const address = this.#owner.addressOf(socket);
    // It may have looked whether anybody listens. Nobody could say whether it is trusted.
    if (address === "") return socket.close();
    if (!this.#options.isTrusted(address))
      return this.refuse(awaited, "proxy_preface_refused", "it comes from no proxy that is trusted");
    socket.pause();
    this.#late.touch(awaited);
    this.#awaited.add(awaited);
    this.#look(awaited, FIRST_LOOK_MS);
  }

  /** Nobody is told: these connections have asked nothing. */
  closeAll(): void {
    for (const { socket } of this.#awaited) socket.close();
  }

  forget(awaited: AwaitedPreface): void {
    awaited.list?.remove(awaited);
    awaited.timer?.cancel();
    this.#awaited.delete(awaited);
  }

  refuse(
    awaited: AwaitedPreface,
    cause: "proxy_preface_refused" | "proxy_preface_timeout",
    reason: string,
  ): void {
    this.forget(awaited);
    this.#owner.onNoPreface(new GwError(cause, { reason }), reason, awaited.socket);
    awaited.socket.close();
  }

  #look(awaited: AwaitedPreface, againMs: number): void {
    const { socket } = awaited;
    const count = peekAtOnce(socket.fd, bytes);
    // One that goes without a word may have looked whether anybody listens.
    if (count === 0) return socket.close();
    const preface = readPreface(bytes.subarray(0, count ?? 0));
    if (preface.state === "wrong") return this.refuse(awaited, "proxy_preface_refused", preface.reason);
    if (preface.state === "short") {
      const next = Math.min(2 * againMs, LAST_LOOK_MS);
      awaited.timer = this.#options.clock.after(againMs, () => this.#look(awaited, next));
      return;
    }
    this.forget(awaited);
    if (takeAtOnce(socket.fd, bytes.subarray(0, preface.bytes)) !== preface.bytes) return socket.close();
    this.#owner.onPreface(socket, preface.client);
    socket.resume();
  }
}

/** A connection of whose preface something is still to come. */
export class AwaitedPreface implements SocketListener, Due {
  readonly socket: RawSocket;
  timer: Timer | undefined;
  dueAt = 0;
  earlier: Due | undefined;
  later: Due | undefined;
  list: Deadlines | undefined;
  readonly #prefaces: Prefaces;

  constructor(socket: RawSocket, prefaces: Prefaces) {
    this.socket = socket;
    this.#prefaces = prefaces;
  }

  onDue(): void {
    this.#prefaces.refuse(this, "proxy_preface_timeout", "the preface was not complete in time");
  }

  onData(): void {}

  onDrain(): void {}

  onEnd(): void {
    this.socket.close();
  }

  onClosed(): void {
    this.#prefaces.forget(this);
  }
}
