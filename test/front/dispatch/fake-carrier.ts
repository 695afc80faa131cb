// A way to a worker that writes down what it is given; a test plays the worker through the exchange.
import type { Carrier, CarrierListener, Exchange } from "../../../src/upstream/exchange.ts";
import type { RequestHead } from "../../../src/upstream/request-head.ts";
import type { ResponseHead } from "../../../src/upstream/response-head.ts";

export class FakeCarrier implements Carrier {
  hasSent = false;
  /** It takes no more for now. */
  isFull = false;
  exchange: Exchange | undefined;
  head: RequestHead | undefined;
  readonly acts: string[] = [];

  begin(exchange: Exchange, head: RequestHead, first: Uint8Array | undefined, isWhole: boolean): boolean {
    this.exchange = exchange;
    this.head = head;
    this.acts.push(`begin${first ? `: ${textOf(first)}` : ""}${isWhole ? ", whole" : ""}`);
    return !this.isFull;
  }

  write(piece: Uint8Array): boolean {
    this.acts.push(`write ${textOf(piece)}`);
    return !this.isFull;
  }

  finish(): void {
    this.acts.push("finish");
  }

  pause(): void {
    this.acts.push("pause");
  }

  resume(): void {
    this.acts.push("resume");
  }

  destroy(): void {
    this.acts.push("destroy");
  }

  switchTo(exchange: Exchange): void {
    this.exchange = exchange;
    this.acts.push("switch");
  }

  // ---- what the worker does -------------------------------------------------------------------------------

  /** One read with these parts of an answer. */
  say(
    ...parts: readonly (Partial<ResponseHead> | string | { trailers: readonly string[] } | typeof END)[]
  ): void {
    const { exchange } = this;
    for (const part of parts) {
      if (part === END) exchange?.onEnd();
      else if (typeof part === "string") exchange?.onBody(Buffer.from(part, "latin1"));
      else if ("trailers" in part) exchange?.onTrailers?.(part.trailers);
      else exchange?.onHead(headWith(part));
    }
    exchange?.onRead();
  }
}

export const END = Symbol("the end of an answer");

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

/** The head of an answer; a body of unknown length follows. */
export function headWith(given: Partial<ResponseHead> = {}): ResponseHead {
  return {
    ...{ status: 200, reason: "OK", fields: ["A", "1"], framing: "chunked", length: -1, persistent: true },
    dated: true,
    ...given,
  };
}

/** The ways to one worker: those that are there, and who waits for one. */
export class FakeUpstream {
  readonly there: FakeCarrier[] = [];
  readonly waiting: CarrierListener[] = [];

  take(): Carrier | undefined {
    return this.there.shift();
  }

  open(_head: RequestHead, opening: CarrierListener): void {
    this.waiting.push(opening);
  }
}
