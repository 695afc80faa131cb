// One request from arrival to answer: what is known of it, who has it at the moment, and how it ended. It has one holder at a time and
// one end. All that can happen to it while somebody has it (the client leaves, takes bytes again, sends more or too much; its time runs
// out) comes in here and goes to that holder: handing over is one call, after which the former holder hears nothing more.

import type { Deadlines, Due } from "../../core/deadlines.ts";
import { type Cause, GwError } from "../../core/errors.ts";
import type { TraceContext } from "../../http/traces/trace-context.ts";
import type { Client, ClientListener, ClientPeer } from "../door/client.ts";
import type { Intake, IntakeListener } from "./intake.ts";
import type { OwnFields } from "./own-fields.ts";
import { serverTiming } from "./server-timing.ts";
import type { Switched } from "./switched.ts";
import { belowMount, uptoMount, withoutQuery } from "./target-parts.ts";

/** How a visit ended. */
export type Ending =
  /** The app's answer is whole. */
  | { kind: "answered" }
  /** The connection left HTTP, and is a tunnel's now. */
  | { kind: "switched" }
  /** gw has sent the client to another address, for so many seconds to come, or for good. */
  | { kind: "redirected"; location: string; forSeconds?: number }
  | { kind: "client gone" }
  /** Without an answer of the app, or in the middle of one; the client, if it is there, is told why. */
  | { kind: "refused"; error: GwError };

export const ANSWERED: Ending = { kind: "answered" };
/** The client has all of its answer; what a worker still has to say is for nobody. */
export const ENOUGH: Ending = { kind: "answered" };
export const SWITCHED: Ending = { kind: "switched" };
const CLIENT_GONE: Ending = { kind: "client gone" };

/**
 * Who has a visit: a stage that does something with it that takes time, a queue, a relay. Only a visit calls `take` and
 * `letGo`, so what a holder keeps for a visit is there between the two and at no other time. The client's leaving and a
 * body that grows too large end the visit whoever holds it, so that no holder can forget them.
 */
export interface Holder {
  /** It is yours. */
  take(visit: Visit): void;
  /**
   * It is not yours any more: it has ended so, or, where `ending` is undefined, somebody else goes on with it. Keep
   * nothing of it.
   */
  letGo(visit: Visit, ending: Ending | undefined): void;
  /** The time that the holder has set with `limitTime` is over. */
  onDue(visit: Visit): void;
  /** Nothing is waited for but the client. */
  readonly awaitsClient?: boolean;
  /** The client takes bytes again. */
  onWritable?(visit: Visit): void;
  /** Some of the body has come. */
  onBodyProgress?(visit: Visit): void;
  /** The next piece of a body that the holder has asked for; false to have no more until it asks again. */
  onBodyPiece?(visit: Visit, piece: Uint8Array): boolean;
  /** The body is whole. */
  onBodyEnd?(visit: Visit): void;
}

/** To whom all visits belong, for their whole life. */
export interface VisitOwner {
  /** Once for each visit: it is over. */
  onEnd(visit: Visit, ending: Ending): void;
  /** Something was done to a visit that is over. It changes nothing, and is a mistake of ours. */
  onBug(error: GwError): void;
}

export class Visit implements ClientListener, IntakeListener, Due {
  readonly id: string;
  /** From whom it is, and to whom its answer goes; a stage may put itself in between. */
  client: Client;
  /** How workers are asked. */
  method: string;
  /** Who the client is, and how it has reached the front; what trusted proxies say of it, where there are any. */
  peer: ClientPeer;
  /** What goes on of the client's fields, flat [name, value …]. */
  fields: readonly string[];
  /** Path below which a trusted proxy has gw; empty at the top. */
  script = "";
  /** Instant at which the request head had been read. */
  readonly arrivedAt: number;
  /** Set when the head is checked: the target in origin form, the host it is for, and what is said of the body. */
  target = "/";
  host = "";
  /** Content-Length as sent; undefined without one. */
  bodyLength: number | undefined;
  /** The client waits for a 100 before it sends its body. */
  awaitsContinue = false;
  /** Set by the route: the group that runs it, the mount of the app, and how much of the target the worker does not get. */
  group = "";
  mount = "/";
  cut = 0;
  /** By which its client is known again, where all its requests go to one worker; see front/dispatch/sticky. */
  mark: number | undefined;
  /** The cookie by which it will be; the app's answer sets it. */
  cookie: string | undefined;
  /** Strict-Transport-Security of its answer, whoever gives it. */
  hsts: string | undefined;
  /** What its answer has besides, whoever gives it. */
  own: OwnFields | undefined;
  /** What its worker is told of the TLS of its connection; undefined for nothing. See http/tls/told-tls. */
  tls: string | undefined;
  /** WWW-Authenticate of a refusal, a line each: how its client can prove who it is. */
  challenges: readonly string[] | undefined;
  /** Fields of a refusal that tell its client what would do, beside those that every refusal has. */
  refusalFields: readonly string[] | undefined;
  /** The field by which others get a file where this one gets the app's answer, or the other way round. */
  varies: string | undefined;
  /** The trace that it belongs to; undefined where none are kept. */
  trace: TraceContext | undefined;
  /** Its answer says where its time went. */
  tellsTiming = false;
  /** The request body on its way in; undefined without one. */
  intake: Intake | undefined;
  /** Where it stands among all that are under way. */
  place = 0;
  /** It has been told of as slow. */
  isSlow = false;
  /** Instant at which it last began to wait for a worker; 0 while it does not. */
  queuedAt = 0;
  /** Instant at which nothing was left to be waited for but a worker; 0 before. */
  admittedAt = 0;
  /** Among those that wait there; see front/queue/lanes. */
  lane = 0;
  /** How long it has waited in the queue, all times together. */
  queuedMs = 0;
  /** Instant at which a worker was chosen; 0 while it waits. */
  startedAt = 0;
  /** Instant at which a connection was open that had to be opened for it; 0 where there was one. */
  connectedAt = 0;
  /** Instant at which the head of the answer had come; 0 before. */
  headAt = 0;
  /** How many workers were tried. */
  attempts = 0;
  /** Instant at which a worker's socket first refused it; 0 while none has. */
  refusedAt = 0;
  /** Slot of the worker that has, or had, the request. */
  slot = 0;
  /** Who its client has proved to be; empty without that. */
  user = "";
  /** Status that the client was answered with; 0 while it was not. Whoever answers says so. */
  status = 0;
  /** Bytes of the answer's body that were given to the client. */
  sentBytes = 0;
  /** An open WebSocket outlasts its visit. */
  switched: Switched | undefined;
  /** Fields of the app's answer; undefined before it, and for what gw itself answers. */
  answerFields: readonly string[] | undefined;
  /** An answer of the app in whose place `client` gets one of gw. */
  overridden: { status: number; fields: readonly string[]; client: Client } | undefined;
  /** The client was cut off, so that it could tell that the answer is not whole. */
  isCut = false;
  /** Why gw itself has ended it. */
  cause: Cause | undefined;
  dueAt = 0;
  earlier: Due | undefined;
  later: Due | undefined;
  list: Deadlines | undefined;
  readonly #owner: VisitOwner;
  #holder: Holder | undefined;
  #ending: Ending | undefined;

