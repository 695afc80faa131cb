// An answer on its way from a relay to the client: its head when that is due, its pieces as they come, and how fast the client takes them.

import { fieldValue } from "../../http/fields.ts";
import type { ResponseHead } from "../../upstream/response-head.ts";
import type { Client } from "../door/client.ts";
import { isLive } from "../spool/live-answer.ts";
import type { Spool } from "../spool/spool.ts";
import type { SpoolRoom } from "../spool/spool-room.ts";
import { PIECE_BYTES, SpoolingClient } from "../spool/spooling-client.ts";
import type { AnswerPace, ClientPace } from "../visit/client-pace.ts";
import type { Visit } from "../visit/visit.ts";
import { answerHead, answerWhole } from "./answer-fields.ts";
import { REST_BYTES } from "./delivery.ts";

export type AnswerTools = {
  readonly pace: ClientPace;
  /** Value of a Date field for an answer without one. */
  readonly date: () => string;
  /** Whatever it is: bodies may be open files. */
  readonly files?: unknown;
  /** Undefined where no answer is kept on the disk. */
  readonly spool?: Spool | undefined;
};

export class AppAnswer {
  /** As it has come from the worker; undefined before. */
  head: ResponseHead | undefined;
  trailers: readonly string[] | undefined;
  readonly #visit: Visit;
  readonly #tools: AnswerTools;
  #first: Uint8Array | undefined;
  /** Of what has come, so much was not given to the client, which takes no more for now. */
  #rest: Uint8Array | undefined;
  #isBlocked = false;
  /** Of what has come, so much had been given to the client when it last took no more. */
  #givenBytes = 0;
  /** How long the app was waited for since the head, up to when its client last took no more. */
  #awaitedMs = 0;
  /** Since when it is; undefined before its client has held it up. */
  #awaitedSince: number | undefined;
  /** In the place of its client, which has yet to take some of what was given. */
  #spooling: SpoolingClient | undefined;
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
    // Only behind chunks is there room for trailers.
    if (this.trailers && this.#visit.client.takesTrailers) this.sendHead();
    const rest = this.#takeRest();
    if (this.#isBlocked) this.#keep(rest);
    const { client } = this.#visit;
    if (rest) client.write(rest);
    if (client.isAnswered) client.end(this.trailers);
    else if (this.head) answerWhole(this.#visit, this.head, this.#tools, this.#first);
  }

  /** The client takes more. False: but has been too slow. */
  proceed(): boolean {
    this.#isBlocked = false;
    this.#awaitedSince = this.#tools.pace.now();
    if (this.#taking?.release()) return false;
    const rest = this.#takeRest();
    if (rest) this.#give(rest);
    return true;
  }

  /** What its client has yet to take, and what is still to come, waits on the disk, as far as there is room: the worker may go on. */
  spool(): void {
    if (this.#spooling || !this.#isBlocked) return;
    const room = this.#reserve();
    if (room) this.#putBehind(room);
  }

  #reserve(): SpoolRoom | undefined {
    const { spool } = this.#tools;
    const { head } = this;
    if (!spool || !head || this.#isLive) return undefined;
    return head.framing === "length" ? spool.reserve(head.length - this.#givenBytes) : spool.reserveSome();
  }

  /** Its client holds it up, and there is room for it on the disk. */
  get mayBeSpooled(): boolean {
    return this.#tools.spool?.hasRoom === true && this.#spooling === undefined && !this.#isLive;
  }

  get #isLive(): boolean {
    const { head } = this;
    if (!head || head.framing === "length") return false;
    return isLive(fieldValue(head.fields, "content-type"), this.#givenBytes, this.#awaitedMs);
  }

  /** Whoever gives it on gives to somebody who keeps it until its client takes it. */
  #putBehind(room: SpoolRoom | undefined): void {
    const visit = this.#visit;
    const { client } = visit;
    const onCaughtUp = () => this.#onCaughtUp(client);
    this.#spooling = new SpoolingClient(client, visit, { room, pace: this.#tools.pace, onCaughtUp });
    visit.client = this.#spooling;
  }

  #onCaughtUp(client: Client): void {
    const visit = this.#visit;
    client.listener = this.#spooling?.listener;
    this.#spooling = undefined;
    visit.client = client;
    if (this.#isBlocked) visit.onWritable();
  }

  /** Nothing more of it comes, and it is not whole: what there is of it is its client's, before that is cut. */
  breakOff(): void {
    const { client } = this.#visit;
    if (!client.isAnswered || !this.#isBlocked) return;
    const rest = this.#takeRest();
    if (!this.#spooling) this.#putBehind(undefined);
    if (rest) this.#visit.client.write(rest);
  }

  #takeRest(): Uint8Array | undefined {
    const rest = this.#rest;
    this.#rest = undefined;
    return rest;
  }

  #pass(piece: Uint8Array): void {
    this.#visit.sentBytes += piece.length;
    if (this.#rest) this.#rest = Buffer.concat([this.#rest, piece]);
    else this.#give(piece);
  }

  /** Nothing more is to come, and its client has yet to take some of it: that is in memory, or on the disk where there is much of it. */
  #keep(rest: Uint8Array | undefined): void {
    const { spool } = this.#tools;
    const { client, sentBytes } = this.#visit;
    if (!spool || this.#spooling) return;
    const room = rest && !spool.mayHold(rest.length) ? spool.reserve(rest.length) : undefined;
    if (room) this.#putBehind(room);
    else spool.hold(client, rest?.length ?? Math.min(sentBytes, REST_BYTES));
  }

  /** In a crowd it gets no more at once than may stay in memory while it takes none of it: the runtime keeps what it was given. */
  #give(bytes: Uint8Array): void {
    const { client } = this.#visit;
    if (this.#spooling || !this.#tools.spool?.isNeeded) {
      if (!client.write(bytes)) this.#block();
      return;
    }
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      if (client.write(Buffer.from(bytes.subarray(at, at + PIECE_BYTES)))) continue;
      if (at + PIECE_BYTES < bytes.length) this.#rest = bytes.subarray(at + PIECE_BYTES);
      return this.#block();
    }
  }

  #block(): void {
    if (this.#isBlocked) return;
    this.#isBlocked = true;
    this.#awaitedMs += this.#tools.pace.now() - (this.#awaitedSince ?? this.#visit.headAt);
    this.#givenBytes = this.#visit.sentBytes - (this.#rest?.length ?? 0);
    this.#taking = this.#tools.pace.hold(this.#taking, this.#givenBytes);
  }
}
