// What all bodies of one connection bring together: counted against its window, which is opened again as they are taken, and
// handed on together at the end of each read where they came in small pieces.

import { CODE, ConnectionProblem } from "../../../http/h2/frames.ts";
import { CONNECTION_WINDOW } from "./greeting.ts";
import type { RequestBody } from "./request-body.ts";

export class BodiesInflow {
  readonly #openWindow: (bytes: number) => void;
  #pending: RequestBody[] = [];
  #window = CONNECTION_WINDOW;
  /** Taken, and the window not opened again. */
  #uncredited = 0;

  /** `openWindow`: the client may send so many bytes more. */
  constructor(openWindow: (bytes: number) => void) {
    this.#openWindow = openWindow;
  }

  /** So many have come. Throws ConnectionProblem when those are too many. */
  take(bytes: number): void {
    this.#window -= bytes;
    if (this.#window < 0) throw new ConnectionProblem(CODE.flowControl, "more data than the window");
  }

  /** So many count no more. */
  credit(bytes: number): void {
    this.#uncredited += bytes;
    if (this.#uncredited < CONNECTION_WINDOW / 2) return;
    this.#window += this.#uncredited;
    this.#openWindow(this.#uncredited);
    this.#uncredited = 0;
  }

  /** There is something to hand on when the present read is over. */
  onPending(body: RequestBody): void {
    if (body.isPending) return;
    body.isPending = true;
    this.#pending.push(body);
  }

  /** The end of one read. */
  onRead(): void {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    for (const body of pending) {
      body.isPending = false;
      body.handOn();
    }
  }
}
