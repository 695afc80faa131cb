// Gives each visit to a worker, or lets it wait, or refuses it. All counting of what runs where stands here.

import type { Clock } from "../../core/clock.ts";
import { Deadlines } from "../../core/deadlines.ts";
import { type Cause, GwError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Backend, FrontSettings, TrialOrder, WorkerLoad, WorkerPace } from "../../link/messages.ts";
import type { ExchangeFailure } from "../../upstream/exchange.ts";
import type { ResponseHead } from "../../upstream/response-head.ts";
import { HandedFiles } from "../files/handed-files.ts";
import { BusyMeter } from "../limit/busy-meter.ts";
import { freePlace, MOST_BESIDE_DISK, takePlace } from "../limit/places.ts";
import { Queue } from "../queue/queue.ts";
import { Uploads } from "../queue/uploads.ts";
import type { Spool } from "../spool/spool.ts";
import type { ClientPace } from "../visit/client-pace.ts";
import { errorOfFailure, hasBegunAnswer, type IsOverdue, mayConnect, mayTryAgain } from "../visit/endings.ts";
import type { Ending, Visit } from "../visit/visit.ts";
import { type BackendState, letRest, noteLeft, noteLoss } from "./backends.ts";
import { Demand, type DemandOptions } from "./demand.ts";
import { Relay } from "./relay.ts";
import type { RelayOwner } from "./relay-owner.ts";
import { Roster, type RosterOptions } from "./roster.ts";
import type { Tunnel } from "./tunnel.ts";
import { Wakeups } from "./wakeups.ts";

export type DispatchOptions = Pick<RosterOptions, "onLost" | "onBug"> & {
  clock: Clock;
  log: Log;
  settings: FrontSettings;
  silence: Deadlines;
  pace: ClientPace;
  date: () => string;
  spools?: { answers: Spool | undefined; bodies: Spool | undefined };
  isRunning: (pid: number) => boolean;
  /** Requests wait. */
  onPressure: DemandOptions["tell"];
};

export class Dispatch implements RelayOwner {
  readonly #options: DispatchOptions;
  readonly #roster: Roster;
  readonly #demand: Demand | undefined;
  readonly queue: Queue;
  readonly uploads: Uploads;
  readonly silence: Deadlines;
  readonly files: HandedFiles<BackendState> | undefined;
  readonly pace: ClientPace;
  readonly answers: Deadlines | undefined;
  readonly date: () => string;
  readonly spool: Spool | undefined;
  readonly #wakeups: Wakeups;
  #paused = false;
  readonly #busy = new BusyMeter();
  /** Of what a pause holds, once the front is to leave. */
  #heldCause: Cause | undefined;
  readonly visitsOn = (socket: string): Visit[] => this.#roster.visitsOn(socket);

