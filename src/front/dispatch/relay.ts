// One visit over one connection to one worker, both ways: the request's body in, the answer out, each no faster than
// its receiver takes it. It reports how it ended and decides nothing about another try.

import { GwError } from "../../core/errors.ts";
import type { Carrier, CarrierListener, Exchange, ExchangeFailure } from "../../upstream/exchange.ts";
import type { RequestHead } from "../../upstream/request-head.ts";
import type { ResponseHead } from "../../upstream/response-head.ts";
import { tellAnswer } from "../answer/answer-fields.ts";
import { AppAnswer } from "../answer/app-answer.ts";
import { BodyWait } from "../limit/body-waits.ts";
import { type AnswerTime, beginAnswerTime, endAnswerTime } from "../visit/answer-time.ts";
import { isCutBehind } from "../visit/endings.ts";
import type { Intake } from "../visit/intake.ts";
import { ANSWERED, type Ending, type Holder, SWITCHED, type Visit } from "../visit/visit.ts";
import type { BackendState, RunningRequest } from "./backends.ts";
import { onwardHead } from "./onward.ts";
import type { RelayOwner } from "./relay-owner.ts";
import { Tunnel } from "./tunnel.ts";

export class Relay implements Exchange, CarrierListener, Holder, RunningRequest {
  readonly visit: Visit;
  readonly method: string;
  readonly maySwitch: boolean;
  place = 0;
  isHeldUp = false;
  heldBytes = 0;
  readonly #state: BackendState;
  readonly #owner: RelayOwner;
  #worker: Carrier | undefined;
  readonly answer: AppAnswer;
  /** The request's body, where all of it was here at the start. */
  #whole: Uint8Array | undefined;
  /** Nothing of it is to be sent, for now or any more. */
  #requestDone = false;
  /** Undefined where all of the body was here at the start. */
  #bodyWait: BodyWait | undefined;
  /** The client sends its body when the app wants it, which has not said so yet. */
  #awaitsContinue = false;
  #workerBlocked = false;
  /** The worker has to wait until the client takes more. */
  #clientBlocked = false;
  #complete = false;
  #answerTime: AnswerTime;

  constructor(visit: Visit, state: BackendState, owner: RelayOwner) {
    this.visit = visit;
    this.method = visit.method;
    this.maySwitch = visit.client.wantsWebSocket;
    this.#state = state;
    this.#owner = owner;
    this.answer = new AppAnswer(visit, owner);
  }

  get isOver(): boolean {
    return !this.visit.isHeldBy(this);
  }

  take(): void {
    this.#state.running.add(this);
  }

  letGo(_visit: Visit, ending: Ending | undefined): void {
    this.#state.running.delete(this);
    this.#answerTime = endAnswerTime(this.#answerTime, this.#owner);
    if (ending?.kind === "refused" && isCutBehind(ending.error)) this.answer.breakOff();
    if (ending !== ANSWERED) this.#worker?.destroy();
    this.#worker = undefined;
    this.#owner.onLeft(this, this.#state, ending);
  }

  get answerBytes(): number {
    return this.answer.head?.length ?? 0;
  }

