// One client's connection: its bytes become requests, one at a time, and what comes behind a request waits until that has its
// answer and the client has taken it. How it ends: closed so that the last answer arrives, and never with a later request run.

import type { Deadlines, Due } from "../../../core/deadlines.ts";
import type { ClientPeer, ClientTunnel, TunnelListener } from "../client.ts";
import { errorOfRefusal, type ParserRefusal } from "../http1/parser-refusal.ts";
import type { RawSocket, SocketListener } from "../socket/socket.ts";
import { TunnelEnd, type TunnelSide } from "../socket/tunnel-end.ts";
import type { ParsedHead } from "./head-parser.ts";
import { Inflow } from "./inflow.ts";
import type { RawConnectionOwner } from "./owner.ts";
import { RawClient, type RawSide } from "./raw-client.ts";
import { RequestReader } from "./request-reader.ts";
import { SocketOutbox } from "./socket-outbox.ts";

/** What a client may send ahead before its socket is read no further; one read may bring more. */
const AHEAD_BYTES = 65_536;
/** No step could be made: the bytes have to wait. */
const WAIT = -1;

export class RawConnection implements RawSide, TunnelSide, SocketListener, Due {
  readonly peer: ClientPeer;
  readonly outbox: SocketOutbox;
  readonly inflow: Inflow;
  isClosed = false;
  dueAt = 0;
  earlier: Due | undefined;
  later: Due | undefined;
  list: Deadlines | undefined;
  readonly #socket: RawSocket;
  readonly #owner: RawConnectionOwner;
  /** The request that is answered now. */
  #current: RawClient | undefined;
  /** The last one answered, while it has yet to take some of the answer. */
  #taking: RawClient | undefined;
  #tunnel: TunnelEnd | undefined;
  readonly #reader: RequestReader;
  #isReading = false;
  /** The last answer is given; what the client still sends is read over. */
  #isLeaving = false;
  /** And has left here. */
  #isOut = false;
  /** The client sends no more, but is still taking. */
  #hasClientEnded = false;

  constructor(socket: RawSocket, owner: RawConnectionOwner, peer: ClientPeer) {
    this.#socket = socket;
    this.#owner = owner;
    this.#reader = new RequestReader(owner);
    this.inflow = new Inflow(socket);
    this.peer = peer;
    this.outbox = new SocketOutbox(socket, () => this.#onDrained());
  }

  endsNext(): boolean {
    return this.#owner.endsNext();
  }

  // ---- from the socket ------------------------------------------------------------------------------------

  onData(bytes: Buffer): void {
    if (this.#isLeaving) return;
    this.#read(this.inflow.take(bytes));
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
    this.#reader.drop();
    this.inflow.close();
    const taking = this.#taking;
    this.#taking = undefined;
    taking?.settle();
    this.#current?.leave();
    this.#tunnel?.onClosed();
  }

  // ---- the end of waiting ---------------------------------------------------------------------------------

  onDue(): void {
    const late = this.#isLeaving ? undefined : this.#reader.refuseLate();
    if (late) this.#refuse(late);
    else this.close();
  }

  close(): void {
    if (this.isClosed) return;
    // Without that goodbye a client over TLS takes the end for one that somebody else has made.
    this.#socket.shutdown();
    this.#socket.close();
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
      this.#tunnel.onPiece(bytes.subarray(at));
      return bytes.length;
    }
    const client = this.#current;
    const reader = this.#reader;
    let to: number;
    if (client && !client.isBodyComplete) {
      if (!client.takesBody || reader.isEndless) return WAIT;
      to = reader.readBody(client, bytes, at);
    } else {
      if (client || this.#taking) return WAIT;
      to = reader.readHead(bytes, at, this.#begin);
    }
    if (reader.fault) this.#refuse(reader.fault);
    else if (reader.isInHead && this.list !== this.#owner.heads) this.#owner.heads.touch(this);
    return to;
  }

  readonly #begin = (head: ParsedHead): void => {
    this.list?.remove(this);
    // A question to the server itself (RFC 9110 section 9.3.7).
    if (head.method === "OPTIONS" && head.target === "*") return this.#endWith(this.#owner.serverOptions());
    const client = new RawClient(head, this);
    this.#current = client;
    this.#reader.beginBody(head, client);
    this.#owner.admit(client);
  };

  /** What becomes of bytes that could not be looked at. */
  #rest(bytes: Buffer, at: number): void {
    if (this.isClosed) return;
    this.inflow.keep(bytes, at);
    if (this.#isLeaving) return this.#isOut ? this.#end() : undefined;
    this.#steerReading();
    const isAsked = this.#current ?? this.#taking ?? this.#tunnel;
    if (!isAsked && !this.#reader.isInHead && this.inflow.ahead === 0 && !this.list)
      this.#owner.idle.touch(this);
  }

  /** Reads on only while what comes has a place to go. */
  #steerReading(): void {
    const client = this.#current;
    const { ahead } = this.inflow;
    const isFull = ahead >= AHEAD_BYTES || (ahead > 0 && client !== undefined && !client.isBodyComplete);
    if (isFull || client?.hasPausedBody) this.inflow.pause();
    else if (!this.#tunnel) this.inflow.resume();
  }

  readOn(): void {
    if (!this.isClosed && !this.#isReading) this.#read(this.inflow.take());
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
    else if (this.inflow.ahead > 0) queueMicrotask(() => this.readOn());
    else this.#rest(this.inflow.take(), 0);
  }

  /** Closes the connection behind the last answer. Unread bytes would make that a reset, which can swallow the answer. */
  #end(): void {
    if (this.#hasClientEnded || !(this.#reader.isInBody || this.inflow.ahead > 0 || this.#tunnel))
      return this.close();
    this.#linger();
  }

  /** Closes this end; what the client still sends is read over, for a time. */
  #linger(): void {
    this.inflow.drop();
    this.inflow.resume();
    this.#owner.lingering.touch(this);
    this.#socket.shutdown();
  }

  /** Whatever comes now is no request. */
  #refuse(refusal: ParserRefusal): void {
    const current = this.#current;
    this.#reader.readNoMore();
    if (current?.breakOff(errorOfRefusal(refusal))) return;
    const isAnswering = current?.isAnswered ?? false;
    const answer = this.#owner.refuse(refusal, this.peer.address, isAnswering);
    current?.leave();
    if (answer === undefined || isAnswering) return this.cut(false);
    this.#endWith(answer);
  }

  /** The last bytes for this client. */
  #endWith(answer: string): void {
    this.list?.remove(this);
    this.#current = undefined;
    this.#isLeaving = true;
    this.#reader.readNoMore();
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
    const tunnel = new TunnelEnd(this, listener);
    this.#tunnel = tunnel;
    // What came with the request, once whoever asked has the tunnel.
    queueMicrotask(() => this.readOn());
    this.inflow.resume();
    return tunnel;
  }

  get body(): Inflow {
    return this.inflow;
  }

  put(bytes: Uint8Array): boolean {
    this.outbox.put(bytes);
    return this.outbox.unsent === 0;
  }

  onTunnelEnded(): void {
    if (this.isClosed) return;
    this.outbox.flush();
    this.#isLeaving = true;
    if (this.outbox.unsent === 0) return this.#onSettled();
    this.inflow.resume();
    this.#owner.idle.touch(this);
  }
}
