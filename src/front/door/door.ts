// A door: where clients come in, in one protocol. The rest of the front sees it as this, and each thing that comes in as a
// Client, or as a Refusal of what was no request.

import type { GwError } from "../../core/errors.ts";
import type { Client } from "./client.ts";

/** A request that never became one: the door could not read it, or its time to be sent was over. */
export type Refusal = {
  error: GwError;
  /** In the words of whoever could not read it. */
  reason: string;
  address: string;
  /** The first line of it, in Latin-1, as far as it was read. */
  line?: string;
  /** No answer can be given: one is under way, which is cut, or the protocol has other means to tell. */
  isAnswering: boolean;
};

/** A whole answer to what never became a request; the door writes its length, and what becomes of the connection. */
export type RefusalAnswer = { status: number; reason: string; fields: readonly string[]; body: string };

/** Who is told of all that comes in at a door. */
export interface DoorListener {
  /** A request has arrived. */
  onClient(client: Client): void;
  /** Something came that is no request; what it is answered, or undefined to close without a word. */
  onRefusal(refusal: Refusal): RefusalAnswer | undefined;
  /** A mistake of ours, by which one client's connection was closed. */
  onBug(thrown: unknown): void;
}

/** Told how many connections there are, on each new one and each end of one. */
export interface ConnectionCounter {
  count(connections: number): void;
}

export interface Door {
  /** Open connections of clients. */
  readonly connections: number;
  /** Connections ever accepted. */
  readonly accepted: number;
  /** Binds and serves; resolves with the port. Rejects with the system's error. */
  listen(): Promise<number>;
  /** Connections beyond so many are closed at once. */
  closeBeyond(most: number): void;
  /** From now on, an answer for which `decide` says so is the last one of its connection. Asked once for each answer. */
  endConnections(decide: () => boolean): void;
  /** Takes no new connection, and ends each one after its present answer. */
  drain(): void;
  /** Ends the connections on which nothing is asked now. */
  closeIdle(): void;
}
