// The HTTP/2 connections to one worker: usually one, more only while it is full. Requests that come while one is being
// opened wait for it together.

import type { Socket } from "bun";
import { guarded, reasonOf } from "../../core/errors.ts";
import type { CarrierListener } from "../exchange.ts";
import { AnswerHeads } from "./answer-heads.ts";
import { Session, type SessionOwner } from "./session.ts";
import type { Stream } from "./stream.ts";

type SessionSocket = Socket<Session>;
const onBug = ({ data: session }: SessionSocket, thrown: unknown) => session.onBug(thrown);

/** One set of callbacks for all sockets: the session is the socket's `data`. */
export const SESSION_HANDLERS = {
  open: guarded((socket: SessionSocket) => socket.data.attach(socket), onBug),
  data: guarded((socket: SessionSocket, chunk: Buffer) => socket.data.onData(chunk), onBug),
  drain: guarded((socket: SessionSocket) => socket.data.onWritable(), onBug),
  end: (socket: SessionSocket) => void socket.terminate(),
  close: guarded((socket: SessionSocket) => socket.data.onClosed(), onBug),
  error: (socket: SessionSocket) => void socket.terminate(),
};

/** Opens a connection and attaches its socket to the session. Rejects with the reason. */
export type Dial = (session: Session) => Promise<unknown>;

export const overUnixSocket =
  (unix: string): Dial =>
  (session) =>
    Bun.connect({ unix, data: session, socket: SESSION_HANDLERS });

/** What is told of no exchange. */
export type SessionsTold = {
  /** The answer to a request with this target turned out to be large. */
  onLarge: (target: string) => void;
  /** A mistake of ours. */
  onBug: (thrown: unknown) => void;
};

export class Sessions implements SessionOwner {
  readonly heads: AnswerHeads;
  readonly onLarge: SessionsTold["onLarge"];
  readonly onBug: SessionsTold["onBug"];
  readonly #dial: Dial;
  readonly #open: Session[] = [];
  #waiting: CarrierListener<Stream>[] = [];
  #isOpening = false;
  #isClosed = false;

  constructor(dial: Dial, headerLineBytes: number, { onLarge, onBug }: SessionsTold) {
    this.#dial = dial;
    this.onLarge = onLarge;
    this.onBug = onBug;
    this.heads = new AnswerHeads(headerLineBytes);
  }

  get size(): number {
    return this.#open.length;
  }

  get hasRoom(): boolean {
    return this.#open.some(({ hasRoom }) => hasRoom);
  }

  /** Whether a request with a list of fields of this size can go this way. */
  takes(listSize: number): boolean {
    const [first] = this.#open;
    return first ? first.takes(listSize) : listSize <= HEADER_LIST_MOST;
  }

  /** A place on a connection that is there, or undefined: then `open` one. */
  take(): Stream | undefined {
    for (const session of this.#open) if (session.hasRoom) return session.newStream();
    return undefined;
  }

  /** Opens a connection. Whoever waits hears of it later, of one thing and once. */
  open(opening: CarrierListener<Stream>): void {
    this.#waiting.push(opening);
    if (!this.#isOpening) this.#connect();
  }

  #connect(): void {
    this.#isOpening = true;
    const session = new Session(this);
    this.#dial(session)
      .then(
        () => {
          this.#isOpening = false;
          this.#open.push(session);
          this.#serve(session);
        },
        (thrown) => {
          this.#isOpening = false;
          const reason = reasonOf(thrown);
          for (const one of this.#waiting.splice(0)) if (one.isWanted) one.onRefused(reason);
        },
      )
      .catch((thrown) => session.onBug(thrown));
  }

  #serve(session: Session): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) {
      if (!one.isWanted) continue;
      if (session.hasRoom) one.onOpened(session.newStream());
      else this.#waiting.push(one);
    }
    if (this.#waiting.length > 0 && !this.#isOpening) this.#connect();
    if (this.#isClosed && session.isEmpty) session.close();
  }

  onEmpty(session: Session): void {
    if (this.#isClosed || !session.hasRoom) session.close();
  }

  onGone(session: Session): void {
    const at = this.#open.indexOf(session);
    if (at >= 0) this.#open.splice(at, 1);
  }

  /** Closes what is idle now and what becomes idle later; running exchanges go on. */
  close(): void {
    this.#isClosed = true;
    for (const session of [...this.#open]) if (session.isEmpty) session.close();
  }
}

/** What the first connection may be given before the worker has said what it takes. */
const HEADER_LIST_MOST = 16_384;
