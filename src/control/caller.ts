// One client of the control socket, as the server sees it: its one question in, the lines of the answer out, at the pace
// at which it reads. Nothing it does or leaves undone makes this process keep more than a bounded number of bytes.
import type { Clock, Timer } from "../core/clock.ts";
import { GwError } from "../core/errors.ts";
import { LineReader } from "../link/lines.ts";
import type { ControlRequest } from "./commands.ts";
import { errorReply, REQUEST_LENGTH, type Reply, readRequest } from "./protocol.ts";

/** The socket, as far as it is used here. */
export interface Wire {
  /** Bytes that were taken; -1 when there is no connection any more. */
  write(bytes: Uint8Array): number;
  /** Closes at once. */
  terminate(): void;
}

/** To ask, and to take the last line of an answer. */
const PATIENCE_MS = 10_000;
/** Items beyond this are left out and counted, until the client reads again. */
const MOST_WAITING_BYTES = 1024 * 1024;

export class Caller {
  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #onRequest: (request: ControlRequest) => void;
  readonly #reader = new LineReader(REQUEST_LENGTH);
  readonly #encoder = new TextEncoder();
  #state: "asking" | "answering" | "leaving" | "gone" = "asking";
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #leftOut = 0;
  #staysOpen = false;
  #isTold = false;
  #timer: Timer;
  readonly #goneHandlers: (() => void)[] = [];
  readonly #toldHandlers: (() => void)[] = [];

  constructor(wire: Wire, clock: Clock, onRequest: (request: ControlRequest) => void) {
    this.#wire = wire;
    this.#clock = clock;
    this.#onRequest = onRequest;
    this.#timer = clock.after(PATIENCE_MS, () => this.#wire.terminate());
  }

  /** Bytes came. What follows the first line is nobody's: a connection is for one question. */
  received(bytes: Uint8Array): void {
    if (this.#state !== "asking") return;
    const [line] = this.#reader.push(bytes);
    if (line === undefined && !this.#reader.isTooLong) return;
    this.#timer.cancel();
    this.#state = "answering";
    try {
      if (line === undefined)
        throw new GwError("usage", { what: `A request has at most ${REQUEST_LENGTH} characters` });
      this.#onRequest(readRequest(line));
    } catch (error) {
      if (!(error instanceof GwError)) throw error;
      this.fail(error);
    }
  }

  accept(version: string, pid: number): void {
    this.#send({ type: "accepted", version, pid });
  }

  /** `describeGap` words what stands in the place of items that were left out. */
  item(item: unknown, describeGap: (count: number) => unknown): void {
    if (this.#state !== "answering") return;
    if (this.#waitingBytes > MOST_WAITING_BYTES) {
      this.#leftOut++;
      return;
    }
    if (this.#leftOut > 0) this.#send({ type: "item", item: describeGap(this.#leftOut) });
    this.#leftOut = 0;
    this.#send({ type: "item", item });
  }

  /** The last line. The connection of a client that waits for this process's end is left for the end to close. */
  done(result: object, { staysOpen = false } = {}): void {
    this.#staysOpen = staysOpen;
    this.#finish({ type: "done", result });
  }

  fail(error: GwError): void {
    this.#finish(errorReply(error));
  }

  /** The client takes more. */
  drained(): void {
    while (this.#waiting[0] && this.#state !== "gone") {
      const bytes = this.#waiting[0];
      const taken = Math.max(0, this.#wire.write(bytes));
      this.#waitingBytes -= taken;
      if (taken < bytes.length) {
        this.#waiting[0] = bytes.subarray(taken);
        return;
      }
      this.#waiting.shift();
    }
    if (this.#state !== "leaving") return;
    this.#timer.cancel();
    this.#told();
    if (!this.#staysOpen) this.#wire.terminate();
  }

  /** Runs when the connection is closed, by whomever. */
  onGone(act: () => void): void {
    if (this.#state === "gone") act();
    else this.#goneHandlers.push(act);
  }

  /** Runs when the last line has left this process, or never will. */
  onTold(act: () => void): void {
    if (this.#isTold) act();
    else this.#toldHandlers.push(act);
  }

  /** The connection is closed. */
  closed(): void {
    this.#timer.cancel();
    this.#state = "gone";
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#told();
    for (const act of this.#goneHandlers.splice(0)) act();
  }

  #told(): void {
    this.#isTold = true;
    for (const act of this.#toldHandlers.splice(0)) act();
  }

  #finish(reply: Reply): void {
    if (this.#state === "leaving" || this.#state === "gone") return;
    this.#timer.cancel();
    this.#timer = this.#clock.after(PATIENCE_MS, () => this.#wire.terminate());
    this.#state = "leaving";
    this.#send(reply);
  }

  #send(reply: Reply): void {
    if (this.#state === "gone") return;
    const bytes = this.#encoder.encode(`${JSON.stringify(reply)}\n`);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waiting.length === 1 || this.#state === "leaving") this.drained();
  }
}
