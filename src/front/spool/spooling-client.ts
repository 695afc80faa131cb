// A client that has yet to take what was given to it: the rest waits, on the disk as far as there is room, and the client has it from
// there, at its own pace. To whoever answers it is a client that takes all.

import { type Cause, GwError, reasonOf } from "../../core/errors.ts";
import type { Client } from "../door/client.ts";
import { PassingClient } from "../door/passing-client.ts";
import type { ClientPace } from "../visit/client-pace.ts";
import type { Visit } from "../visit/visit.ts";
import type { SpoolRoom } from "./spool-room.ts";
import { TakingWatch } from "./taking-watch.ts";

/** So much of one answer may wait in memory, for the disk or for want of it; then whoever answers waits. */
const WAITING_MOST = 65_536;
/** Given to the client at once: so much of it is in memory while it does not take it. */
export const PIECE_BYTES = 16_384;

/** What follows the last byte. */
type Finale = "cut" | { trailers: readonly string[] | undefined };

export type SpoolingOptions = {
  /** Undefined: all waits in memory. */
  room: SpoolRoom | undefined;
  pace: ClientPace;
  /** The client has taken all that there was, and more is to come: it is as if it had never been behind. */
  onCaughtUp: () => void;
};

export class SpoolingClient extends PassingClient {
  readonly #visit: Visit;
  readonly #options: SpoolingOptions;
  readonly #watch: TakingWatch;
  /** Not on the disk, in their order; the first one is on its way there while `#isWriting`. */
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #givenBytes = 0;
  #isWriting = false;
  #isReading = false;
  /** The client takes no more for now. */
  #isFull = true;
  /** It has taken all that it was given, once or more often since that was last asked: by whoever waits for it, by the watch. */
  #hasTaken = [false, false];
  /** Whoever answers was told to wait. */
  #isHeldUp = true;
  /** The disk has failed: what waits is taken from memory. */
  #isDiskLost = false;
  #end: Finale | undefined;
  #isOver = false;
  readonly #whenSettled: ((cause?: Cause) => void)[] = [];

  /** For a client that takes no more at this instant, as whoever answers was told, who may go on now. */
  constructor(inner: Client, visit: Visit, options: SpoolingOptions) {
    super(inner);
    this.#visit = visit;
    this.#options = options;
    this.#watch = new TakingWatch(options.pace, {
      hasTakenSome: () => this.#hasTakenSome(1),
      onTooSlow: () => this.#visit.refuse(new GwError("client_stalled")),
    });
    this.#watch.hold(0);
    queueMicrotask(() => this.#proceed());
  }

  /** Bytes that its client has yet to be given. */
  get heldBytes(): number {
    return this.#isOver ? 0 : this.#stored + this.#waitingBytes;
  }

  get #stored(): number {
    return this.#options.room?.held ?? 0;
  }

  override write(piece: Uint8Array): boolean {
    if (this.#isOver || this.#end || piece.length === 0) return true;
    // What a worker's socket has read is nobody else's; but it may be much more than this.
    this.#waiting.push(2 * piece.length < piece.buffer.byteLength ? new Uint8Array(piece) : piece);
    this.#waitingBytes += piece.length;
    this.#proceed();
    // Who was told to wait, and goes on all the same, is still to be told when that is over.
    if (this.#waitingBytes > WAITING_MOST) this.#isHeldUp = true;
    return !this.#isHeldUp;
  }

  override end(trailers?: readonly string[]): void {
    this.#endWith({ trailers });
  }

  override cutBehind(): void {
    this.#endWith("cut");
  }

  /** From now on somebody waits for its end. */
  #endWith(end: Finale): void {
    if (this.#isOver || this.#end) return;
    this.#end = end;
    this.#watch.stop();
    this.#proceed();
  }

  override onWritable(): void {
    this.#isFull = false;
    this.#hasTaken = [true, true];
    if (!this.#end) this.#watch.release();
    this.#proceed();
  }

  #proceed(): void {
    this.#store();
    this.#give();
    if (!this.#isHeldUp || this.#waitingBytes > 0 || this.#isOver || this.#end) return;
    this.#isHeldUp = false;
    super.onWritable();
  }

  #store(): void {
    const { room } = this.#options;
    const piece = this.#waiting[0];
    if (!piece || !room || this.#isWriting || this.#isDiskLost || this.#isOver) return;
    if (!room.take(piece.length)) return;
    this.#isWriting = true;
    room.write(piece).then(
      () => this.#onStored(),
      () => this.#onStoreFailed(),
    );
  }

  #onStored(): void {
    this.#isWriting = false;
    this.#takeWaiting();
    this.#proceed();
  }

  /** Nothing is lost: what was to be written is still here. */
  #onStoreFailed(): void {
    this.#isWriting = false;
    this.#isDiskLost = true;
    this.#proceed();
  }

  #takeWaiting(): Uint8Array {
    const piece = this.#waiting.shift() as Uint8Array;
    this.#waitingBytes -= piece.length;
    return piece;
  }

  #give(): void {
    while (!this.#isFull && !this.#isReading && !this.#isOver) {
      if (this.#stored > 0) return this.#fetch();
      if (this.#isWriting) return;
      if (this.#waiting.length === 0) return this.#giveEnd();
      this.#giveNow(this.#takeWaiting());
    }
  }

  #giveNow(piece: Uint8Array): void {
    this.#givenBytes += piece.length;
    if (this.inner.write(piece)) return;
    this.#isFull = true;
    if (!this.#end) this.#watch.hold(this.#givenBytes);
  }

  #fetch(): void {
    const room = this.#options.room as SpoolRoom;
    const piece = new Uint8Array(new ArrayBuffer(PIECE_BYTES));
    this.#isReading = true;
    room.read(piece).then(
      (count) => this.#onFetched(piece.subarray(0, count)),
      (thrown) => this.#fail(reasonOf(thrown)),
    );
  }

  #onFetched(piece: Uint8Array): void {
    this.#isReading = false;
    if (this.#isOver) return;
    this.#giveNow(piece);
    this.#proceed();
  }

  /** The client has all that there is. */
  #giveEnd(): void {
    const end = this.#end;
    if (end === "cut") super.cutBehind();
    else if (end) this.inner.end(end.trailers);
    this.#close();
    if (!end) this.#options.onCaughtUp();
  }

  /** That the answer is not whole must be seen. */
  #fail(why: string): void {
    this.#isReading = false;
    if (this.#isOver) return;
    if (!this.#visit.isOver) return this.#visit.refuse(new GwError("file_failed", {}, why));
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
    this.#watch.stop();
    this.#options.room?.release();
    for (const act of this.#whenSettled.splice(0)) this.inner.whenSettled(act);
  }

  override get isTaking(): boolean {
    return (this.#end !== undefined && !this.#isOver) || this.inner.isTaking;
  }

  override hasTakenSome(): boolean {
    return this.#hasTakenSome(0);
  }

  /** The disk takes its time; that is no fault of the client's. To the one behind this, what was given last is all that there is. */
  #hasTakenSome(asker: 0 | 1): boolean {
    if (this.inner.hasTakenSome()) this.#hasTaken = [true, true];
    const hasTaken = this.#hasTaken[asker] || !this.#isFull;
    this.#hasTaken[asker] = false;
    return hasTaken;
  }

  override whenSettled(act: (cause?: Cause) => void): void {
    if (this.#isOver) this.inner.whenSettled(act);
    else this.#whenSettled.push(act);
  }
}
