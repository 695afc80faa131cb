// A client whose answer is made smaller on its way, where that answer is one for it and the client takes a coding. Whoever
// answers knows nothing of it: to him this is the client.

import { GwError } from "../../core/errors.ts";
import {
  type CodingPlan,
  planCoding,
  unchangedFields,
  variedFields,
} from "../../http/content/compressing.ts";
import { listValue } from "../../http/fields.ts";
import type { Client } from "../door/client.ts";
import { PassingClient } from "../door/passing-client.ts";
import type { Visit } from "../visit/visit.ts";
import type { Coder, Coders } from "./coders.ts";

/** So much may wait for the threads; then whoever answers waits. */
const WAITING_MOST = 131_072;

export type CodingRules = {
  coders: Coders;
  isWanted: (mediaType: string) => boolean;
};

export class CodedClient extends PassingClient {
  /** Absent where the door has none. */
  sendFile?: NonNullable<Client["sendFile"]>;
  readonly #visit: Visit;
  readonly #rules: CodingRules;
  #coder: Coder | undefined;
  /** For the threads, in their order. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Something is with the threads. */
  #isBusy = false;
  /** Whoever answers was told to wait. */
  #isHeldUp = false;
  /** The client takes no more for now. */
  #isFull = false;
  /** What follows the last byte; undefined until there is a last one. */
  #end: { trailers: readonly string[] | undefined } | undefined;
  #isCutBehind = false;
  /** A whole body is with the threads, or the end of a body: the answer is complete, and not here. */
  #isUnderWay = false;
  /** It was cut, or the client has left. */
  #isOver = false;
  #whenSettled: (() => void)[] = [];

  constructor(inner: Client, visit: Visit, rules: CodingRules) {
    super(inner);
    this.#visit = visit;
    this.#rules = rules;
    if (inner.sendFile)
      this.sendFile = (descriptor, position, count) =>
        this.#coder ? undefined : inner.sendFile?.(descriptor, position, count);
  }

  override get isAnswered(): boolean {
    return this.#isUnderWay || this.inner.isAnswered;
  }

  // ---- a whole answer -------------------------------------------------------------------------------------

  override answer(
    status: number,
    reason: string,
    fields: readonly string[],
    body: Uint8Array | string,
  ): void {
    const plan = this.#plan(status, fields, typeof body === "string" ? Buffer.byteLength(body) : body.length);
    const sendPlain = () => this.inner.answer(status, reason, plainFields(plan, fields), body);
    if (plan?.coding === undefined) return sendPlain();
    this.#isBusy = this.#rules.coders.makeWhole(plan.coding, body, (result) => {
      this.#isBusy = false;
      if (this.#isOver) return;
      if (result) this.#note(plan.fields, result.length);
      if (result) this.inner.answer(status, reason, plan.fields, result);
      else sendPlain();
      this.#settle();
    });
    this.#isUnderWay = this.#isBusy;
    if (!this.#isBusy) sendPlain();
  }

