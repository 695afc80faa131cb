// Sends an open file, or parts of it, to a client at the client's pace: by the kernel where the door can hand the bytes to
// it, or piece by piece. A file that somebody writes into, or makes shorter, meanwhile ends in a cut: its last bytes leave
// only when nothing has changed.

import type { Deadlines } from "../../core/deadlines.ts";
import { GwError, reasonOf } from "../../core/errors.ts";
import type { ByteRange } from "../../http/content/ranges.ts";
import type { AnswerPace, ClientPace } from "../visit/client-pace.ts";
import type { Running } from "../visit/running.ts";
import { ANSWERED, type Holder, type Visit } from "../visit/visit.ts";
import type { OpenFile } from "./open-file.ts";
import { type BodyPart, lengthOf } from "./reply/answer.ts";

const PIECE_BYTES = 32_768;
/** Taken from the kernel's memory at once, where all of it is known to be there. */
const WINDOW_BYTES = 524_288;
/** So much for one client in one turn of the loop; then others have theirs. */
const TURN_BYTES = 2 * WINDOW_BYTES;
/**
 * Written where the client takes nothing, so that the door tells when it does again: little to keep, for one of HTTP/2 may have a
 * hundred such answers, and enough to fill up the kernel's last packet within a few turns.
 */
const STALL_BYTES = 4096;
/** What is held back until the file is known to be unchanged. */
const TAIL_BYTES = 16_384;

export type FileAnswer = {
  status: number;
  reason: string;
  fields: readonly string[];
  length: number;
  parts: readonly BodyPart[];
};

export class FileDelivery implements Holder {
  place = 0;
  readonly visit: Visit;
  readonly #answer: FileAnswer;
  readonly #file: OpenFile;
  /** Of the disk. */
  readonly #silence: Deadlines;
  readonly #pace: ClientPace;
  #taking: AnswerPace | undefined;
  readonly #all: Running<FileDelivery>;
  readonly #onLeft: () => void;
  /** The part that is being sent, and how much of it is out. */
  #at = 0;
  #done = 0;
  #usesKernel: boolean;
  #isVerified = false;
  #isBlocked = false;
  /** In this turn of the loop. */
  #hasWritten = false;
  /** Something runs that goes on by itself: a read, a look, a turn of the loop. */
  #isUnderWay = false;

  constructor(
    visit: Visit,
    answer: FileAnswer,
    file: OpenFile,
    how: {
      usesKernel: boolean;
      silence: Deadlines;
      pace: ClientPace;
      all: Running<FileDelivery>;
      onLeft: () => void;
    },
  ) {
    this.visit = visit;
    this.#answer = answer;
    this.#file = file.acquire();
    this.#usesKernel = how.usesKernel && visit.client.sendFile !== undefined;
    this.#silence = how.silence;
    this.#pace = how.pace;
    this.#all = how.all;
    this.#onLeft = how.onLeft;
  }

