// A door on sockets of the runtime: it listens, sees TLS through its handshake, counts, and hands each socket to the protocol
// that was agreed on.

import { sendAtOnce } from "../../../../ffi/files/sendfile.ts";
import { Deadlines } from "../../../core/deadlines.ts";
import { type GwError, guarded } from "../../../core/errors.ts";
import type { ProxiedClient } from "../../../http/proxy-protocol/preface.ts";
import type { TlsSetup } from "../../../link/setups.ts";
import type { Crowd } from "../crowd.ts";
import type { ConnectionCounter, Door } from "../door.ts";
import type { HandshakeCounts } from "../handshake-counts.ts";
import { refusalBytes } from "../http1/parser-refusal.ts";
import { Handshake, type HandshakeFault, type HandshakeOwner } from "./handshake.ts";
import { Prefaces, type PrefacesOptions, type PrefacesOwner } from "./prefaces.ts";
import type { OpenProtocol, ProtocolOptions, SocketProtocol } from "./protocol.ts";
import type { RawHandlers, RawSocket } from "./socket.ts";
import { SocketEnds, SocketPeer } from "./socket-peer.ts";
import { SocketTls } from "./tls-facts.ts";
import { type Listening, listenForTls } from "./tls-listener.ts";
import { TurnedAway } from "./turned-away.ts";

export type SocketDoorOptions = (
  | { host: string; port: number }
  /** A socket that listens already, and that others accept from as well. */
  | { descriptor: number; name: string }
) &
  Omit<ProtocolOptions, "endsNext"> & {
    counter: ConnectionCounter;
    /** Told of each handshake that was done. */
    handshakes?: Pick<HandshakeCounts, "count"> | undefined;
    /** Absent where one address may have any number of connections. */
    crowd?: Crowd | undefined;
    /** What is spoken where nothing else was agreed on. */
    http1: OpenProtocol;
    /** What is spoken where ALPN has named it. */
    http2?: OpenProtocol;
    tls?: TlsSetup | undefined;
    /** Each connection begins with a preface of a proxy. */
    prefaces?: Omit<PrefacesOptions, "clock"> | undefined;
  };

/** Between accepting a connection and reading its first bytes the runtime goes round its loop once. */
const UNREAD_MS = 50;
/** From the end of a handshake to the first bytes of a request. */
const GREETING_MS = 1000;
/** How long what a client sends is read over that was turned away, so that a reset does not swallow the answer. */
const LINGER_MS = 1000;

export class SocketDoor implements Door, HandshakeOwner, PrefacesOwner {
  accepted = 0;
  readonly #options: SocketDoorOptions;
  readonly #http1: SocketProtocol;
  readonly #http2: SocketProtocol | undefined;
  readonly #handshakes: Deadlines;
  readonly #prefaces: Prefaces | undefined;
  readonly #ends: SocketEnds;
  /** Where connections are counted for their addresses: what each is counted for. */
  readonly #networks = new Map<RawSocket, string>();
  readonly #lingering: Deadlines;
  #listening: Listening | undefined;
  #endsConnection: () => boolean = () => false;
  #connections = 0;
  #most = Number.POSITIVE_INFINITY;
  #isDraining = false;

  constructor(options: SocketDoorOptions) {
    const { http1, http2, tls, clock, prefaces } = options;
    const endsNext = () => this.#isDraining || this.#endsConnection();
    this.#options = options;
    this.#ends = new SocketEnds("name" in options && options.name.startsWith("unix:"));
    this.#http1 = http1({ ...options, endsNext });
    this.#http2 = tls?.http2 ? http2?.({ ...options, endsNext }) : undefined;
    this.#lingering = new Deadlines(clock, LINGER_MS);
    this.#handshakes = new Deadlines(clock, tls?.handshakeTimeoutMs ?? 0);
    this.#prefaces = prefaces && new Prefaces({ ...prefaces, clock }, this);
  }

  // ---- the door -------------------------------------------------------------------------------------------

  get connections(): number {
    return this.#connections;
  }