  constructor(id: string, client: Client, arrivedAt: number, owner: VisitOwner) {
    this.id = id;
    this.client = client;
    this.method = client.method;
    this.peer = client.peer;
    this.fields = client.fields;
    this.arrivedAt = arrivedAt;
    this.#owner = owner;
    client.listener = this;
  }

  // ---- whose it is ----------------------------------------------------------------------------------------

  get ending(): Ending | undefined {
    return this.#ending;
  }

  get isOver(): boolean {
    return this.#ending !== undefined;
  }

  /** Where its time has gone so far; undefined where its answer does not say so. */
  get timing(): string | undefined {
    return this.tellsTiming ? serverTiming(this) : undefined;
  }

  get isHeld(): boolean {
    return this.#holder !== undefined;
  }

  get awaitsClient(): boolean {
    return this.#holder?.awaitsClient === true;
  }

  isHeldBy(holder: Holder): boolean {
    return this.#holder === holder;
  }

  /** The one way from one holder to the next. */
  handTo(holder: Holder): void {
    if (this.#ending) return this.#blame(this.#ending, "handed on");
    const former = this.#holder;
    this.#holder = holder;
    this.list?.remove(this);
    this.intake?.keep();
    former?.letGo(this, undefined);
    holder.take(this);
  }

  /** The one end: whoever held the visit lets go of it, and nothing reaches anybody afterwards. */
  end(ending: Ending): void {
    if (this.#ending) return this.#blame(this.#ending, ending.kind, ending);
    this.#ending = ending;
    const holder = this.#holder;
    this.#holder = undefined;
    this.client.listener = undefined;
    this.list?.remove(this);
    this.intake?.stop();
    try {
      holder?.letGo(this, ending);
    } finally {
      this.#owner.onEnd(this, ending);
    }
  }

  /** It ends without an answer of the app, or with half of one. */
  refuse(error: GwError): void {
    this.end({ kind: "refused", error });
  }

  /** Its holder is told when this time is over. Told again, the time begins anew; another holder's is not this one's. */
  limitTime(deadlines: Deadlines): void {
    if (this.#holder) deadlines.touch(this);
  }

  #blame({ kind }: Ending, what: string, ending?: Ending): void {
    const why = ending?.kind === "refused" ? `: ${ending.error.message}` : "";
    this.#owner.onBug(
      new GwError("bug", { what: `a visit that had ended (${kind}) was ${what} once more${why}` }),
    );
  }

  // ---- what happens to it ---------------------------------------------------------------------------------

  onGone(): void {
    this.end(CLIENT_GONE);
  }

  onBroken(error: GwError): void {
    this.refuse(error);
  }

  onBodyTooLarge(limit: number): void {
    this.refuse(new GwError("request_body_too_large", { limit }));
  }

  onBodySlow(): void {
    this.refuse(new GwError("request_timeout_client"));
  }

  onDue(): void {
    this.#holder?.onDue(this);
  }

  onWritable(): void {
    this.#holder?.onWritable?.(this);
  }

  onBodyProgress(): void {
    this.#holder?.onBodyProgress?.(this);
  }

  onBodyPiece(piece: Uint8Array): boolean {
    return this.#holder?.onBodyPiece?.(this, piece) ?? false;
  }

  onBodyEnd(): void {
    this.#holder?.onBodyEnd?.(this);
  }

  // ---- how it is told -------------------------------------------------------------------------------------

  /** The target as the worker gets it: the client's own bytes, without the mount and what ends it. */
  get onward(): string {
    return belowMount(this.target, this.cut);
  }

  /** What of the target stands in the place of the first slash of `onward`; undefined where no mount is taken off. */
  get above(): string | undefined {
    return uptoMount(this.target, this.cut);
  }

  /** The path without its query, for the log: queries hold secrets. */
  get path(): string {
    return withoutQuery(this.target);
  }
}
