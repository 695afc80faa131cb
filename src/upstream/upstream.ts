// The way to one worker, in the form that suits each request: HTTP/2 by prior knowledge, whose one write carries many
// requests, or HTTP/1.1, which every worker speaks and which can be left for another protocol.

import { ConnectionPool } from "./connection-pool.ts";
import type { Carrier, CarrierListener } from "./exchange.ts";
import { listSizeOf } from "./h2/request-block.ts";
import { overUnixSocket, Sessions } from "./h2/sessions.ts";
import { LargeAnswers } from "./large-answers.ts";
import type { RequestHead } from "./request-head.ts";

export type UpstreamOptions = {
  /** Path of the worker's socket. */
  path: string;
  headerLineBytes: number;
  /** The worker takes HTTP/2 as well. */
  http2: boolean;
  /** A mistake of ours, which no exchange is told of. */
  onBug: (thrown: unknown) => void;
};

/** Larger bodies cost less as they are: frames cut them into pieces of 16 kB. */
const FRAMED_BODY_MOST = 65_536;

/** Whether a request suits HTTP/2. `takes`: whether the worker takes a head whose list of fields has this size. */
export function suitsHttp2(head: RequestHead, takes: (listSize: number) => boolean): boolean {
  const { body, webSocket } = head;
  if (webSocket || body === "chunked" || (body !== undefined && body > FRAMED_BODY_MOST)) return false;
  return takes(listSizeOf(head));
}

export class Upstream {
  readonly #pool: ConnectionPool;
  readonly #sessions: Sessions | undefined;
  readonly #large = new LargeAnswers();
  readonly #takes = (listSize: number) => this.#sessions?.takes(listSize) === true;

  constructor({ path, headerLineBytes, http2, onBug }: UpstreamOptions) {
    this.#pool = new ConnectionPool(path, headerLineBytes, onBug);
    const told = { onLarge: (target: string) => this.#large.note(target), onBug };
    if (http2) this.#sessions = new Sessions(overUnixSocket(path), headerLineBytes, told);
  }

  /** Open connections, idle ones included. */
  get size(): number {
    return this.#pool.size + (this.#sessions?.size ?? 0);
  }

  /** A request can go without a new connection, if its form suits. */
  get hasIdle(): boolean {
    return this.#pool.hasIdle || this.#sessions?.hasRoom === true;
  }

  /** The way for this request, or undefined: then `open` one. */
  take(head: RequestHead): Carrier | undefined {
    const isHttp2 = this.#suitsHttp2(head) && !this.#large.expects(head.target);
    return isHttp2 ? this.#sessions?.take() : this.#pool.take();
  }

  /** Opens a way for this request, for which none was there to take. */
  open(head: RequestHead, opening: CarrierListener): void {
    const isHttp2 = this.#suitsHttp2(head) && !this.#large.knows(head.target);
    if (isHttp2) this.#sessions?.open(opening);
    else this.#pool.open(opening);
  }

  #suitsHttp2(head: RequestHead): boolean {
    return this.#sessions !== undefined && suitsHttp2(head, this.#takes);
  }

  /** Closes what is idle now: the worker may be about to end. A connection that carries requests hears of that itself. */
  dropIdle(): void {
    this.#pool.dropIdle();
  }

  /** Closes what is idle now and what becomes idle later; running exchanges go on. */
  close(): void {
    this.#pool.close();
    this.#sessions?.close();
  }
}
