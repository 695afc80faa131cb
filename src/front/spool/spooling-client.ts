// A client that has yet to take what whoever answers is done with: the rest waits on the disk, and the client has it from there, at its own
// pace. To whoever answers it is a client that takes all.

import { type Cause, GwError, reasonOf } from "../../core/errors.ts";
import type { Client } from "../door/client.ts";
import { PassingClient } from "../door/passing-client.ts";
import type { Visit } from "../visit/visit.ts";
import type { Spool, SpoolRoom } from "./spool.ts";

/** So much of one answer may wait for the disk; then whoever answers waits. */
const WAITING_MOST = 65_536;
/** Given to the client at once: so much of it is in memory while it does not take it. */
export const PIECE_BYTES = 16_384;

export class SpoolingClient extends PassingClient {
  readonly #visit: Visit;
  readonly #spool: Spool;
  readonly #room: SpoolRoom;
  /** For the disk, in their order; the first one is on its way there while `#isWriting`. */
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #written = 0;
  #read = 0;
  #isWriting = false;
  #isReading = false;
  /** The client takes no more for now. */
  #isFull = true;
  /** It has taken all that it was given, once or more often since that was last asked. */
  #hasTaken = false;
  /** Whoever answers was told to wait. */
  #isHeldUp = true;
  /** The disk has failed, or has no room: what waits is taken from memory. */
  #isInMemory = false;
  #end: { trailers: readonly string[] | undefined } | undefined;
  #isOver = false;
  readonly #whenSettled: ((cause?: Cause) => void)[] = [];

  /** For a client that takes no more at this instant, as whoever answers was told, who may go on now. */
  constructor(inner: Client, visit: Visit, spool: Spool, room: SpoolRoom) {
    super(inner);
    this.#visit = visit;
    this.#spool = spool;
    this.#room = room;
    queueMicrotask(() => this.#proceed());
  }

  /** Bytes that its client has yet to be given. */
  get heldBytes(): number {
    return this.#isOver ? 0 : this.#written - this.#read + this.#waitingBytes;
  }

  override write(piece: Uint8Array): boolean {
    if (this.#isOver || piece.length === 0) return true;
    // What a worker's socket has read is nobody else's.
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    if (this.#written + this.#waitingBytes > this.#room.bytes) this.#isInMemory = true;
    this.#proceed();
    // Who was told to wait, and goes on all the same, is still to be told when that is over.
    if (this.#waitingBytes > WAITING_MOST) this.#isHeldUp = true;
    return !this.#isHeldUp;
  }

  override end(trailers?: readonly string[]): void {
    if (this.#isOver) return;
    this.#end = { trailers };
    this.#proceed();
  }

  override onWritable(): void {
    this.#isFull = false;
    this.#hasTaken = true;
    this.#proceed();
  }

  #proceed(): void {
    this.#store();
    this.#give();
    if (!this.#isHeldUp || this.#waitingBytes > 0 || this.#isOver) return;
    this.#isHeldUp = false;
    super.onWritable();
  }

  #store(): void {
    const piece = this.#waiting[0];
    if (!piece || this.#isWriting || this.#isInMemory || this.#isOver) return;
    this.#isWriting = true;
    this.#room.write(piece, this.#written).then(
      () => this.#onStored(piece.length),
      (thrown) => this.#onStoreFailed(reasonOf(thrown)),
    );
  }

  #onStored(bytes: number): void {
    this.#isWriting = false;
    this.#waiting.shift();
    this.#waitingBytes -= bytes;
    this.#written += bytes;
    this.#proceed();
  }

  /** Nothing is lost: what was to be written is still here. */
  #onStoreFailed(why: string): void {
    this.#isWriting = false;
    this.#isInMemory = true;
    this.#spool.fail(why);
    this.#proceed();
  }

  #give(): void {
    while (!this.#isFull && !this.#isReading && !this.#isOver) {
      if (this.#read < this.#written) return this.#fetch();
      if (this.#waiting.length === 0) return this.#end && this.#finish(this.#end.trailers);
      if (this.#isWriting || !this.#isInMemory) return;
      this.#giveWaiting(this.#waiting.shift() as Uint8Array);
    }
  }

  #giveWaiting(piece: Uint8Array): void {
    this.#waitingBytes -= piece.length;
    this.#isFull = !this.inner.write(piece);
  }

  #fetch(): void {
    this.#isReading = true;
    const piece = new Uint8Array(new ArrayBuffer(Math.min(PIECE_BYTES, this.#written - this.#read)));
    this.#room.read(piece, this.#read).then(
      (count) => (count > 0 ? this.#onFetched(piece.subarray(0, count)) : this.#fail("it is not there")),
      (thrown) => this.#fail(reasonOf(thrown)),
    );
  }

  #onFetched(piece: Uint8Array): void {
    this.#isReading = false;
    if (this.#isOver) return;
    this.#read += piece.length;
    this.#isFull = !this.inner.write(piece);
    this.#proceed();
  }

  #finish(trailers: readonly string[] | undefined): void {
    this.inner.end(trailers);
    this.#close();
  }

  /** That the answer is not whole must be seen. */
  #fail(why: string): void {
    this.#isReading = false;
    if (this.#isOver) return;
    if (!this.#visit.isOver) return this.#visit.refuse(new GwError("file_failed", {}, why));
    this.#spool.fail(why);
    // Whoever waits for its end says why, and cuts it.
    for (const act of this.#whenSettled.splice(0)) act("file_failed");
    this.cut();
  }

  // ---- the end --------------------------------------------------------------------------------------------

  override cut(): void {
    this.#forgo();
    this.inner.cut();
    this.#close();
  }

  override onGone(): void {
    this.#forgo();
    super.onGone();
    this.#close();
  }

  /** Whoever answers has counted what it will not be given any more. */
  #forgo(): void {
    this.#visit.sentBytes -= this.heldBytes;
    this.#isOver = true;
  }

  #close(): void {
    this.#isOver = true;
    this.#room.release();
    for (const act of this.#whenSettled.splice(0)) this.inner.whenSettled(act);
  }

  override get isTaking(): boolean {
    return (this.#end !== undefined && !this.#isOver) || this.inner.isTaking;
  }

  /** The disk takes its time; that is no fault of the client's. To the one behind this, what was given last is all that there is. */
  override hasTakenSome(): boolean {
    const hasTaken = this.#hasTaken || !this.#isFull;
    this.#hasTaken = false;
    return this.inner.hasTakenSome() || hasTaken;
  }

  override whenSettled(act: (cause?: Cause) => void): void {
    if (this.#isOver) this.inner.whenSettled(act);
    else this.#whenSettled.push(act);
  }
}
