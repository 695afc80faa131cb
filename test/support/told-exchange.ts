// Writes down what a carrier tells of an exchange, and lets the test wait for it.
import type { Carrier, CarrierListener, Exchange, ExchangeFailure } from "../../src/upstream/exchange.ts";
import type { ResponseHead } from "../../src/upstream/response-head.ts";
import { Watch } from "./watch.ts";

export class Told implements Exchange {
  readonly watch = new Watch();
  readonly maySwitch = false;
  readonly events: string[] = [];
  body = "";
  reads = 0;
  drains = 0;
  failure: ExchangeFailure | undefined;
  onPiece: (() => void) | undefined;
  constructor(readonly method = "GET") {}

  onHead({ status }: ResponseHead): void {
    this.#tell(`head ${status}`);
  }

  onBody(piece: Uint8Array): void {
    this.body += Buffer.from(piece).toString("latin1");
    this.onPiece?.();
    this.watch.tell();
  }

  onInterim({ status }: ResponseHead): void {
    this.#tell(`interim ${status}`);
  }

  onTrailers(fields: readonly string[]): void {
    this.#tell(`trailers ${fields.join(" ")}`);
  }

  onEnd(): void {
    this.#tell("end");
  }

  onRead(): void {
    this.reads++;
    this.watch.tell();
  }

  onDrain(): void {
    this.drains++;
    this.watch.tell();
  }

  onFailure(failure: ExchangeFailure): void {
    this.failure = failure;
    this.#tell(`failure ${failure.kind}`);
  }

  ended(): Promise<unknown> {
    const isOver = () => this.events.includes("end") || this.failure !== undefined;
    return this.watch.until(isOver, () => `the end; told so far: ${this.events.join(", ")}`);
  }

  #tell(event: string): void {
    this.events.push(event);
    this.watch.tell();
  }
}

/** Waits for a way that is being opened; `reject` gets the reason where it is refused. */
export const openingOf = <Way extends Carrier>(
  resolve: (way: Way) => void,
  reject: (error: Error) => void,
): CarrierListener<Way> => ({
  isWanted: true,
  onOpened: resolve,
  onRefused: (reason) => reject(new Error(reason)),
});
