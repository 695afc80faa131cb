// A request body on its way in: counted against the limit, held back while nobody takes it, then handed on piece by
// piece. A small body is gathered whole first, so that a slow client does not hold a worker. It tells its visit, and
// nobody else, for as long as the visit lasts.

import { Alarm } from "../../core/deadlines.ts";
import { GwError } from "../../core/errors.ts";
import { GatheredBytes } from "../../http/gathered-bytes.ts";
import type { BodyReceiver, Client } from "../door/client.ts";
import type { TimeAllowance } from "./allowance.ts";
import type { BodyStore, BodyStoreOwner, OpenStore } from "./body-store.ts";
import type { ClientPace } from "./client-pace.ts";

/** Held before anyone takes it; the client is not read further. */
const HELD_MOST = 65_536;
/** Held of one for which there is a place outside of memory. */
const HELD_BEFORE_STORE = 16_384;

export interface IntakeListener {
  /** The body has passed this limit; nothing is handed on afterwards. */
  onBodyTooLarge(limitBytes: number): void;
  /** The client sends it more slowly than it may. */
  onBodySlow(): void;
  /** Some of it was kept, and cannot be read again. */
  onBroken(error: GwError): void;
  /** Some of it has come: the client is alive. */
  onBodyProgress(): void;
  /** The next piece, after `deliver`; return false to have no more until `proceed`. */
  onBodyPiece(piece: Uint8Array): boolean;
  /** All of it has come, after `collect`, `gather` or `deliver`. */
  onBodyEnd(): void;
}

/** What becomes of a piece: it is kept until somebody takes it; the same, and its end is told; kept without bound; or handed on. */
type Way = "keep" | "collect" | "gather" | "deliver";

export class Intake implements BodyReceiver, BodyStoreOwner {
  /** Content-Length as sent; undefined for a chunked body. */
  readonly length: number | undefined;
  readonly #client: Client;
  readonly #listener: IntakeListener;
  readonly #limitBytes: number;
  readonly #held = new GatheredBytes();
  /** What has come behind that, where it is more than is held. */
  #store: BodyStore | undefined;
  #openStore: OpenStore | undefined;
  /** All has come, and was told or will be when the store has given back what it has. */
  #hasEnded = false;
  #received = 0;
  #way: Way = "keep";
  #awaitsContinue: boolean;
  #stopped = false;
  readonly #rules: ClientPace | undefined;
  /** Undefined for a body that may take as long as it likes, or was here at once. */
  #pace: TimeAllowance | undefined;
  #look: Alarm | undefined;
  #taken = false;
  /** How much less than nothing the client was behind when somebody began to take the body. */
  #aheadMs = 0;
  /** Nobody reads what the client sends. */
  #isPaused = false;

  constructor(
    client: Client,
    listener: IntakeListener,
    limitBytes: number,
    {
      length,
      awaitsContinue,
      pace,
    }: { length: number | undefined; awaitsContinue: boolean; pace?: ClientPace | undefined },
  ) {
    this.#rules = pace;
    this.length = length;
    this.#client = client;
    this.#listener = listener;
    this.#limitBytes = limitBytes;
    this.#awaitsContinue = awaitsContinue;
  }

  /** Bytes that have come so far. */
  get received(): number {
    return this.#received;
  }

  /** Its client sends it when it is told to go on, and has sent nothing. */
  get awaitsContinue(): boolean {
    return this.#awaitsContinue && !this.isComplete && this.#received === 0;
  }

  get isComplete(): boolean {
    return this.#client.isBodyComplete;
  }

  /** It has come, and all of it is held: `takeHeld` gives it at once. */
  get isHeld(): boolean {
    return this.isComplete && this.#store === undefined;
  }

  /** Nothing of the body has been handed on: the whole request can still go elsewhere. */
  get isUntouched(): boolean {
    return !this.#taken;
  }

  /** How much slower than it may be the client has been; see the allowance. What had come before somebody took it is no credit. */
  get behindMs(): number {
    return this.#rules && this.#pace ? this.#pace.behindMs(this.#rules.now()) + this.#aheadMs : 0;
  }

  /** The bytes to come, as the worker should be told: exact when all is here or the client said so. */
  get framing(): number | "chunked" {
    if (this.isComplete) return this.#received;
    return this.length ?? "chunked";
  }

  /** All is here, or more is to come than is waited for before a worker gets it. */
  get isReady(): boolean {
    return this.isComplete || this.length === undefined || this.length > HELD_MOST;
  }