  async listen(): Promise<number> {
    const options = this.#options;
    const where =
      "descriptor" in options
        ? { fd: options.descriptor }
        : { hostname: options.host, port: options.port, reusePort: true, exclusive: false };
    const listening = { ...where, allowHalfOpen: true, socket: this.#handlers() };
    this.#listening = options.tls ? listenForTls(options.tls, listening) : listenPlain(listening);
    // A UNIX socket has none.
    return this.#listening.port ?? 0;
  }

  closeBeyond(most: number): void {
    this.#most = most;
  }

  endConnections(decide: () => boolean): void {
    this.#endsConnection = decide;
  }

  drain(): void {
    const { clock, tls } = this.#options;
    this.#isDraining = true;
    this.#listening?.stop();
    this.#http1.drain();
    this.#http2?.drain();
    // What was accepted a moment ago has yet to be read: closed now, it would be reset.
    clock.after(UNREAD_MS, () => this.closeIdle());
    if (!tls && !this.#prefaces) return;
    clock.after(GREETING_MS, () => {
      this.#prefaces?.closeAll();
      this.#handshakes.endAll();
      this.closeIdle();
    });
  }

  closeIdle(): void {
    const freshMs = this.#options.tls || this.#prefaces ? GREETING_MS : 0;
    this.#http1.closeIdle(freshMs);
    this.#http2?.closeIdle(freshMs);
  }

  // ---- sockets --------------------------------------------------------------------------------------------

  /** Whatever one client does to us, the others go on. */
  #handlers(): Partial<RawHandlers> {
    const onBug = (socket: RawSocket, thrown: unknown) => {
      this.#options.listener.onBug(thrown);
      socket.close();
    };
    return {
      open: guarded((socket) => this.#open(socket), onBug),
      handshake: guarded((socket, isDone, fault) => this.#shaken(socket, isDone, fault), onBug),
      data: guarded((socket, bytes) => socket.data.onData(bytes), onBug),
      drain: guarded((socket) => socket.data.onDrain(), onBug),
      end: guarded((socket) => socket.data.onEnd(), onBug),
      close: guarded((socket) => this.#closed(socket), onBug),
      // The system's: the end of the socket follows.
      error: () => {},
    };
  }

  #open(socket: RawSocket): void {
    this.accepted++;
    this.#connections++;
    this.#options.counter.count(this.#connections);
    if (this.#prefaces) this.#prefaces.begin(socket);
    else this.onPreface(socket, undefined);
    if (this.#connections > this.#most) socket.close();
  }

  /** `client`: what a proxy tells of it. */
  onPreface(socket: RawSocket, client: ProxiedClient | undefined): void {
    if (!this.#letIn(socket, client)) return;
    if (!this.#options.tls) {
      socket.data = this.#http1.open(socket, new SocketPeer(socket, this.#ends, undefined, client));
      if (this.#isDraining) this.#options.clock.after(GREETING_MS, () => this.closeIdle());
      return;
    }
    const handshake = new Handshake(socket, this, client);
    socket.data = handshake;
    this.#handshakes.touch(handshake);
  }

  /** False for one that is turned away: over TLS without a word, which it could not read. */
  #letIn(socket: RawSocket, client: ProxiedClient | undefined): boolean {
    const { crowd, listener, tls } = this.#options;
    if (!crowd) return true;
    const address = client ? (client.source?.address ?? "") : this.addressOf(socket);
    const network = crowd.enter(address);
    if (network !== undefined) {
      this.#networks.set(socket, network);
      return true;
    }
    const answer = listener.onRefusal(crowd.refusalOf(address, tls !== undefined));
    const turnedAway = new TurnedAway(socket);
    socket.data = turnedAway;
    if (!answer) socket.close();
    else if (turnedAway.tell(refusalBytes(answer, ""))) this.#lingering.touch(turnedAway);
    return false;
  }

  #shaken(socket: RawSocket, isDone: boolean, fault: HandshakeFault | null): void {
    const handshake = socket.data;
    // A second one of the same connection, which TLS no longer has.
    if (!(handshake instanceof Handshake)) return socket.close();
    if (!isDone) return handshake.onFailed(fault);
    handshake.list?.remove(handshake);
    const facts = new SocketTls(socket, fault?.code, this.#options.tls?.client !== undefined);
    this.#options.handshakes?.count(facts);
    const protocol = (facts.alpn === "h2" && this.#http2) || this.#http1;
    socket.data = protocol.open(socket, new SocketPeer(socket, this.#ends, facts, handshake.client));
    if (this.#isDraining) this.#options.clock.after(GREETING_MS, () => this.closeIdle());
  }

  #closed(socket: RawSocket): void {
    this.#options.crowd?.leave(this.#networks.get(socket));
    this.#networks.delete(socket);
    this.#connections--;
    this.#options.counter.count(this.#connections);
    socket.data.onClosed();
  }

  // ---- for prefaces and handshakes ------------------------------------------------------------------------

  addressOf(socket: RawSocket): string {
    return this.#ends.addressOf(socket);
  }

  onNoPreface(error: GwError, reason: string, socket: RawSocket): void {
    this.#options.listener.onRefusal({ error, reason, address: this.addressOf(socket), isAnswering: true });
  }

  onNoHandshake(error: GwError, reason: string, { socket, client }: Handshake): void {
    const answer = this.#options.listener.onRefusal({
      error,
      reason,
      address: client?.source?.address ?? this.addressOf(socket),
      isAnswering: error.row.status === undefined,
    });
    if (!answer) return;
    // All or nothing, and it is no loss: the client could not have read it as anything else.
    sendAtOnce(socket.fd, Buffer.from(refusalBytes(answer, ""), "latin1"));
  }
}

const listenPlain = (options: object) => Bun.listen(options as never) as unknown as Listening;
