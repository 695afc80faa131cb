// An answer on its way from a relay to the client: its head when that is due, its pieces as they come, and how fast the client takes them.

import type { ResponseHead } from "../../upstream/response-head.ts";
import type { AnswerPace, ClientPace } from "../visit/client-pace.ts";
import type { Visit } from "../visit/visit.ts";
import { answerHead, answerWhole } from "./answer-fields.ts";

export type AnswerTools = {
  readonly pace: ClientPace;
  /** Value of a Date field for an answer without one. */
  readonly date: () => string;
  /** Whatever it is: bodies may be open files. */
  readonly files?: unknown;
};

export class AppAnswer {
  /** As it has come from the worker; undefined before. */
  head: ResponseHead | undefined;
  trailers: readonly string[] | undefined;
  readonly #visit: Visit;
  readonly #tools: AnswerTools;
  #first: Uint8Array | undefined;
  #isBlocked = false;
  /** Once its client has held it up; undefined where it may do so as it likes. */
  #taking: AnswerPace | undefined;

  constructor(visit: Visit, tools: AnswerTools) {
    this.#visit = visit;
    this.#tools = tools;
  }

  /** The client takes no more for now. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  get isTooSlow(): boolean {
    return this.#taking?.isTooSlow === true;
  }

  /** Its body is an open file that the worker hands over. */
  get isFile(): boolean {
    return this.head?.file !== undefined && this.#tools.files !== undefined;
  }

  push(piece: Uint8Array): void {
    // Pieces that came with the head wait for the end of this read: most answers are whole by then.
    if (!this.#visit.client.isAnswered && !this.#first) {
      this.#first = piece;
      return;
    }
    this.sendHead();
    this.#pass(piece);
  }

  /** More of it is to come. */
  sendHead(): void {
    const { head } = this;
    if (!head || this.#visit.client.isAnswered || this.isFile) return;
    answerHead(this.#visit, head, this.#tools);
    const first = this.#first;
    this.#first = undefined;
    if (first) this.#pass(first);
  }

  /** All of it has come. */
  finish(): void {
    const { client } = this.#visit;
    // Only behind chunks is there room for trailers.
    if (this.trailers && client.takesTrailers) this.sendHead();
    if (client.isAnswered) client.end(this.trailers);
    else if (this.head) answerWhole(this.#visit, this.head, this.#tools, this.#first);
  }

  /** The client takes more. False: but has been too slow. */
  proceed(): boolean {
    this.#isBlocked = false;
    return !this.#taking?.release();
  }

  #pass(piece: Uint8Array): void {
    this.#visit.sentBytes += piece.length;
    if (this.#visit.client.write(piece) || this.#isBlocked) return;
    this.#isBlocked = true;
    this.#taking = this.#tools.pace.hold(this.#taking, this.#visit.sentBytes);
  }
}
