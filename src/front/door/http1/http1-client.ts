// What the clients of all doors of HTTP/1.1 have in common, whoever reads and writes the bytes: what is asked in that version,
// and how far the answer has been taken.

import type { GwError } from "../../../core/errors.ts";
import type { ClientListener } from "../client.ts";

/** What the first line and the framing say. */
export type AskedHead = { method: string; target: string; hasBody: boolean; isHttp10: boolean };

export abstract class Http1Client {
  readonly method: string;
  readonly target: string;
  /** Flat [name, value …] as sent. */
  readonly fields: readonly string[];
  readonly hasBody: boolean;
  readonly isHttp10: boolean;
  listener: ClientListener | undefined;
  isGone = false;
  isAnswered = false;
  /** The answer is complete. */
  isFinished = false;
  /** Nothing of the answer will leave here any more. */
  isSettled = false;
  /** Nothing may follow on the connection, whatever else is so. */
  isLast = false;
  /** What was still here when that was last looked at. */
  #unsentBefore = 0;
  #whenSettled: (() => void)[] | undefined;

  constructor({ method, target, hasBody, isHttp10 }: AskedHead, fields: readonly string[]) {
    this.method = method;
    this.target = target;
    this.hasBody = hasBody;
    this.isHttp10 = isHttp10;
    this.fields = fields;
  }

  /** Bytes of the answer that are still here, because the client does not keep up. */
  abstract get unsentBytes(): number;

  get protocol(): string {
    return this.isHttp10 ? "HTTP/1.0" : "HTTP/1.1";
  }

  get mayOmitHost(): boolean {
    return this.isHttp10;
  }

  get takesInterim(): boolean {
    return !this.isHttp10;
  }

  get takesTrailers(): boolean {
    return !this.isHttp10;
  }

  refuseMore(): void {
    this.isLast = true;
  }

  get isTaking(): boolean {
    return this.isFinished && this.unsentBytes > 0;
  }

  hasTakenSome(): boolean {
    const before = this.#unsentBefore;
    this.noteUnsent();
    return this.#unsentBefore < before;
  }

  /** What is here now has just been given. */
  noteUnsent(): void {
    this.#unsentBefore = this.unsentBytes;
  }

  whenSettled(act: () => void): void {
    if (this.unsentBytes === 0) return act();
    this.noteUnsent();
    this.#whenSettled ??= [];
    this.#whenSettled.push(act);
  }

  settle(): void {
    this.isSettled = true;
    const acts = this.#whenSettled ?? [];
    this.#whenSettled = undefined;
    for (const act of acts) act();
  }

  /** The client is gone, or what it sends cannot be read on. */
  leave(): void {
    if (this.isGone || this.isFinished) return;
    this.isGone = true;
    const { listener } = this;
    this.listener = undefined;
    this.onLeft();
    listener?.onGone();
  }

  /** What comes of its body cannot be read. True: whoever answers was told, and what the connection comes to is his to say. */
  breakOff(error: GwError): boolean {
    const { listener } = this;
    if (this.isGone || this.isFinished || !listener) return false;
    this.refuseMore();
    listener.onBroken(error);
    return true;
  }

  /** Lets go of what only a client that is there has. */
  abstract onLeft(): void;
}
