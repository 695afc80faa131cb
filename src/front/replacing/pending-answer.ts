// The client of a visit that has ended in an error, while the document that it is to get is on its way: its answer is
// complete, as far as anybody else is concerned, and yet to be taken.

import { PassingClient } from "../door/passing-client.ts";

export class PendingAnswer extends PassingClient {
  #isPending = true;
  #isLost = false;
  #whenSettled: (() => void)[] = [];

  /** Nobody is there any more, or it was cut. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** It is complete on its way to the client. */
  settle(): void {
    this.#isPending = false;
    for (const act of this.#whenSettled.splice(0)) this.inner.whenSettled(act);
  }

  override get isAnswered(): boolean {
    return this.#isPending || super.isAnswered;
  }

  /** The client itself has yet to hear of it. */
  get isUntouched(): boolean {
    return !this.inner.isAnswered;
  }

  override cut(): void {
    this.#isLost = true;
    super.cut();
    this.settle();
  }

  override onGone(): void {
    this.#isLost = true;
    super.onGone();
    this.settle();
  }

  override get isTaking(): boolean {
    return this.#isPending || super.isTaking;
  }

  /** Whoever gives the document has an eye on its pace. */
  override hasTakenSome(): boolean {
    return this.#isPending || super.hasTakenSome();
  }

  override whenSettled(act: () => void): void {
    if (this.#isPending) this.#whenSettled.push(act);
    else super.whenSettled(act);
  }
}
