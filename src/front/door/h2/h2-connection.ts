// One client's connection of HTTP/2: bytes in and out, how long it may be silent, and how it ends.

import type { Deadlines, Due } from "../../../core/deadlines.ts";
import { GwError } from "../../../core/errors.ts";
import { CODE, ConnectionProblem, goAwayFrame } from "../../../http/h2/frames.ts";
import type { ClientPeer } from "../client.ts";
import type { Refusal, RefusalAnswer } from "../door.ts";
import { Goodbye, type GoodbyeOwner } from "./goodbye.ts";
import { ClientGreeting } from "./greeting.ts";
import type { H2Client } from "./h2-client.ts";
import { H2Frames } from "./h2-frames.ts";
import { H2Streams, type StreamsOwner } from "./h2-streams.ts";

/** What a connection needs of the socket that it is on, with TLS or without. */
export interface H2Socket {
  /** How many bytes were taken; the others are not kept, and `onDrain` tells that there is room again. */
  write(bytes: Uint8Array): number;
  /** Closes this end only; with TLS it says so first. */
  shutdown(): void;
  close(): void;
}

export interface H2Owner {
  /** Of the fields of one request, at the most. */
  readonly headBytes: number;
  /** Ends of waiting: for a request, for the rest of what has begun, for the client to close its end. */
  readonly idle: Deadlines;
  readonly heads: Deadlines;
  readonly lingering: Deadlines;
  /** For the client to show that it knows of the end. */
  readonly goodbyes: Deadlines;
  now(): number;
  /** Whether the connection is to end with the answer that begins now. Asked once for each answer. */
  endsNext(): boolean;
  admit(client: H2Client): void;
  refuse(refusal: Refusal): RefusalAnswer | undefined;
  serverOptions(): string[];
  onBug(thrown: unknown): void;
  onClosed(connection: H2Connection): void;
}

export class H2Connection implements Due, GoodbyeOwner, StreamsOwner {
  readonly peer: ClientPeer;
  dueAt = 0;
  earlier: Due | undefined;
  later: Due | undefined;
  list: Deadlines | undefined;
  readonly #socket: H2Socket;
  readonly #owner: H2Owner;
  readonly #streams: H2Streams;
  readonly #frames: H2Frames;
  readonly #greeting = new ClientGreeting();
  readonly #goodbye: Goodbye;
  /** Nothing that comes is looked at any more. */
  #isOver = false;
  /** This end is closed, or about to be. */
  #isOut = false;
  #hasClientEnded = false;
  #isClosed = false;
  /** The last request, when the end was announced and nothing was asked or under way. */
  #lastWhenIdle: number | undefined;
  /** Frames that had come when the time for the rest of one began. */
  #countBefore = 0;
  /** What the client had taken when that was last looked at. */
  #drainedBefore = 0;

  constructor(socket: H2Socket, peer: ClientPeer, owner: H2Owner) {
    this.#socket = socket;
    this.#owner = owner;
    this.peer = peer;
    this.#goodbye = new Goodbye(this, owner.goodbyes);
    this.#streams = new H2Streams(this, owner.now, owner.headBytes);
    this.#frames = new H2Frames(this.#streams, this.#streams.control, owner.headBytes);
  }

  /** Says gw's first words. To be called once, before anything else. */
  begin(): void {
    this.#streams.sender.attach(this.#socket);
  }

  /** Nothing is asked on it now. */
  get isIdle(): boolean {
    return this.#streams.live === 0;
  }

  // ---- from the socket ------------------------------------------------------------------------------------

  onData(bytes: Buffer): void {
    if (this.#isOver || this.#isClosed) return;
    try {
      const at = this.#greeting.isDone ? 0 : this.#greeting.read(bytes);
      if (at < bytes.length) this.#frames.push(at === 0 ? bytes : bytes.subarray(at));
      this.#streams.onRead();
    } catch (problem) {
      if (!(problem instanceof ConnectionProblem)) return this.onBug(problem);
      const { code, message: reason } = problem;
      return this.#break(
        code,
        code === CODE.calm ? new GwError("http2_flood", { reason }) : malformed(reason),
        reason,
      );
    }
    this.#setTime();
  }

  onDrain(): void {
    this.#streams.sender.flush();
  }

  /** The client sends no more: it cannot open windows either, so that all that has yet to be given is of no use. */
  onEnd(): void {
    this.#hasClientEnded = true;
    if (this.#isOut) return this.#socket.close();
    this.#stop();
    this.onFlushed();
  }

  onClosed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stop();
    this.list?.remove(this);
    this.#streams.sender.detach();
    this.#owner.onClosed(this);
  }

