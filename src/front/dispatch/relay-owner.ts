// What relays are told, and whom they tell: one owner for those of all workers of a group.

import type { Deadlines } from "../../core/deadlines.ts";
import type { ExchangeFailure } from "../../upstream/exchange.ts";
import type { ResponseHead } from "../../upstream/response-head.ts";
import type { HandedFiles } from "../files/handed-files.ts";
import type { Uploads } from "../queue/uploads.ts";
import type { Spool } from "../spool/spool.ts";
import type { ClientPace } from "../visit/client-pace.ts";
import type { Ending, Visit } from "../visit/visit.ts";
import type { BackendState, RunningRequest } from "./backends.ts";
import type { Tunnel } from "./tunnel.ts";

export interface RelayOwner {
  /** The socket timeout: for each read and write, towards the worker. */
  readonly silence: Deadlines;
  readonly pace: ClientPace;
  /** The request timeout; undefined without one. */
  readonly answers: Deadlines | undefined;
  /** Files in the place of bodies; undefined where there are none. */
  readonly files?: HandedFiles<BackendState> | undefined;
  /** Told when a body is whole that was not when the worker was given its request. */
  readonly uploads: Pick<Uploads, "look">;
  /** Undefined where no answer is kept on the disk. */
  readonly spool?: Spool | undefined;
  /** Value of a Date field for an answer without one. */
  readonly date: () => string;
  /** A connection to the worker had to be opened first, and now is. */
  onOpened(visit: Visit): void;
  /** The head of an answer has come. */
  onHead(relay: RunningRequest, state: BackendState, head: ResponseHead): void;
  /** The worker, or the way to it, failed; somebody else must take the visit, or end it. */
  onFailure(visit: Visit, state: BackendState, failure: ExchangeFailure): void;
  /** The worker switches protocols; the client is told next. */
  onSwitch(tunnel: Tunnel, state: BackendState): void;
  /** From now on it does nothing but wait for its client, or does that no more. */
  onHeldUp(relay: RunningRequest, state: BackendState, isHeldUp: boolean): void;
  /** A relay has its visit no more, which ended so; undefined: somebody else has it. */
  onLeft(relay: RunningRequest, state: BackendState, ending: Ending | undefined): void;
}
