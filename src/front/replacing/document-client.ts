// Asks for an error document as a client would, and passes it on to the one who got the error, with the status and the fields of
// that error.

import { withoutFields } from "../../http/fields.ts";
import { reasonPhrase } from "../../http/status.ts";
import { PassingClient } from "../door/passing-client.ts";
import type { Visit } from "../visit/visit.ts";
import type { PendingAnswer } from "./pending-answer.ts";

/** What gw has to say of the error itself. */
export type ErrorAnswer = { status: number; fields: readonly string[] };

/** Of the request that has failed: conditions, parts and a body are not the document's, and proofs were not enough. */
const NOT_ASKED: ReadonlySet<string> = new Set([
  ...["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range"],
  ...["content-type", "content-length", "content-encoding", "expect", "authorization"],
]);

/** Of the document: that it may be kept, and which version of it this is, is nothing that holds for the error. */
const NOT_TOLD: readonly string[] = [
  ...["date", "cache-control", "expires", "age", "etag", "last-modified", "accept-ranges", "location"],
];

export class DocumentClient extends PassingClient {
  declare readonly inner: PendingAnswer;
  readonly #target: string;
  readonly #fields: readonly string[];
  readonly #failed: Visit;
  readonly #answer: ErrorAnswer;
  /** Only a document that was found will do; a page of that very status otherwise as well. */
  readonly #isStrict: boolean;
  /** Why there is none. */
  unusable: string | undefined;

  constructor(pending: PendingAnswer, target: string, failed: Visit, answer: ErrorAnswer, isStrict: boolean) {
    super(pending);
    this.#target = target;
    this.#fields = withoutFields(failed.fields, NOT_ASKED);
    this.#failed = failed;
    this.#answer = answer;
    this.#isStrict = isStrict;
  }

  // ---- what it asks ---------------------------------------------------------------------------------------

  override get method(): string {
    return super.method === "HEAD" ? "HEAD" : "GET";
  }

  override get target(): string {
    return this.#target;
  }

  override get fields(): readonly string[] {
    return this.#fields;
  }

  override get hasBody(): boolean {
    return false;
  }

  override get sentLength(): boolean {
    return false;
  }

  override get isBodyComplete(): boolean {
    return true;
  }

  override get wantsWebSocket(): boolean {
    return false;
  }

  override get takesTrailers(): boolean {
    return false;
  }

  override get takesInterim(): boolean {
    return false;
  }

  override sendInterim(): void {}

  // ---- what it gets ---------------------------------------------------------------------------------------

  override get isAnswered(): boolean {
    return this.unusable !== undefined || !this.inner.isUntouched;
  }

  override answer(
    status: number,
    _reason: string,
    fields: readonly string[],
    body: Uint8Array | string,
  ): void {
    if (!this.#isUsable(status)) return;
    this.#failed.sentBytes = Buffer.byteLength(body);
    const { status: told } = this.#answer;
    super.answer(told, reasonPhrase(told), this.#told(fields), body);
    this.inner.settle();
  }

  override answerBodiless(status: number, _reason: string, fields: readonly string[], length?: number): void {
    if (!this.#isUsable(status)) return;
    const { status: told } = this.#answer;
    super.answerBodiless(told, reasonPhrase(told), this.#told(fields), length);
    this.inner.settle();
  }

  override sendHead(status: number, _reason: string, fields: readonly string[], length?: number): void {
    if (!this.#isUsable(status)) return;
    const { status: told } = this.#answer;
    super.sendHead(told, reasonPhrase(told), this.#told(fields), length);
  }

  override write(piece: Uint8Array): boolean {
    if (this.unusable !== undefined) return true;
    this.#failed.sentBytes += piece.length;
    return super.write(piece);
  }

  override end(): void {
    if (this.unusable !== undefined) return;
    super.end();
    this.inner.settle();
  }

  #isUsable(status: number): boolean {
    const isOne = (status >= 200 && status < 300 && status !== 204) || this.#isOfTheApp(status);
    if (!isOne) this.unusable ??= `it is answered with ${status}`;
    return isOne;
  }

  /** A page for an error may well be an answer with that error. */
  #isOfTheApp(status: number): boolean {
    return !this.#isStrict && status === this.#answer.status;
  }

  #told(document: readonly string[]): string[] {
    const { fields } = this.#answer;
    const said = fields.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
    return [...withoutFields(document, new Set([...NOT_TOLD, ...said])), ...fields];
  }
}
