// One request to a worker, and its answer. The exchange is the front's side of it, which is told what comes; the carrier is the
// way to the worker, whatever protocol that speaks.

import type { RequestHead } from "./request-head.ts";
import type { ResponseSink } from "./response-parser.ts";

/** How an exchange ended before its time. */
export type ExchangeFailure =
  | { kind: "connect"; reason: string }
  /** The worker's end was closed; `sent` tells whether a byte of the request reached it, `answered` whether one came back. */
  | { kind: "lost"; sent: boolean; answered: boolean }
  | { kind: "malformed"; reason: string }
  /** A mistake of ours, met while it was told of something. */
  | { kind: "bug"; thrown: unknown }
  | { kind: "header too large"; reason: string };

export interface Exchange extends ResponseSink {
  readonly method: string;
  /** The request asks to leave HTTP; a 101 is then a legal answer, and raw bytes follow as the body. */
  readonly maySwitch: boolean;
  /** After the last of the callbacks that one read caused. */
  onRead(): void;
  /** The worker takes bytes again. */
  onDrain(): void;
  onFailure(failure: ExchangeFailure): void;
}

/** False: a mistake of ours was met, and the exchange was told of it as its end. The carrier has nothing more to do with it. */
export function tellRead(exchange: Exchange): boolean {
  try {
    exchange.onRead();
    return true;
  } catch (thrown) {
    exchange.onFailure({ kind: "bug", thrown });
    return false;
  }
}

/** Who waits for a way to the worker that is being opened. */
export interface CarrierListener<Way extends Carrier = Carrier> {
  /** Whether it still does. Nothing of the rest is called where it does not. */
  readonly isWanted: boolean;
  /** The way is to be used before this returns: it is kept for nobody. */
  onOpened(way: Way): void;
  onRefused(reason: string): void;
}

export interface Carrier {
  /** True when the worker has a byte of the request. */
  readonly hasSent: boolean;
  /** Sends the head, and what of the body is here; `isWhole`: that is all. False: send no more until `onDrain`. */
  begin(exchange: Exchange, head: RequestHead, first: Uint8Array | undefined, isWhole: boolean): boolean;
  /** Sends a piece of the body. False when the worker does not keep up: send no more until `onDrain`. */
  write(piece: Uint8Array): boolean;
  /** The whole body was given. */
  finish(): void;
  /** Has the worker wait: nothing more of its answer is wanted for now. */
  pause(): void;
  resume(): void;
  /** Drops the exchange without a word to it. */
  destroy(): void;
  /** After a switch of protocols: from now on this exchange hears what comes, and what is written goes out as it is. */
  switchTo?(exchange: Exchange): void;
}
