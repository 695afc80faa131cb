// What a connection asks of the door that it came by.

import type { Deadlines } from "../../../core/deadlines.ts";
import type { ParserRefusal } from "../http1/parser-refusal.ts";
import type { RawClient } from "./raw-client.ts";
import type { ParserLender } from "./request-reader.ts";

export interface RawConnectionOwner extends ParserLender {
  readonly isDraining: boolean;
  /** Ends of waiting: for a request, for the rest of a head, for the client to close its end. */
  readonly idle: Deadlines;
  readonly heads: Deadlines;
  readonly lingering: Deadlines;
  /** Whether the connection is to end with the answer that begins now. Asked once for each answer. */
  endsNext(): boolean;
  admit(client: RawClient): void;
  /** The bytes of the answer to what cannot be read; undefined for none. */
  refuse(refusal: ParserRefusal, address: string, isAnswering: boolean): string | undefined;
  /** The bytes of the answer to a question to the server itself. */
  serverOptions(): string;
  onBug(thrown: unknown): void;
}