  /** The rest of it, from the client. */
  get awaitsBody(): boolean {
    return !(this.#requestDone || this.#workerBlocked || this.answer.head || this.visit.intake?.isComplete);
  }

  get awaitsTaking(): boolean {
    return this.#clientBlocked;
  }

  get awaitsClient(): boolean {
    return this.#clientBlocked || this.awaitsBody;
  }

  get behindMs(): number {
    return this.visit.intake?.behindMs ?? 0;
  }

  bodyWaitMs(now: number): number {
    return this.#bodyWait?.read(now) ?? 0;
  }

  /** To be asked when it may have begun to wait for its client, or ended. */
  #lookWhomItWaitsFor(): void {
    this.#bodyWait?.set(this.awaitsBody, this.#owner.pace.now());
    // While its body comes an app may be at work already: such a request keeps its place.
    if ((this.#clientBlocked || this.isHeldUp) && !this.isOver)
      this.#owner.onHeldUp(this, this.#state, this.#clientBlocked);
  }

  begin(): void {
    const head = this.#newHead();
    const worker = this.#state.upstream.take(head);
    if (worker) this.#start(worker, head);
    else this.#state.upstream.open(head, this);
  }

  /** It says how much of the body there will be, as far as that is known by now. */
  #newHead(): RequestHead {
    const { intake, client } = this.visit;
    const body = intake ? intake.framing : client.sentLength ? 0 : undefined;
    const channel = this.#owner.files?.inviteFor(this.visit, this.#state);
    return onwardHead(this.visit, this.#state.backend, body, channel);
  }

  get isWanted(): boolean {
    return !this.isOver;
  }

  /** More of the body may have come meanwhile. */
  onOpened(worker: Carrier): void {
    this.#owner.onOpened(this.visit);
    this.#start(worker, this.#newHead());
  }

  onRefused(reason: string): void {
    this.onFailure({ kind: "connect", reason });
  }

  #start(worker: Carrier, head: RequestHead): void {
    this.#state.requests++;
    const { intake } = this.visit;
    this.#worker = worker;
    const isWhole = !intake || intake.isHeld;
    this.#awaitsContinue = head.awaitsContinue === true;
    const held = this.#awaitsContinue ? undefined : intake?.takeHeld();
    if (isWhole) this.#whole = held;
    this.#workerBlocked = !worker.begin(this, head, held, isWhole);
    if (isWhole || this.#awaitsContinue) this.#onRequestSent();
    else this.#receive(intake);
    if (!this.isOver) this.#renew();
  }

  #receive(intake: Intake): void {
    this.#bodyWait = new BodyWait();
    this.#lookWhomItWaitsFor();
    intake.deliver();
  }

  /** The app wants the body that its client holds back, or answers without it, and then nobody tells the client. */
  #takeBody(): void {
    const { intake } = this.visit;
    if (!this.#awaitsContinue || !intake) return;
    this.#awaitsContinue = this.#requestDone = false;
    this.#answerTime = endAnswerTime(this.#answerTime, this.#owner);
    if (this.answer.head) intake.forgoContinue();
    const held = intake.takeHeld();
    if (held) this.#workerBlocked = this.#worker?.write(held) === false;
    if (intake.isHeld) this.onBodyEnd();
    else this.#receive(intake);
  }

  onBodyPiece(_visit: Visit, piece: Uint8Array): boolean {
    this.#renew();
    this.#workerBlocked = this.#worker?.write(piece) === false;
    if (this.#workerBlocked) this.#lookWhomItWaitsFor();
    return !this.#workerBlocked;
  }

  onBodyEnd(): void {
    this.#worker?.finish();
    this.#onRequestSent();
    this.#owner.uploads.look();
    this.#renew();
  }

  onDrain(): void {
    this.#workerBlocked = false;
    this.#lookWhomItWaitsFor();
    this.#renew();
    this.visit.intake?.proceed();
  }

  #onRequestSent(): void {
    this.#requestDone = true;
    this.#lookWhomItWaitsFor();
    // An app may answer while it still receives: then there is nothing left to wait for.
    if (!this.answer.head && !this.isOver) this.#answerTime = beginAnswerTime(this.visit, this.#owner);
  }

  onInterim({ status, reason, fields }: ResponseHead): void {
    // Where the app was not asked about it, the client has been told before.
    if (status === 100) this.#takeBody();
    else this.visit.client.sendInterim(status, reason, fields);
  }

  onHead(head: ResponseHead): void {
    if (head.status === 101) return this.#switch(head);
    this.#owner.onHead(this, this.#state, head);
    this.answer.head = head;
    this.#answerTime = endAnswerTime(this.#answerTime, this.#owner);
  }

  /** The bytes behind the head already go to the tunnel. */
  #switch(head: ResponseHead): void {
    const worker = this.#worker;
    if (!worker) return;
    this.#worker = undefined;
    const tunnel = new Tunnel(worker, () => !this.#state.backend.accepting);
    worker.switchTo?.(tunnel);
    this.#owner.onSwitch(tunnel, this.#state);
    tunnel.open(this.visit, head);
    this.visit.end(SWITCHED);
  }

  onBody(piece: Uint8Array): void {
    this.answer.push(piece);
    this.#lookAtClient();
  }

  onTrailers(fields: readonly string[]): void {
    this.answer.trailers = fields;
  }

  onEnd(): void {
    this.#complete = true;
  }

  onRead(): void {
    if (this.isOver) return;
    const { head } = this.answer;
    if (!head) return this.#renew();
    if (this.#complete) {
      if (this.answer.isFile) return this.#handOver(head);
      if (head.promised !== undefined) return this.#endShort();
      this.answer.finish();
      return this.visit.end(ANSWERED);
    }
    this.answer.sendHead();
    this.#lookAtClient();
    this.#takeBody();
    if (!this.#clientBlocked) this.#renew();
  }

  /** All that there is has come, and it is less than the app has said. */
  #endShort(): void {
    this.answer.sendHead();
    this.visit.refuse(new GwError("response_incomplete"));
  }

  onFailure(failure: ExchangeFailure): void {
    this.#worker = undefined;
    if (this.#whole && failure.kind === "lost" && !failure.sent) this.visit.intake?.restore(this.#whole);
    this.#owner.onFailure(this.visit, this.#state, failure);
  }

  /** It may have taken less than all of what it was given. */
  #lookAtClient(): void {
    if (this.#clientBlocked || !this.answer.isBlocked) return;
    this.#clientBlocked = true;
    this.#worker?.pause();
    this.#lookWhomItWaitsFor();
    this.#renew();
  }

  onWritable(): void {
    if (!this.answer.proceed()) return this.visit.refuse(new GwError("client_stalled"));
    if (this.answer.isBlocked) return this.#renew();
    this.#clientBlocked = false;
    this.#lookWhomItWaitsFor();
    this.#renew();
    this.#worker?.resume();
  }

  #handOver(head: ResponseHead): void {
    this.#worker = undefined;
    const fields = tellAnswer(head, this.visit, this.#owner);
    this.#owner.files?.deliver(this.visit, this.#state, { ...head, fields });
  }

  /** Something was read or written: the time of whoever is waited for now begins anew. */
  #renew(): void {
    const { pace, silence } = this.#owner;
    if (this.#answerTime !== "its visit's") this.visit.limitTime(this.#clientBlocked ? pace.taking : silence);
  }

  onDue(visit: Visit): void {
    if (this.#answerTime === "its visit's") return visit.refuse(new GwError("request_timeout"));
    if (this.#clientBlocked) {
      if (visit.client.hasTakenSome() && !this.answer.isTooSlow) this.#renew();
      else visit.refuse(new GwError("client_stalled"));
    } else if (this.#requestDone || this.#workerBlocked || visit.intake?.isComplete)
      visit.refuse(new GwError("socket_timeout"));
    else visit.refuse(new GwError("request_timeout_client"));
  }
}
