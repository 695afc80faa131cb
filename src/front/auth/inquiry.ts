// One question about a request, from the moment it is asked until somebody has answered or its time is over.

import type { Deadlines, Due } from "../../core/deadlines.ts";
import { GwError } from "../../core/errors.ts";
import type { AuthQuestion, AuthVerdict } from "../../link/auth.ts";

/** Who has it at the moment. */
export interface Asked {
  /** It is over for another reason than an answer. */
  forget(id: number): void;
}

export type Question = Omit<AuthQuestion, "id">;
/** `owner`: see ownerOf. */
export type Answered = AuthVerdict & { owner: string };

export class Inquiry implements Due {
  readonly question: Question;
  /** The process that knows what this asks about, where it matters. */
  readonly owner: string | undefined;
  dueAt = 0;
  earlier: Due | undefined;
  later: Due | undefined;
  list: Deadlines | undefined;
  /** How many processes had it. */
  attempts = 0;
  /** There are processes, and all have as much to answer as they may have. */
  isPostponed = false;
  isOver = false;
  isAnswered = false;
  readonly answered: Promise<Answered>;
  readonly #outcome = Promise.withResolvers<Answered>();
  #asked: Asked | undefined;
  #id = 0;

  constructor(question: Question, owner: string | undefined) {
    this.question = question;
    this.owner = owner;
    this.answered = this.#outcome.promise;
  }

  begin(asked: Asked, id: number): void {
    this.attempts++;
    this.#asked = asked;
    this.#id = id;
  }

  /** Nobody has it. `counts`: it may have reached whoever had it. */
  release(counts: boolean): void {
    this.#asked = undefined;
    if (!counts) this.attempts--;
  }

  settle(answered: Answered): void {
    if (!this.#end()) return;
    this.isAnswered = true;
    this.#outcome.resolve(answered);
  }

  fail(cause: "auth_timeout" | "auth_unavailable"): void {
    if (!this.#end()) return;
    this.#outcome.reject(new GwError(cause));
  }

  /** Its time is over. */
  onDue(): void {
    const asked = this.#asked;
    this.giveUp();
    asked?.forget(this.#id);
  }

  /** Whoever has it, or whatever it waits behind, takes too long; or nobody has been there. */
  giveUp(): void {
    this.fail(this.#asked || this.isPostponed ? "auth_timeout" : "auth_unavailable");
  }

  #end(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.list?.remove(this);
    return true;
  }
}
