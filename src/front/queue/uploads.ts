// Requests whose bodies are not whole, while others like them have their share of the workers' places. A body goes on coming here, and
// once it is whole its request waits for a place like any other. In which order the rest is let in is said by limit/upload-share.ts.

import type { Clock } from "../../core/clock.ts";
import { Deadlines } from "../../core/deadlines.ts";
import { type Cause, GwError } from "../../core/errors.ts";
import { hasUploadRoom, isUpload, nextUpload } from "../limit/upload-share.ts";
import type { Spool } from "../spool/spool.ts";
import { SpooledBody } from "../spool/spooled-body.ts";
import type { Holder, Visit } from "../visit/visit.ts";

export type UploadsOptions = {
  clock: Clock;
  /** How long a client may send nothing. */
  silence: Deadlines;
  /** How long one waits here whose client is kept from sending. */
  queueTimeoutMs: number;
  /** `places`: all of this front end at the workers that take requests. `saysContinue`: see there. */
  roster: { readonly places: number; readonly saysContinue: boolean };
  /** Where bodies wait that are larger than what is kept in memory; undefined for nowhere. */
  spool?: Spool | undefined;
  /** Nothing is to be run for now. */
  isPaused: () => boolean;
  /** Somebody waits here from now on. */
  onWait: () => void;
};

export class Uploads {
  readonly #options: UploadsOptions;
  readonly #patience: Deadlines;
  /** Those that were let in, some of which are whole or over by now. */
  readonly #inside = new Set<Visit>();
  readonly #waiting = new Set<WaitingUpload>();
  /** Those of them whose clients are kept from sending, for no more is kept here. */
  readonly #full = new Set<WaitingUpload>();

  constructor(options: UploadsOptions) {
    this.#options = options;
    this.#patience = new Deadlines(options.clock, options.queueTimeoutMs);
  }

  /** How many wait here. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Some worker says itself when clients are to send bodies that they hold back. */
  get saysContinue(): boolean {
    return this.#options.roster.saysContinue;
  }

  /** Has its body come, as far as there is room for it. */
  collect({ intake }: Visit): void {
    const { spool } = this.#options;
    intake?.collect(spool && ((owner) => new SpooledBody(spool, owner)));
  }

  /** Its client is waited for from now on, or kept waiting. */
  limitTime(visit: Visit): void {
    visit.limitTime(visit.intake?.isHeldBack ? this.#patience : this.#options.silence);
  }

  /** It has waited in vain. */
  giveUp(visit: Visit): void {
    const inVain = this.#options.isPaused() ? "paused" : "queue_timeout";
    visit.refuse(new GwError(visit.intake?.isHeldBack ? inVain : "request_timeout_client"));
  }

  /** Resolves when a worker may have this visit, whose body is not whole; undefined: it may now. */
  enter(visit: Visit): Promise<void> | undefined {
    if (this.#waiting.size === 0 && hasUploadRoom(this.#room)) {
      this.#inside.add(visit);
      return undefined;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    visit.handTo(new WaitingUpload(visit, this, resolve));
    this.#options.onWait();
    this.look();
    return promise;
  }

  /** Lets in who may; to be called when one that is inside may have become whole, begun to be answered or ended, or there are more places. */
  look(): void {
    while (this.#waiting.size > 0) {
      const next = nextUpload({ waiting: this.#waiting, full: this.#full }, this.#room);
      if (!next) return;
      this.#inside.add(next.visit);
      next.leave();
    }
  }

  /** Ends all that wait here. */
  abandon(cause: Cause): void {
    for (const { visit } of this.#waiting) visit.refuse(new GwError(cause));
  }

  add(one: WaitingUpload): void {
    this.#waiting.add(one);
  }

  addFull(one: WaitingUpload): void {
    this.#full.add(one);
    this.look();
  }

  delete(one: WaitingUpload): void {
    this.#waiting.delete(one);
    this.#full.delete(one);
  }

  get #room() {
    for (const visit of this.#inside) if (!isUpload(visit)) this.#inside.delete(visit);
    return { inside: this.#inside.size, places: this.#options.roster.places };
  }
}

class WaitingUpload implements Holder {
  readonly visit: Visit;
  readonly #uploads: Uploads;
  readonly #onReady: () => void;

  constructor(visit: Visit, uploads: Uploads, onReady: () => void) {
    this.visit = visit;
    this.#uploads = uploads;
    this.#onReady = onReady;
  }

  take(visit: Visit): void {
    this.#uploads.add(this);
    const isAppsToSay = visit.intake?.awaitsContinue && this.#uploads.saysContinue;
    if (!isAppsToSay) this.#uploads.collect(visit);
    this.#lookAt(visit);
  }

  letGo(): void {
    this.#uploads.delete(this);
  }

  /** Somebody else has the visit next. */
  leave(): void {
    this.#uploads.delete(this);
    this.#onReady();
  }

  onBodyProgress(visit: Visit): void {
    // Its client has not waited until the app wants it.
    if (!visit.intake?.isCollected) this.#uploads.collect(visit);
    this.#lookAt(visit);
  }

  onBodyEnd(): void {
    this.leave();
  }

  onDue(visit: Visit): void {
    this.#uploads.giveUp(visit);
  }

  #lookAt(visit: Visit): void {
    this.#uploads.limitTime(visit);
    if (visit.intake?.isFull) this.#uploads.addFull(this);
  }
}