  override answerBodiless(status: number, reason: string, fields: readonly string[], length?: number): void {
    if (status === 304) {
      const known = listValue(this.fields, "if-none-match");
      return this.inner.answerBodiless(
        status,
        reason,
        unchangedFields(fields, known, this.#rules.isWanted),
        length,
      );
    }
    // What GET would have got, as far as that is known.
    const plan = this.#plan(status, fields, length);
    const told = plan?.coding === undefined ? length : undefined;
    this.inner.answerBodiless(status, reason, plan?.fields ?? fields, told);
  }

  // ---- an answer in pieces --------------------------------------------------------------------------------

  override sendHead(status: number, reason: string, fields: readonly string[], length?: number): void {
    const plan = this.#plan(status, fields, length);
    if (plan?.coding !== undefined) this.#coder = this.#rules.coders.open(plan.coding);
    if (!this.#coder || !plan) return this.inner.sendHead(status, reason, plainFields(plan, fields), length);
    this.#visit.answerFields = plan.fields;
    this.inner.sendHead(status, reason, plan.fields);
  }

  /** What becomes of so many bytes is known when they are made smaller. */
  override get room(): number | undefined {
    return this.#coder ? undefined : this.inner.room;
  }

  override write(piece: Uint8Array): boolean {
    if (!this.#coder) return this.inner.write(piece);
    if (this.#isCutBehind) return true;
    // Of what the client gets, the visit is told.
    this.#visit.sentBytes -= piece.length;
    // Whoever answers may use its memory again.
    this.#waiting.push(Buffer.from(piece));
    this.#waitingBytes += piece.length;
    this.#proceed();
    this.#isHeldUp = this.#waitingBytes > WAITING_MOST || this.#isFull;
    return !this.#isHeldUp;
  }

  override end(trailers?: readonly string[]): void {
    if (!this.#coder) return this.inner.end(trailers);
    this.#end = { trailers };
    this.#isUnderWay = true;
    this.#proceed();
  }

  #proceed(): void {
    if (!this.#coder || this.#isBusy || this.#isFull) return;
    if (this.#waiting.length === 0) {
      if (this.#isCutBehind) return this.#cutNow();
      if (!this.#end) return;
      this.#isBusy = true;
      return this.#coder.finish((out) => this.#sendLast(out));
    }
    const bytes =
      this.#waiting.length === 1 ? (this.#waiting[0] as Uint8Array) : Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#isBusy = true;
    this.#coder.encode(bytes, (out) => this.#send(out));
  }

  #send(out: Buffer | undefined): void {
    this.#isBusy = false;
    if (!out) return this.#fail();
    this.#visit.sentBytes += out.length;
    this.#isFull = out.length > 0 && !this.inner.write(out);
    this.#release();
    this.#proceed();
  }

  #sendLast(out: Buffer | undefined): void {
    if (!out) return this.#fail();
    this.#visit.sentBytes += out.length;
    if (out.length > 0) this.inner.write(out);
    this.inner.end(this.#end?.trailers);
    this.#close();
    this.#settle();
  }

  override onWritable(): void {
    if (!this.#coder) return super.onWritable();
    this.#isFull = false;
    this.#proceed();
    this.#release();
  }

  /** Whoever answers may go on. */
  #release(): void {
    if (!this.#isHeldUp || this.#isFull || this.#waitingBytes > WAITING_MOST) return;
    this.#isHeldUp = false;
    super.onWritable();
  }

  /** Only for want of memory. That the answer is not whole must be seen. */
  #fail(): void {
    if (!this.#visit.isOver)
      return this.#visit.refuse(new GwError("bug", { what: "an answer could not be compressed" }));
    this.#visit.isCut = true;
    this.cut();
  }

  // ---- the end --------------------------------------------------------------------------------------------

  override cut(): void {
    this.#isOver = true;
    this.#close();
    this.inner.cut();
    this.#settle();
  }

  override cutBehind(): void {
    this.#isCutBehind = true;
    this.#isUnderWay = this.#coder !== undefined;
    if (this.#coder) this.#proceed();
    else super.cutBehind();
  }

  /** The client has all that there is. */
  #cutNow(): void {
    this.#isOver = true;
    this.#close();
    super.cutBehind();
    this.#settle();
  }

  override onGone(): void {
    this.#isOver = true;
    this.#close();
    super.onGone();
    this.#settle();
  }

  override get isTaking(): boolean {
    return this.#isUnderWay || this.inner.isTaking;
  }

  /** The threads take their time; that is no fault of the client's. */
  override hasTakenSome(): boolean {
    return (this.#isBusy && !this.#isFull) || this.inner.hasTakenSome();
  }

  override whenSettled(act: () => void): void {
    if (this.#isUnderWay) this.#whenSettled.push(act);
    else this.inner.whenSettled(act);
  }

  #settle(): void {
    this.#isUnderWay = false;
    for (const act of this.#whenSettled.splice(0)) this.inner.whenSettled(act);
  }

  #close(): void {
    this.#coder?.close();
    this.#coder = undefined;
    this.#waiting = [];
  }

  // ---- what it says ---------------------------------------------------------------------------------------

  #plan(status: number, fields: readonly string[], length: number | undefined): CodingPlan | undefined {
    const accepted = listValue(this.fields, "accept-encoding");
    return planCoding({ method: this.method, status, fields, length }, accepted, this.#rules.isWanted);
  }

  #note(fields: readonly string[], bytes: number): void {
    this.#visit.answerFields = fields;
    this.#visit.sentBytes = bytes;
  }
}

/** Those of the answer as it is, of which there may be others. */
function plainFields(plan: CodingPlan | undefined, fields: readonly string[]): readonly string[] {
  if (!plan) return fields;
  return plan.coding === undefined ? plan.fields : variedFields(fields);
}
