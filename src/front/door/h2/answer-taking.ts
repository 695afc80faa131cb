// How far a client takes an answer that it does not take at once: by its windows, which hold up one answer, and by its reading,
// which holds up all of the connection.

import type { Outgoing, Sender } from "../../../http/h2/sender.ts";
import type { AnswerHead } from "./answer-blocks.ts";

export class AnswerTaking {
  readonly #answer: Pick<Outgoing, "unsent" | "sendWindow">;
  readonly #sender: Pick<Sender<AnswerHead>, "drained">;
  /** What was unsent, and what the connection's client had taken, when that was last looked at. */
  #unsentBefore = 0;
  #drainedBefore = 0;
  #acts: (() => void)[] = [];

  constructor(answer: Pick<Outgoing, "unsent" | "sendWindow">, sender: Pick<Sender<AnswerHead>, "drained">) {
    this.#answer = answer;
    this.#sender = sender;
    this.mark();
  }

  /** Whether it has taken some since `mark`, or since this was last asked. */
  hasTakenSome(): boolean {
    const { unsent } = this;
    const { drained } = this.#sender;
    // Other answers of the connection may go on while this one gets no window.
    const isWithOthers = unsent === 0 || this.#answer.sendWindow > 0;
    const hasTaken = unsent < this.#unsentBefore || (isWithOthers && drained > this.#drainedBefore);
    this.mark();
    return hasTaken;
  }

  /** What is here now has just been given. */
  mark(): void {
    this.#unsentBefore = this.unsent;
    this.#drainedBefore = this.#sender.drained;
  }

  get unsent(): number {
    let bytes = 0;
    for (const piece of this.#answer.unsent) bytes += piece.length;
    return bytes;
  }

  whenSettled(act: () => void): void {
    this.mark();
    this.#acts.push(act);
  }

  /** What is to be done when nothing of it is here any more; once. */
  takeActs(): readonly (() => void)[] {
    const acts = this.#acts;
    this.#acts = [];
    return acts;
  }
}
