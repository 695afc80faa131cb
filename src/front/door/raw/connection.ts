// One client's connection: its bytes become requests, one at a time, and what comes behind a request waits until that has its
// answer and the client has taken it. How it ends: closed so that the last answer arrives, and never with a later request run.

import { plainAddress } from "../../../core/addresses.ts";
import type { Deadlines, Due } from "../../../core/deadlines.ts";
import type { ClientTunnel, LocalAddress, TlsFacts, TunnelListener } from "../client.ts";
import type { ParserRefusal } from "../http1/parser-refusal.ts";
import { ChunkReader } from "./chunk-reader.ts";
import type { HeadParser, ParsedHead } from "./head-parser.ts";
import { Outbox } from "./outbox.ts";
import { type ConnectionSide, RawClient } from "./raw-client.ts";
import { RawTunnel, type TunnelSide } from "./raw-tunnel.ts";
import type { RawSocket } from "./socket.ts";

export interface ConnectionOwner {
  readonly isDraining: boolean;
  /** Ends of waiting: for a request, for the rest of a head, for the client to close its end. */
  readonly idle: Deadlines;
  readonly heads: Deadlines;
  readonly lingering: Deadlines;
  /** Whether the connection is to end with the answer that begins now. Asked once for each answer. */
  endsNext(): boolean;
  takeParser(): HeadParser;
  giveParser(parser: HeadParser): void;
  admit(client: RawClient): void;
  /** The bytes of the answer to what cannot be read; undefined for none. */
  refuse(refusal: ParserRefusal, address: string, isAnswering: boolean): string | undefined;
  /** The bytes of the answer to a question to the server itself. */
  serverOptions(): string;
  onBug(thrown: unknown): void;
  onClosed(connection: RawConnection): void;
}

/** What a client may send ahead before its socket is read no further; one read may bring more. */
const AHEAD_BYTES = 65_536;
/** No step could be made: the bytes have to wait. */
const WAIT = -1;
/** Of a body: nobody knows where it ends. */
const ENDLESS = Number.POSITIVE_INFINITY;

export class RawConnection implements ConnectionSide, TunnelSide, Due {
  readonly address: string;
  readonly port: number;
  readonly scheme: "http" | "https";
  readonly outbox: Outbox;
  tls: TlsFacts | undefined;
  isClosed = false;
  dueAt = 0;
  earlier: Due | undefined;
  later: Due | undefined;
  list: Deadlines | undefined;
  readonly #socket: RawSocket;
  readonly #owner: ConnectionOwner;
  /** The request that is answered now. */
  #current: RawClient | undefined;
  /** The last one answered, while it has yet to take some of the answer. */
  #taking: RawClient | undefined;
  #tunnel: RawTunnel | undefined;
  /** It has some of a head, and not all of it. */
  #parser: HeadParser | undefined;
  /** Of the body of the present request, by its length; or whoever finds its end. */
  #bodyLeft = 0;
  #chunks: ChunkReader | undefined;
  /** Read, and not yet looked at. */
  #held: Buffer | undefined;
  #isReading = false;
  #isPaused = false;
  /** The last answer is given; what the client still sends is read over. */
  #isLeaving = false;
  /** And has left here. */
  #isOut = false;
  /** The client sends no more, but is still taking. */
  #hasClientEnded = false;