  /** Begins to receive, and keeps what comes. The listener may hear of it before this returns. */
  begin(): void {
    this.#client.receiveBody(this);
    if (this.#stopped || this.isComplete) return;
    const rules = this.#rules;
    const pace = rules?.newBody();
    if (!rules || !pace) return;
    this.#pace = pace;
    pace.count(this.#received);
    if (!this.#awaitsContinue && !this.#isPaused) pace.wait(rules.now());
    const look = new Alarm(() => {
      // An app that answers while it receives has its own idea of how fast that should be.
      if (this.isComplete || this.#client.isAnswered) return;
      if (pace.isOver(rules.now())) this.#listener.onBodySlow();
      else rules.looks.touch(look);
    });
    this.#look = look;
    rules.looks.touch(look);
  }

  #pause(): void {
    this.#isPaused = true;
    if (this.#rules) this.#pace?.rest(this.#rules.now());
    this.#client.pauseBody();
  }

  #resume(): void {
    this.#isPaused = false;
    if (this.#rules) this.#pace?.wait(this.#rules.now());
    this.#client.resumeBody();
  }

  /** It is waited for, as far as it can be kept, in memory or there; its end is told. */
  collect(openStore?: OpenStore): void {
    this.#way = "collect";
    this.#openStore = openStore;
    this.#sendContinue();
    if (!this.isFull) this.#resume();
  }

  get isCollected(): boolean {
    return this.#way === "collect";
  }

  /** No more of it is kept: its client has to wait until it is handed on. */
  get isFull(): boolean {
    if (this.isComplete) return false;
    return this.#store ? this.#store.isFull : !this.#openStore && this.#held.size >= HELD_MOST;
  }

  /** Its client would send more of it. */
  get isHeldBack(): boolean {
    return (this.#isPaused && !this.isComplete) || this.awaitsContinue;
  }

  /** All of the body is waited for. Only for one that is not ready. */
  gather(): void {
    this.#way = "gather";
    this.#sendContinue();
    this.#resume();
  }

  /** Hands on the pieces that come from now on. The held ones were taken before. */
  deliver(): void {
    this.#way = "deliver";
    this.#aheadMs = Math.max(0, this.#aheadMs - this.behindMs);
    this.#sendContinue();
    if (this.#store) this.#store.play();
    else this.#resume();
  }

  /** Nobody says any more that the client is to go on: it has its answer. */
  forgoContinue(): void {
    this.#awaitsContinue = false;
  }

  /** What comes from now on is kept for whoever takes it next. */
  keep(): void {
    this.#way = "keep";
  }

  /** The listener takes pieces again. */
  proceed(): void {
    if (this.#store) this.#store.proceed();
    else this.#resume();
  }

  /** What is here already, as one piece; undefined when nothing is. */
  takeHeld(): Uint8Array | undefined {
    this.#taken = true;
    return this.#held.take();
  }

  /** Takes back what `takeHeld` gave: not a byte of it was sent. */
  restore(held: Uint8Array): void {
    this.#held.push(held);
    this.#taken = false;
  }

  /** Nobody wants the rest. */
  stop(): void {
    this.#stopped = true;
    this.#held.clear();
    this.#store?.release();
    if (this.#look) this.#rules?.looks.remove(this.#look);
  }

  onPiece(piece: Uint8Array): void {
    if (this.#stopped) return;
    this.#received += piece.length;
    this.#pace?.count(piece.length);
    if (this.#received > this.#limitBytes) {
      this.stop();
      return this.#listener.onBodyTooLarge(this.#limitBytes);
    }
    const isKept = this.#way !== "deliver" || this.#store !== undefined;
    if (isKept) this.#keepPiece(piece);
    this.#listener.onBodyProgress();
    if (!isKept && !this.#listener.onBodyPiece(piece)) this.#pause();
  }

  #keepPiece(piece: Uint8Array): void {
    if (this.#openStore && this.#held.size + piece.length > HELD_BEFORE_STORE)
      this.#store ??= this.#openStore(this);
    if (this.#store) {
      if (!this.#store.push(piece)) this.#pause();
      return;
    }
    this.#held.push(piece);
    if (this.#held.size >= HELD_MOST && this.#way !== "gather") this.#pause();
  }

  onBodyEnd(): void {
    this.#hasEnded = true;
    // What is kept outside of memory comes first.
    if (this.#stopped || (this.#store && this.#way === "deliver")) return;
    if (this.#way !== "keep") this.#listener.onBodyEnd();
  }

  onStoreRoom(): void {
    if (!this.#stopped) this.#resume();
  }

  onStoreFull(): void {
    if (this.isComplete) return;
    this.#pause();
    this.#listener.onBodyProgress();
  }

  onStorePiece(piece: Uint8Array): boolean {
    return this.#way === "deliver" && this.#listener.onBodyPiece(piece);
  }

  onStoreEmpty(): void {
    this.#store?.release();
    this.#store = this.#openStore = undefined;
    if (this.#hasEnded) this.#listener.onBodyEnd();
    else this.#resume();
  }

  onStoreFailed(why: string): void {
    this.#listener.onBroken(new GwError("request_spool_failed", {}, why));
  }

  #sendContinue(): void {
    const isWaitedFor = this.awaitsContinue;
    this.#awaitsContinue = false;
    if (isWaitedFor) this.#client.sendContinue();
  }
}
