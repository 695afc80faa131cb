// One client's connection: its address, whose turn it is among the requests that came on it, and how it ends: closed
// so that the last answer arrives, and never with a later request run.

import { plainAddress } from "../../../core/addresses.ts";
import type { Deadlines, Due } from "../../../core/deadlines.ts";
import type { PeerText } from "../../../http/reserved.ts";
import type { LocalAddress, TunnelListener } from "../client.ts";
import type { ConnectionSide, H1Client } from "./h1-client.ts";
import { H1Tunnel } from "./h1-tunnel.ts";
import type { NativeSocket } from "./native.ts";
import { KernelWire } from "./wire.ts";

/**
 * How many requests a client may send ahead. Reading can only be stopped after the present read, which may hold tens of
 * thousands; closing stops the parser at once (test/bun/native-flow.test.ts).
 */
const PIPELINE_MOST = 128;

export interface ClientConnectionOwner {
  readonly isDraining: boolean;
  /** Whether the connection is to end with the answer that begins now. Asked once for each answer. */
  endsNext(): boolean;
  /** A client has yet to take some of a complete answer; later, that it has, or is gone. */
  startTaking(): void;
  stopTaking(): void;
  /** Where clients have reached the front: one object for each such place, however many there are. */
  localOf(address: string, port: number): LocalAddress;
  /** A connection's next request is let through. */
  admit(client: H1Client): void;
  startIdle(connection: ClientConnection): void;
  startLingering(connection: ClientConnection): void;
  /** A mistake of ours, by which one client's connection was closed. */
  onBug(thrown: unknown): void;
  /** The client sends more ahead than is kept; its connection is about to be closed. */
  onFlood(connection: ClientConnection, most: number): void;
  stopTimers(connection: ClientConnection): void;
}

export class ClientConnection implements ConnectionSide, Due {
  readonly address: string;
  readonly port: number;
  readonly local: LocalAddress | undefined;
  readonly scheme = "http";
  said: PeerText | undefined;
  current: H1Client | undefined;
  dueAt = 0;
  earlier: Due | undefined;
  later: Due | undefined;
  list: Deadlines | undefined;
  readonly #socket: NativeSocket;
  readonly #owner: ClientConnectionOwner;
  /** Requests sent ahead; most connections never have one. */
  #held: H1Client[] | undefined;
  /** The last one answered, while it has yet to take some of the answer. */
  #taking: H1Client | undefined;
  #leaving = false;
  #isTunnel = false;
  /** Below the runtime; most connections never ask for it. */
  #wire: KernelWire | undefined;
  #refusal: (() => void) | undefined;

  constructor(socket: NativeSocket, owner: ClientConnectionOwner) {
    this.#socket = socket;
    this.#owner = owner;
    const remote = socket.remoteAddress;
    this.address = plainAddress(remote?.address ?? "");
    this.port = remote?.port ?? 0;
    const local = socket.localAddress;
    this.local = local && owner.localOf(plainAddress(local.address), local.port);
  }

  get isClosed(): boolean {
    return this.#socket.closed;
  }

  /** The last answer is given; what the client still sends is read over. */
  get isLeaving(): boolean {
    return this.#leaving;
  }

  endsNext(): boolean {
    return this.#owner.endsNext();
  }

  start(client: H1Client): void {
    this.#taking?.settle();
    this.#owner.stopTimers(this);
    this.current = client;
    this.#owner.admit(client);
  }

  /** A request that came before the present one was answered. */
  hold(client: H1Client): void {
    this.#held ??= [];
    this.#held.push(client);
    if (this.#held.length < PIPELINE_MOST || this.#leaving) return;
    this.#leaving = true;
    this.#owner.onFlood(this, PIPELINE_MOST);
    this.#socket.close();
  }

  /** What comes now comes behind whole requests that are still to be answered, or an answer still to be taken. */
  get isAhead(): boolean {
    return this.current ? this.current.isBodyComplete : this.#taking !== undefined;
  }

  /** What came after whole requests cannot be read: `refuse` runs when those are answered. */
  refuseLast(refuse: () => void): void {
    this.#refusal ??= refuse;
  }

  onAnswered(client: H1Client, close: boolean): void {
    if (this.current !== client) return;
    this.current = undefined;
    if (close || this.#owner.isDraining) this.#leave(client);
    if (client.unsentBytes === 0) return this.#onSettled(client);
    this.#taking = client;
    this.#owner.startTaking();
    client.whenSettled(() => {
      this.#taking = undefined;
      this.#onSettled(client);
      this.#owner.stopTaking();
    });
  }

  /** The connection is gone. The runtime would tell each request of that as well, which costs each of them a callback. */
  onClosed(): void {
    this.#taking?.settle();
    this.current?.leave();
    for (const one of this.#held ?? []) one.leave();
    this.#owner.stopTimers(this);
  }

  openTunnel(client: H1Client, head: string, listener: TunnelListener): H1Tunnel {
    const tunnel = new H1Tunnel(this.#socket, {
      startIdle: () => this.#owner.startIdle(this),
      startLingering: () => this.#owner.startLingering(this),
      guarded: (act) => this.guarded(act),
    });
    this.#isTunnel = true;
    tunnel.open(client.response, head, client.early, listener);
    return tunnel;
  }

  sendFile(descriptor: number, position: number, count: number): number | undefined {
    this.#wire ??= new KernelWire(this);
    return this.#wire.sendFile(descriptor, position, count);
  }

  setTrailers(lines: string): void {
    this.#socket.setResponseTrailers(lines);
  }

  cut(): void {
    this.#socket.close();
  }

  guarded(act: () => void): void {
    try {
      act();
    } catch (thrown) {
      this.#owner.onBug(thrown);
      this.#socket.close();
    }
  }

  /** Idle, or lingering, for too long. A head that has begun meanwhile has a time of its own, and is told when that is over. */
  onDue(): void {
    if (this.#leaving || this.#isTunnel) this.#socket.close();
    else this.#socket.closeIfIdle();
  }

  #leave(client: H1Client): void {
    this.#leaving = true;
    if (client.isBodyComplete) return this.#socket.closeWhenDrained();
    // Read over until the client has understood: closing with unread bytes resets the connection, and a reset can
    // swallow the answer.
    client.receiveBody({ onPiece() {}, onBodyEnd: () => this.#socket.closeWhenDrained() });
  }

  /**
   * The answer has left here. Only now may this end be closed behind it, and only now is the next request let through:
   * a client that asks on without reading would fill the memory with answers.
   */
  #onSettled(client: H1Client): void {
    if (this.#socket.closed) return;
    if (this.#leaving) return client.isBodyComplete ? undefined : this.#closeThisEnd();
    // What was sent ahead is not run by a front that is about to leave.
    if (this.#owner.isDraining) return this.#leave(client);
    const next = this.#held?.shift();
    if (next) return this.#startHeld(next);
    if (!this.#refusal) return this.#owner.startIdle(this);
    this.#leaving = true;
    this.#refusal();
  }

  #closeThisEnd(): void {
    this.#socket.end();
    this.#owner.startLingering(this);
  }

  #startHeld(client: H1Client): void {
    if (
      client.isGone ||
      !this.#socket.startPipelinedResponse(client.response, client.isHttp10, client.wantsClose)
    )
      return;
    // Not on the stack of the answer before: a client of many small requests would deepen it with each one.
    queueMicrotask(() => this.guarded(() => this.start(client)));
  }
}