  constructor(socket: RawSocket, owner: ConnectionOwner, scheme: "http" | "https") {
    this.#socket = socket;
    this.#owner = owner;
    this.scheme = scheme;
    this.address = plainAddress(socket.remoteAddress ?? "");
    this.port = socket.remotePort ?? 0;
    this.outbox = new Outbox(socket, () => this.#onDrained());
  }

  get local(): LocalAddress | undefined {
    const { localAddress, localPort } = this.#socket;
    return localAddress === undefined ? undefined : { address: plainAddress(localAddress), port: localPort };
  }

  endsNext(): boolean {
    return this.#owner.endsNext();
  }

  // ---- from the socket ------------------------------------------------------------------------------------

  /** Nothing was asked on it yet. */
  onOpen(): void {
    this.#owner.idle.touch(this);
  }

  onData(bytes: Buffer): void {
    if (this.#isLeaving) return;
    const all = this.#held ? Buffer.concat([this.#held, bytes]) : bytes;
    this.#held = undefined;
    this.#read(all);
  }

  onDrain(): void {
    this.outbox.onDrain();
  }

  /** The client sends no more: it counts as gone, but for an answer that it is taking. */
  onEnd(): void {
    this.#tunnel?.onClosed();
    if (this.#tunnel && !this.#isLeaving) return;
    this.#hasClientEnded = true;
    if (this.#taking) this.#isLeaving = true;
    else if (!this.#isLeaving || this.outbox.unsent === 0) this.close();
  }

  onClosed(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.outbox.close();
    this.list?.remove(this);
    this.#dropParser();
    this.#held = undefined;
    const taking = this.#taking;
    this.#taking = undefined;
    taking?.settle();
    this.#current?.leave();
    this.#tunnel?.onClosed();
    this.#owner.onClosed(this);
  }

  // ---- the end of waiting ---------------------------------------------------------------------------------

  onDue(): void {
    if (this.#parser && !this.#isLeaving) this.#refuse(this.#parser.refuseLate());
    else this.close();
  }

  close(): void {
    if (!this.isClosed) this.#socket.close();
  }

  // ---- bytes in -------------------------------------------------------------------------------------------

  #read(bytes: Buffer): void {
    let at = 0;
    this.#isReading = true;
    try {
      while (at < bytes.length && !this.isClosed && !this.#isLeaving) {
        const next = this.#step(bytes, at);
        if (next === WAIT) break;
        at = next;
      }
    } catch (thrown) {
      // Whatever one client does to us, the others go on.
      this.#owner.onBug(thrown);
      return this.close();
    } finally {
      this.#isReading = false;
    }
    this.#rest(bytes, at);
  }

  #step(bytes: Buffer, at: number): number {
    if (this.#tunnel) {
      this.#tunnel.onBytes(bytes.subarray(at));
      return bytes.length;
    }
    const client = this.#current;
    if (client && !client.isBodyComplete) return this.#readBody(client, bytes, at);
    return client || this.#taking ? WAIT : this.#readHead(bytes, at);
  }

  #readBody(client: RawClient, bytes: Buffer, at: number): number {
    if (!client.takesBody || this.#bodyLeft === ENDLESS) return WAIT;
    const chunks = this.#chunks;
    if (!chunks) {
      const to = Math.min(bytes.length, at + this.#bodyLeft);
      this.#bodyLeft -= to - at;
      client.onPiece(bytes.subarray(at, to));
      if (this.#bodyLeft === 0) client.onBodyEnd();
      return to;
    }
    const to = chunks.read(bytes, at);
    if (chunks.fault)
      this.#refuse({ code: "", reason: chunks.fault, bytes: bytes.toString("latin1", at, at + 512) });
    else if (chunks.isDone) client.onBodyEnd();
    return to;
  }

  #readHead(bytes: Buffer, from: number): number {
    let at = from;
    if (!this.#parser) {
      // Empty lines before a request are nothing (RFC 9112 section 2.2), and not the beginning of one.
      while (bytes[at] === 13 || bytes[at] === 10) at++;
      if (at === bytes.length) return at;
    }
    const parser = this.#parser ?? this.#owner.takeParser();
    const read = parser.read(at === 0 ? bytes : bytes.subarray(at));
    if (typeof read === "number" && !parser.head) {
      if (!this.#parser) this.#owner.heads.touch(this);
      this.#parser = parser;
      return at + read;
    }
    const { head } = parser;
    if (typeof read !== "number" || !head) {
      this.#parser = parser;
      this.#refuse(read as ParserRefusal);
      return bytes.length;
    }
    this.#parser = undefined;
    this.#owner.giveParser(parser);
    this.#begin(head);
    return at + read;
  }

  #begin(head: ParsedHead): void {
    this.list?.remove(this);
    // A question to the server itself (RFC 9110 section 9.3.7).
    if (head.method === "OPTIONS" && head.target === "*") return this.#endWith(this.#owner.serverOptions());
    const client = new RawClient(head, this);
    this.#current = client;
    this.#chunks = undefined;
    if (!head.isCoded) this.#bodyLeft = head.length ?? 0;
    else if (client.malformed) this.#bodyLeft = ENDLESS;
    else {
      this.#bodyLeft = 0;
      this.#chunks = new ChunkReader(client);
    }
    this.#owner.admit(client);
  }

  /** What becomes of bytes that could not be looked at. */
  #rest(bytes: Buffer, at: number): void {
    if (this.isClosed) return;
    if (at < bytes.length) this.#held = at === 0 ? bytes : bytes.subarray(at);
    if (this.#isLeaving) return this.#isOut ? this.#end() : undefined;
    this.#steerReading();
    const isAsked = this.#current ?? this.#taking ?? this.#tunnel ?? this.#parser;
    if (!isAsked && !this.#held && !this.list) this.#owner.idle.touch(this);
  }

  /** Reads on only while what comes has a place to go. */
  #steerReading(): void {
    const client = this.#current;
    const ahead = this.#held?.length ?? 0;
    const isFull = ahead >= AHEAD_BYTES || (ahead > 0 && client !== undefined && !client.isBodyComplete);
    if (isFull || client?.hasPausedBody) this.pauseReading();
    else if (!this.#tunnel) this.resumeReading();
  }

  #readOn(): void {
    const held = this.#held;
    if (this.isClosed || this.#isReading) return;
    this.#held = undefined;
    this.#read(held ?? NOTHING);
  }

  onBodyWish(): void {
    this.#readOn();
  }

  pauseReading(): void {
    if (this.#isPaused || this.isClosed) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  resumeReading(): void {
    if (!this.#isPaused || this.isClosed) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  #dropParser(): void {
    if (!this.#parser) return;
    // It may have stopped within a head, or at what it could not read.
    this.#parser.reset();
    this.#owner.giveParser(this.#parser);
    this.#parser = undefined;
  }

  // ---- answers --------------------------------------------------------------------------------------------

  onAnswered(client: RawClient, closes: boolean): void {
    if (this.#current !== client) return;
    this.#current = undefined;
    if (closes || this.#owner.isDraining) this.#isLeaving = true;
    if (this.outbox.unsent > 0) this.#taking = client;
    else this.#onSettled();
  }

  #onDrained(): void {
    const taking = this.#taking;
    this.#taking = undefined;
    if (taking) {
      taking.settle();
      this.#onSettled();
    } else if (this.#isLeaving) this.#onSettled();
    else if (this.#tunnel) this.#tunnel.onDrained();
    else this.#current?.onDrained();
  }

  /**
   * The answer has left here. Only now may this end be closed behind it, and only now is the next request read: a client
   * that asks on without reading would fill the memory with answers.
   */
  #onSettled(): void {
    if (this.isClosed) return;
    // What was sent ahead is not run by a front that is about to leave.
    if (this.#owner.isDraining) this.#isLeaving = true;
    this.#isOut = this.#isLeaving;
    if (this.#isReading) return;
    if (this.#isLeaving) this.#end();
    // Not on the stack of the answer before: a client of many small requests would deepen it with each one.
    else if (this.#held) queueMicrotask(() => this.#readOn());
    else this.#rest(NOTHING, 0);
  }

  /** Closes the connection behind the last answer. Unread bytes would make that a reset, which can swallow the answer. */
  #end(): void {
    const isInBody = this.#bodyLeft > 0 || (this.#chunks !== undefined && !this.#chunks.isDone);
    if (this.#hasClientEnded || !(isInBody || this.#held || this.#tunnel)) return this.close();
    this.#linger();
  }

  /** Closes this end; what the client still sends is read over, for a time. */
  #linger(): void {
    this.#held = undefined;
    this.resumeReading();
    this.#owner.lingering.touch(this);
    this.#socket.shutdown();
  }

  /** Whatever comes now is no request. */
  #refuse(refusal: ParserRefusal): void {
    const current = this.#current;
    const isAnswering = current?.isAnswered ?? false;
    const answer = this.#owner.refuse(refusal, this.address, isAnswering);
    this.#dropParser();
    current?.leave();
    if (answer === undefined || isAnswering) return this.cut(false);
    this.#endWith(answer);
  }

  /** The last bytes for this client. */
  #endWith(answer: string): void {
    this.list?.remove(this);
    this.#current = undefined;
    this.#isLeaving = true;
    this.#bodyLeft = ENDLESS;
    this.outbox.put(answer);
    this.outbox.flush();
    if (this.outbox.unsent === 0) this.#onSettled();
    else this.#owner.lingering.touch(this);
  }

  cut(byReset: boolean): void {
    if (this.isClosed) return;
    this.outbox.flush();
    if (byReset) this.#socket.terminate();
    else this.#socket.close();
  }

  // ---- tunnels --------------------------------------------------------------------------------------------

  openTunnel(listener: TunnelListener): ClientTunnel {
    this.list?.remove(this);
    this.#current = undefined;
    const tunnel = new RawTunnel(this, listener);
    this.#tunnel = tunnel;
    // What came with the request, once whoever asked has the tunnel.
    queueMicrotask(() => this.#readOn());
    this.resumeReading();
    return tunnel;
  }

  onTunnelEnded(): void {
    this.outbox.flush();
    this.#isLeaving = true;
    if (this.outbox.unsent === 0) return this.#onSettled();
    this.resumeReading();
    this.#owner.idle.touch(this);
  }
}

const NOTHING = Buffer.alloc(0);
