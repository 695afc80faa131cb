// A body that waits on the disk until a worker may have its request: more of it comes meanwhile. What there is by then is read back in its
// order, and what comes after that goes straight behind it. It has disk for what has come, so that nobody gets any by announcing much.

import { reasonOf } from "../../core/errors.ts";
import type { BodyStore, BodyStoreOwner } from "../visit/body-store.ts";
import type { Spool } from "./spool.ts";
import type { SpoolRoom } from "./spool-room.ts";

/** Read back at once. */
const PIECE_BYTES = 65_536;
/** So much may wait for the disk, or for the worker; then the client waits. */
const WAITING_MOST = 65_536;
/** And so much stays in memory where the disk takes nothing. */
const MEMORY_MOST = 49_152;

export class SpooledBody implements BodyStore {
  isFull = false;
  readonly #spool: Pick<Spool, "reserveSome">;
  readonly #owner: BodyStoreOwner;
  #room: SpoolRoom | undefined;
  /** Behind what is on the disk, in their order; the first one is on its way there while `#isWriting`. */
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isWriting = false;
  #isReading = false;
  /** The disk takes no more of it. */
  #isInMemory = false;
  /** It is given back, and nothing more is written. */
  #isPlaying = false;
  /** Whoever gets it takes no more for now. */
  #isHeldUp = false;
  /** The client was told to wait. */
  #owesRoom = false;
  #isReleased = false;

  constructor(spool: Pick<Spool, "reserveSome">, owner: BodyStoreOwner) {
    this.#spool = spool;
    this.#owner = owner;
  }

  push(piece: Uint8Array): boolean {
    if (piece.length === 0) return true;
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    if (this.#isPlaying) this.#give();
    else this.#store();
    this.#owesRoom = !this.#hasRoom;
    return this.#hasRoom;
  }

  play(): void {
    this.#isPlaying = true;
    this.#give();
  }

  proceed(): void {
    this.#isHeldUp = false;
    this.#give();
  }

  release(): void {
    this.#isReleased = true;
    this.#room?.release();
    this.#waiting.length = 0;
  }

  get #hasRoom(): boolean {
    return this.#waitingBytes <= WAITING_MOST && (this.#isPlaying || !this.isFull);
  }

  #tellRoom(): void {
    if (!this.#owesRoom || !this.#hasRoom || this.#isReleased) return;
    this.#owesRoom = false;
    this.#owner.onStoreRoom();
  }

  // ---- to the disk ----------------------------------------------------------------------------------------

  #store(): void {
    const [piece] = this.#waiting;
    if (!piece || this.#isWriting || this.isFull || this.#isReleased) return;
    if (!this.#isInMemory) this.#room ??= this.#spool.reserveSome();
    if (this.#isInMemory || !this.#room?.take(piece.length)) return this.#keepInMemory();
    this.#isWriting = true;
    this.#room.write(piece).then(
      () => this.#onStored(piece.length),
      () => this.#onStoreFailed(),
    );
  }

  #onStored(bytes: number): void {
    this.#isWriting = false;
    if (this.#isReleased) return;
    this.#waiting.shift();
    this.#waitingBytes -= bytes;
    if (this.#isPlaying) this.#give();
    else this.#store();
    this.#tellRoom();
  }

  /** Nothing is lost: what was to be written is still here. */
  #onStoreFailed(): void {
    this.#isWriting = false;
    if (this.#isReleased) return;
    this.#isInMemory = true;
    if (this.#isPlaying) this.#give();
    else this.#keepInMemory();
  }

  #keepInMemory(): void {
    if (this.#waitingBytes < MEMORY_MOST) return;
    this.isFull = true;
    this.#owner.onStoreFull();
  }

  // ---- and back -------------------------------------------------------------------------------------------

  #give(): void {
    while (this.#isPlaying && !this.#isHeldUp && !this.#isReading && !this.#isReleased) {
      if (this.#room && this.#room.held > 0) return this.#fetch(this.#room);
      if (this.#isWriting) return;
      const piece = this.#waiting.shift();
      if (!piece) return this.#owner.onStoreEmpty();
      this.#waitingBytes -= piece.length;
      this.#isHeldUp = !this.#owner.onStorePiece(piece);
      this.#tellRoom();
    }
  }

  #fetch(room: SpoolRoom): void {
    this.#isReading = true;
    const piece = new Uint8Array(new ArrayBuffer(Math.min(PIECE_BYTES, room.held)));
    room.read(piece).then(
      (count) => this.#onFetched(piece.subarray(0, count)),
      (thrown) => this.#onFetchFailed(reasonOf(thrown)),
    );
  }

  #onFetched(piece: Uint8Array): void {
    this.#isReading = false;
    if (this.#isReleased) return;
    this.#isHeldUp = !this.#owner.onStorePiece(piece);
    this.#give();
  }

  #onFetchFailed(why: string): void {
    this.#isReading = false;
    if (!this.#isReleased) this.#owner.onStoreFailed(why);
  }
}
