// What a door on sockets and the protocols that it speaks ask of each other.

import type { Clock } from "../../../core/clock.ts";
import type { ClientPeer } from "../client.ts";
import type { DoorListener } from "../door.ts";
import type { RawSocket, SocketListener } from "./socket.ts";

/** All connections of one protocol at one door. */
export interface SocketProtocol {
  /** A client has come, and has sent nothing that was read. Who is told of the socket from now on. */
  open(socket: RawSocket, peer: ClientPeer): SocketListener;
  /** Ends each connection behind its present answer, and at once those that are between two requests. */
  drain(): void;
  /**
   * Ends the connections on which nothing is asked now. Those that have never asked anything are spared until they have been
   * there for `freshMs`.
   */
  closeIdle(freshMs: number): void;
}

export type ProtocolOptions = {
  clock: Clock;
  /** Largest request head in bytes. */
  headBytes: number;
  /** From the first byte of a request to the end of its head. */
  headTimeoutMs: number;
  /** How long a connection may be idle between requests. */
  keepAliveMs: number;
  listener: DoorListener;
  /** Whether the connection is to end with the answer that begins now. Asked once for each answer. */
  endsNext: () => boolean;
};

export type OpenProtocol = (options: ProtocolOptions) => SocketProtocol;