  // ---- from its streams -----------------------------------------------------------------------------------

  get isClosed(): boolean {
    return this.#isOver || this.#isClosed;
  }

  get isClosedToNew(): boolean {
    return this.#goodbye.state === "closed";
  }

  admit(client: H2Client): void {
    this.#owner.admit(client);
  }

  refuse(refusal: Omit<Refusal, "address">): RefusalAnswer | undefined {
    return this.#owner.refuse({ ...refusal, address: this.peer.address });
  }

  serverOptions(): string[] {
    return this.#owner.serverOptions();
  }

  onAnswer(): void {
    if (this.#owner.endsNext()) this.leave();
  }

  closeToNew(code: number, reason: string): void {
    this.#goodbye.close(code, reason);
  }

  onPingAnswer(bytes: Buffer, from: number): void {
    this.#goodbye.onPingAnswer(bytes, from);
  }

  /** A mistake of ours: whatever one client does to us, the others go on. */
  onBug(thrown: unknown): void {
    this.#owner.onBug(thrown);
    this.#break(CODE.internal, undefined, "a mistake of the server");
  }

  // ---- its end --------------------------------------------------------------------------------------------

  /** What is asked is answered, and what is on its way as well; then it ends. */
  leave(): void {
    if (this.isClosed || this.#goodbye.state !== "open") return;
    if (this.#streams.isEmpty) this.#lastWhenIdle = this.#streams.last;
    this.#goodbye.announce();
  }

  get lastStream(): number {
    return this.#streams.last;
  }

  sendFrame(frame: Uint8Array): void {
    this.#streams.sender.sendFrame(frame);
  }

  onClosedToNew(): void {
    this.#endWhenDone();
  }

  /** Something has left here, or all of it. */
  onFlushed(): void {
    if (this.#isClosed) return;
    this.#endWhenDone();
    this.#setTime();
  }

  #endWhenDone(): void {
    const isDone = this.#isOver || (this.isClosedToNew && this.#streams.isEmpty);
    if (!isDone || this.#isOut || this.#isClosed || !this.#streams.sender.isEmpty) return;
    this.#isOver = this.#isOut = true;
    // Nothing was asked since the client was told of the end: it has nothing to lose, and nothing to send.
    const isIdle = this.#streams.last === this.#lastWhenIdle;
    if (this.#hasClientEnded || isIdle) return this.#socket.close();
    // What the client still sends is read over: closing with unread bytes resets the connection, and a reset can swallow
    // the answer.
    this.#owner.lingering.touch(this);
    this.#socket.shutdown();
  }

  /** The connection is of no further use, for this reason; `error` is what is logged and counted. */
  #break(code: number, error: GwError | undefined, reason: string): void {
    if (this.isClosed) return;
    if (error) this.refuse({ error, reason, isAnswering: true });
    this.sendFrame(goAwayFrame(this.#streams.last, code, reason));
    this.#stop();
    this.#streams.sender.flush();
  }

  #stop(): void {
    this.#isOver = true;
    this.#goodbye.stop();
    this.#streams.endAll();
  }

  // ---- the end of waiting ---------------------------------------------------------------------------------

  get #isWithin(): boolean {
    return this.#frames.isWithin || (this.#greeting.isBegun && !this.#greeting.isDone);
  }

  /** Requests have times of their own; the connection has one for what is not a request yet, and for when there is none. */
  #setTime(): void {
    const { idle, heads, lingering } = this.#owner;
    if (this.#isOver) {
      if (this.list !== lingering) lingering.touch(this);
    } else if (this.#isWithin) {
      if (this.list === heads && this.#frames.count === this.#countBefore) return;
      this.#countBefore = this.#frames.count;
      heads.touch(this);
    } else if (this.#streams.live > 0) this.list?.remove(this);
    else if (this.list !== idle) idle.touch(this);
  }

  onDue(): void {
    if (this.#isOver) return this.#socket.close();
    if (this.#isWithin)
      return this.#break(CODE.noError, new GwError("request_timeout_client"), "a frame did not come in time");
    if (this.#streams.isEmpty) {
      this.leave();
      return this.#setTime();
    }
    const { drained } = this.#streams.sender;
    if (drained === this.#drainedBefore) return this.#socket.close();
    this.#drainedBefore = drained;
    this.#setTime();
  }
}

const malformed = (reason: string) => new GwError("malformed_request", { reason });