  take({ client }: Visit): void {
    this.#all.add(this);
    const { status, reason, fields, length } = this.#answer;
    client.sendHead(status, reason, fields, length);
    this.visit.limitTime(this.#silence);
    this.#proceed();
  }

  letGo(): void {
    this.#all.delete(this);
    if (!this.#isUnderWay) this.#file.release();
    this.#onLeft();
  }

  onWritable(): void {
    this.#isBlocked = false;
    if (this.#taking?.release()) return this.visit.refuse(new GwError("client_stalled"));
    this.visit.limitTime(this.#silence);
    if (!this.#isUnderWay) this.#proceed();
  }

  onDue(visit: Visit): void {
    const isTaking = visit.client.hasTakenSome() && !this.#taking?.isTooSlow;
    if (isTaking) visit.limitTime(this.#isBlocked ? this.#pace.taking : this.#silence);
    // A disk that does not answer is no fault of the client's.
    else if (this.#isBlocked) visit.refuse(new GwError("client_stalled"));
    else
      visit.refuse(new GwError("file_failed", {}, "the disk was silent for longer than the socket timeout"));
  }

  /**
   * By the kernel never on the stack of the door, nor in one turn with a write: what the runtime has yet to send of its own would come
   * behind it (test/bun/native-sendfile.test.ts).
   */
  #proceed(): void {
    if (this.#usesKernel) this.#inNextTurn();
    else this.#send();
  }

  /** What was written in this turn has to leave before the kernel is asked. */
  get #mustWait(): boolean {
    return this.#usesKernel && this.#hasWritten;
  }

  #inNextTurn(): void {
    this.#hasWritten = false;
    this.#later(
      new Promise((resolve) => {
        setImmediate(resolve);
      }),
    );
  }

  /** Goes on when that is done, if it is still wanted. */
  #later(wait: Promise<unknown>): void {
    this.#isUnderWay = true;
    wait.then(() => this.#resume()).catch((thrown) => this.#fail(reasonOf(thrown)));
  }

  #resume(): void {
    this.#isUnderWay = false;
    if (!this.#isWanted) return this.#file.release();
    if (!this.#isBlocked) this.#send();
  }

  #fail(why: string): void {
    this.#isUnderWay = false;
    if (!this.#isWanted) return this.#file.release();
    this.visit.refuse(new GwError("file_failed", {}, why));
  }

  get #isWanted(): boolean {
    return this.visit.isHeldBy(this);
  }

  #send(): void {
    for (let sent = 0; sent < TURN_BYTES && !this.#mustWait; ) {
      const part = this.#answer.parts[this.#at];
      if (part === undefined || this.#answer.length === 0) return this.#finish();
      const count = "start" in part ? this.#sendSome(part) : this.#write(part);
      // It goes on by itself, waits for the client, or is over.
      if (count === undefined || !this.#isWanted) return;
      sent += count;
      this.#account(count);
      if (this.#isBlocked) return;
    }
    this.#inNextTurn();
  }

  #account(count: number): void {
    this.#done += count;
    const part = this.#answer.parts[this.#at];
    if (!part || this.#done < lengthOf(part)) return;
    this.#at++;
    this.#done = 0;
  }

  #finish(): void {
    this.visit.client.end();
    this.visit.end(ANSWERED);
  }

  #write(piece: Uint8Array): number {
    const isTaken = this.visit.client.write(piece);
    this.#hasWritten = true;
    this.visit.sentBytes += piece.length;
    if (isTaken) this.visit.limitTime(this.#silence);
    else this.#waitForClient();
    return piece.length;
  }

  #waitForClient(): void {
    this.#isBlocked = true;
    this.#taking = this.#pace.hold(this.#taking, this.visit.sentBytes);
    this.visit.limitTime(this.#pace.taking);
  }

  /** How many bytes of the part went; undefined where that takes time. */
  #sendSome(part: ByteRange): number | undefined {
    const position = part.start + this.#done;
    let left = part.end - position;
    if (!this.#isVerified && this.#at === this.#lastRange) {
      if (left <= TAIL_BYTES) return this.#verify();
      left -= TAIL_BYTES;
    }
    return this.#usesKernel ? this.#sendByKernel(position, left) : this.#sendPiece(position, left);
  }

  get #lastRange(): number {
    return this.#answer.parts.findLastIndex((part) => "start" in part);
  }

  #verify(): undefined {
    this.#later(
      this.#file.isUnchanged().then((isUnchanged) => {
        if (!isUnchanged) throw new Error("the file was written to while it was sent");
        this.#isVerified = true;
      }),
    );
  }

  #sendByKernel(position: number, left: number): number | undefined {
    const { client } = this.visit;
    const count = Math.min(left, WINDOW_BYTES);
    const isThere = this.#file.isCached(position) && this.#file.isCached(position + count - 1);
    // It would be waited for on the loop.
    if (isThere === undefined) {
      this.#usesKernel = false;
      return this.#sendPiece(position, left);
    }
    if (!isThere) return this.#fetch(position, count);
    const sent = client.sendFile?.(this.#file.fd, position, count);
    if (sent === undefined) {
      this.#usesKernel = false;
      return this.#sendPiece(position, left);
    }
    if (sent === "later") {
      this.#waitForClient();
      return undefined;
    }
    if (sent > 0) {
      this.visit.sentBytes += sent;
      this.visit.limitTime(this.#silence);
      return sent;
    }
    // A piece by the usual way: once the runtime has to keep some of it, the door tells when more may follow.
    return this.#sendPiece(position, Math.min(left, STALL_BYTES));
  }

  /** From the disk into the kernel's memory. */
  #fetch(position: number, count: number): undefined {
    this.#later(this.#file.read(newBytes(count), position).then(this.#checkCount));
  }

  #sendPiece(position: number, left: number): number | undefined {
    const { client } = this.visit;
    const most = Math.min(left, PIECE_BYTES, Math.max(client.room ?? PIECE_BYTES, STALL_BYTES));
    const isShared = client.leavesMemory === true;
    const found = isShared ? shared.subarray(0, most) : newBytes(most);
    const count = this.#file.readNow(found, position);
    if (count === undefined) return this.#readPiece(position, most);
    if (count === 0) this.#fail(SHORTER);
    else this.#write(found.subarray(0, count));
    if (isShared && this.#isBlocked) shared = newBytes(PIECE_BYTES);
    return count;
  }

  #readPiece(position: number, most: number): undefined {
    const piece = newBytes(most);
    this.#later(
      this.#file.read(piece, position).then((count) => {
        this.#checkCount(count);
        if (this.#isWanted) this.#account(this.#write(piece.subarray(0, count)));
      }),
    );
  }

  readonly #checkCount = (count: number): void => {
    if (count === 0) throw new Error(SHORTER);
  };
}

const SHORTER = "the file is shorter than was said, or became so while it was sent";

/** With memory of its own: that of small arrays may be moved while the system writes into it. */
const newBytes = (count: number) => new Uint8Array(new ArrayBuffer(count));
/** For one piece after the other, as long as nobody holds it back: memory for each would be garbage by the gigabyte. */
let shared = newBytes(PIECE_BYTES);
