// A client with somebody between it and the rest of the front: all that is asked of it, and done to it, is passed on. Who has
// something to say about its answer says that in the methods for that.

import type { Cause, GwError } from "../../core/errors.ts";
import type {
  BodyReceiver,
  Client,
  ClientListener,
  ClientPeer,
  ClientTunnel,
  TunnelListener,
} from "./client.ts";

export class PassingClient implements Client, ClientListener {
  /** Whom it is passed on to. */
  readonly inner: Client;
  listener: ClientListener | undefined;

  constructor(inner: Client) {
    this.inner = inner;
    this.listener = inner.listener;
    inner.listener = this;
  }

  // ---- what it asks ---------------------------------------------------------------------------------------

  get method(): string {
    return this.inner.method;
  }

  get protocol(): string {
    return this.inner.protocol;
  }

  get target(): string {
    return this.inner.target;
  }

  get fields(): readonly string[] {
    return this.inner.fields;
  }

  get peer(): ClientPeer {
    return this.inner.peer;
  }

  get malformed(): string | undefined {
    return this.inner.malformed;
  }

  get mayOmitHost(): boolean {
    return this.inner.mayOmitHost;
  }

  get hasBody(): boolean {
    return this.inner.hasBody;
  }

  get sentLength(): boolean {
    return this.inner.sentLength;
  }

  get wantsWebSocket(): boolean {
    return this.inner.wantsWebSocket;
  }

  get takesInterim(): boolean {
    return this.inner.takesInterim;
  }

  get takesTrailers(): boolean {
    return this.inner.takesTrailers;
  }

  // ---- the request's body ---------------------------------------------------------------------------------

  get isBodyComplete(): boolean {
    return this.inner.isBodyComplete;
  }

  receiveBody(receiver: BodyReceiver): void {
    this.inner.receiveBody(receiver);
  }

  pauseBody(): void {
    this.inner.pauseBody();
  }

  resumeBody(): void {
    this.inner.resumeBody();
  }

  sendContinue(): void {
    this.inner.sendContinue();
  }

  // ---- the answer -----------------------------------------------------------------------------------------

  onGone(): void {
    this.listener?.onGone();
  }

  onWritable(): void {
    this.listener?.onWritable();
  }

  onBroken(error: GwError): void {
    this.listener?.onBroken(error);
  }

  get isAnswered(): boolean {
    return this.inner.isAnswered;
  }

  refuseMore(): void {
    this.inner.refuseMore();
  }

  sendInterim(status: number, reason: string, fields: readonly string[]): void {
    this.inner.sendInterim(status, reason, fields);
  }

  answer(status: number, reason: string, fields: readonly string[], body: Uint8Array | string): void {
    this.inner.answer(status, reason, fields, body);
  }

  answerBodiless(status: number, reason: string, fields: readonly string[], length?: number): void {
    this.inner.answerBodiless(status, reason, fields, length);
  }

  sendHead(status: number, reason: string, fields: readonly string[], length?: number): void {
    this.inner.sendHead(status, reason, fields, length);
  }

  get room(): number | undefined {
    return this.inner.room;
  }

  write(piece: Uint8Array): boolean {
    return this.inner.write(piece);
  }

  end(trailers?: readonly string[]): void {
    this.inner.end(trailers);
  }

  openTunnel(reason: string, fields: readonly string[], listener: TunnelListener): ClientTunnel | undefined {
    return this.inner.openTunnel(reason, fields, listener);
  }

  cut(): void {
    this.inner.cut();
  }

  cutBehind(): void {
    if (this.inner.cutBehind) this.inner.cutBehind();
    else this.cut();
  }

  get isTaking(): boolean {
    return this.inner.isTaking;
  }

  hasTakenSome(): boolean {
    return this.inner.hasTakenSome();
  }

  whenSettled(act: (cause?: Cause) => void): void {
    this.inner.whenSettled(act);
  }
}