  constructor(options: DispatchOptions) {
    this.#options = options;
    const { clock, settings, silence, pace, date } = options;
    this.silence = silence;
    if (settings.takesFiles) this.files = new HandedFiles({ silence, pace }, (state) => this.#onRoom(state));
    this.pace = pace;
    this.date = date;
    this.spool = options.spools?.answers;
    this.#roster = new Roster({ ...options, ...settings });
    if (settings.requestTimeoutMs > 0) this.answers = new Deadlines(clock, settings.requestTimeoutMs);
    this.queue = new Queue({ clock, most: settings.maxQueue, ...settings });
    this.queue.setDeserted(true);
    const { scaleUpWaitMs: waitMs } = settings;
    const parts = { clock, queue: this.queue, roster: this.#roster, isPaused: () => this.#paused };
    const onWait = () => this.#wakeups.hurryClients();
    this.uploads = new Uploads({ ...parts, ...settings, silence, onWait, spool: options.spools?.bodies });
    if (waitMs !== undefined) this.#demand = new Demand({ ...parts, waitMs, tell: options.onPressure });
    const [waiting, look] = [() => this.queue.length + this.uploads.length, () => this.#look()];
    this.#wakeups = new Wakeups({ clock, roster: this.#roster, waiting, look });
  }

  /** Time that requests have spent on workers, all together. */
  get busyMs(): number {
    return this.#busy.total(this.#options.clock.now(), this.#roster.all());
  }

  /** How many requests were on workers, on the average of the last ten seconds. */
  readBusy(): number {
    return this.#busy.average(this.#options.clock.now(), this.busyMs);
  }

  get loads(): WorkerLoad[] {
    return this.#roster.loads;
  }

  /** What has become of the requests of each side, while a generation is tried out. */
  get trialCounts() {
    return this.#roster.trial?.counts;
  }

  /** The supervisor's list of workers replaces the one before. While `isPaused`, nothing is given to any of them. */
  setBackends(backends: readonly Backend[], isPaused: boolean, trial?: TrialOrder): void {
    const isResumed = this.#paused && !isPaused;
    this.#paused = isPaused;
    this.#roster.set(backends, trial);
    this.queue.setDeserted(!this.#roster.hasAccepting);
    this.queue.setPaused(isPaused);
    this.#refuseHeld();
    this.#look();
    if (isResumed) this.#demand?.begin();
  }

  /** For the socket of each worker whose loop does not turn: for how long. All others turn. */
  setStalled(stalled: ReadonlyMap<string, number>): void {
    this.#roster.setStalled(stalled);
    this.#demand?.begin();
  }

  /** How those do whose limits are found here. */
  notePaces(paces: readonly WorkerPace[]): void {
    this.#roster.notePaces(paces, (limit, now) => this.#wakeups.watchMeasuring(limit, now));
  }

  /** Ends what runs on the worker with this cause, and gives it nothing more. */
  condemn(socket: string, cause: Cause, sparesStreams: boolean): void {
    const state = this.#roster.find(socket);
    if (!state) return;
    state.backend = { ...state.backend, accepting: false };
    this.#end(state, cause, (_startedAt, isAnswered) => !sparesStreams || !isAnswered);
    if (!sparesStreams) this.#roster.closeTunnels(state, cause);
  }

  /** From now on what a pause holds is answered with this cause: the word to go on will not come. */
  refuseHeld(cause: Cause): void {
    this.#heldCause = cause;
    this.#refuseHeld();
  }

  #refuseHeld(): void {
    if (this.#heldCause && this.#paused) this.queue.empty(this.#heldCause);
  }

  abandon(): void {
    this.queue.empty("shutting_down");
    this.uploads.abandon("shutting_down");
    this.files?.abandon("shutting_down");
    this.endOverdue(() => true);
  }

  /** Ends what has been on a worker for too long. */
  endOverdue(isOverdue: IsOverdue): void {
    for (const state of this.#roster.all())
      this.#roster.tellEnded(state, () => this.#end(state, "worker_stopped", isOverdue));
  }

  #end(state: BackendState, cause: Cause, isOverdue: IsOverdue): void {
    for (const { visit, isOver } of state.running) {
      if (isOver || !isOverdue(visit.startedAt, visit.client.isAnswered)) continue;
      this.#noteLoss(state, visit);
      visit.refuse(new GwError(cause));
    }
  }

  /** The last stage: a visit whose body, if small, is complete. Throws when the queue is full. */
  admit(visit: Visit): undefined {
    visit.admittedAt = this.#options.clock.now();
    const mayPass = this.queue.length === 0 || this.#mayPass;
    const state = mayPass && !this.#paused ? this.#roster.chooseFor(visit) : undefined;
    if (state) return this.#run(visit, state);
    if (!this.queue.makeRoomFor(visit)) throw new GwError("queue_full");
    this.#wait(visit);
  }

  #wait(visit: Visit): void {
    if (this.#paused && this.#heldCause) return visit.refuse(new GwError(this.#heldCause));
    visit.handTo(this.queue);
    if (this.queue.length === 1) this.#demand?.begin();
    this.#wakeups.watchResting();
    this.#wakeups.hurryClients();
  }

  closeTunnels(cause: Cause): void {
    this.#roster.closeAllTunnels(cause);
  }

  /** Closes WebSockets and idle connections to all workers. */
  close(): void {
    this.#wakeups.stop();
    this.#demand?.stop();
    for (const state of this.#roster.all()) state.upstream.close();
    this.closeTunnels("shutting_down");
  }

  /** Not every worker is for every request: nobody is passed, for those who wait do so for another one, or for any. */
  get #mayPass(): boolean {
    return this.#options.settings.sticky !== undefined || this.#roster.trial !== undefined;
  }

  #look(): void {
    this.#serveQueue();
    this.uploads.look();
  }

  #serveQueue(): void {
    const isFirstOnly = !this.#mayPass;
    while (!this.#paused && this.queue.length > 0) {
      // While no worker is free, nobody's own is: the queue, which may be long, need not be walked.
      const mayFind = isFirstOnly || this.#roster.choose() !== undefined;
      const next = mayFind && this.queue.next((visit) => this.#roster.chooseFor(visit), isFirstOnly);
      if (!next) return this.#wakeups.watchResting();
      this.#run(next.visit, next.worker);
    }
  }

  #run(visit: Visit, state: BackendState): undefined {
    visit.attempts++;
    visit.slot = state.backend.slot;
    visit.startedAt = this.#options.clock.now();
    visit.connectedAt = 0;
    state.limit?.begin();
    this.#roster.noteActivity(visit, state);
    const relay = new Relay(visit, state, this);
    visit.handTo(relay);
    relay.begin();
    // It waits there as it would in the queue, and nothing else may come to tell.
    if (state.stalledSince !== undefined) this.#demand?.begin();
  }

  onOpened(visit: Visit): void {
    visit.connectedAt = this.#options.clock.now();
  }

  onHeldUp(relay: Relay, state: BackendState, isHeldUp: boolean): void {
    if (!isHeldUp) takePlace(relay, state);
    else if (!freePlace(relay, state, relay.answer.mayBeSpooled ? MOST_BESIDE_DISK : undefined))
      this.#wakeups.silent.watch(relay, state, this.spool);
    else if (this.queue.length > 0) this.#wakeups.lookSoon();
  }

  onHead(relay: Relay, state: BackendState, { exception }: ResponseHead): void {
    const { visit } = relay;
    if (visit.trace && exception) visit.trace.exception = exception;
    visit.headAt = state.headAt = this.#options.clock.now();
    state.pastWaits.add(relay.bodyWaitMs(visit.headAt), visit.headAt);
    this.#demand?.noteHead(visit);
    if (state.limit) this.#wakeups.noteHead(state.limit, visit, this.queue.length > 0);
    this.uploads.look();
  }

  /** The visit goes to another worker, or ends. */
  onFailure(visit: Visit, state: BackendState, failure: ExchangeFailure): void {
    const { settings, isRunning, clock, onBug } = this.#options;
    if (failure.kind === "bug" && visit.isOver) return onBug(failure.thrown);
    state.hasAnswered ||= failure.kind === "lost" && failure.answered;
    if (failure.kind === "lost" && failure.sent && isRunning(state.backend.pid))
      return visit.refuse(new GwError("app_closed"));
    const mayWait = mayConnect(visit, failure, clock.now(), settings.connectTimeoutMs);
    if (mayWait && mayTryAgain(visit, failure, settings.retryRequests))
      return this.#again(visit, state, failure);
    if (failure.kind === "lost") {
      // One connection has broken off: the others may be about to, and its socket takes new ones for a moment.
      state.upstream.dropIdle();
      letRest(state, this.#options.clock.now());
      this.#noteLoss(state, visit);
    }
    visit.refuse(errorOfFailure(failure, settings));
  }

  /** It runs there no more. Where it has another holder, whoever gave it to that one looks after the rest. */
  onLeft(relay: Relay, state: BackendState, ending: Ending | undefined): void {
    const { visit } = relay;
    const now = this.#options.clock.now();
    takePlace(relay, state);
    this.#roster.noteActivity(visit, state);
    this.#busy.endedMs += now - visit.startedAt;
    state.hasAnswered ||= hasBegunAnswer(visit, ending);
    noteLeft(state, relay, ending, now);
    if (ending) this.#onRoom(state);
  }

  #onRoom(state: BackendState): void {
    this.#roster.settle(state);
    this.#look();
  }

  #noteLoss(state: BackendState, visit: Visit): void {
    noteLoss(state, visit, this.#options.clock.now());
    if (!state.backend.accepting) state.cut++;
  }

  onSwitch(tunnel: Tunnel, state: BackendState): void {
    this.#roster.addTunnel(tunnel, state);
  }

  #again(visit: Visit, state: BackendState, failure: ExchangeFailure): void {
    if (failure.kind === "lost") noteLoss(state, visit, this.#options.clock.now());
    letRest(state, this.#options.clock.now());
    this.#wait(visit);
    this.#onRoom(state);
  }
}
