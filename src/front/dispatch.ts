// Gives each visit to a worker, or lets it wait, or refuses it. All counting of what runs where stands here.

import type { Clock, Timer } from "../core/clock.ts";
import { Deadlines } from "../core/deadlines.ts";
import { type Cause, GwError } from "../core/errors.ts";
import type { Backend, FrontSettings, WorkerLoad } from "../link/messages.ts";
import type { Connection, Failure } from "../upstream/connection.ts";
import { Pool } from "../upstream/pool.ts";
import {
  type BackendState,
  chooseBackend,
  isOpen,
  type LostReport,
  loadOf,
  lostReport,
  noteLoss,
  Running,
} from "./backends.ts";
import { errorOf, mayTryAgain, type RelayEnd } from "./endings.ts";
import { Queue } from "./queue.ts";
import { Relay } from "./relay.ts";
import type { Tunnel } from "./tunnel.ts";
import type { Visit } from "./visit.ts";

/** How long a worker whose socket refused gets nothing new (mod_wsgi's first retry interval). */
const REST_MS = 125;

export type DispatchOptions = {
  clock: Clock;
  settings: FrontSettings;
  silence: Deadlines;
  date: () => string;
  isClosing: () => boolean;
  /** The visit ended without an answer of the app; whoever asked must still be told, if it is there. */
  onError: (visit: Visit, error: GwError) => void;
  /** The visit is over, well or not. */
  onDone: (visit: Visit) => void;
  /** A worker that left the list has no request left; here is what ended with it. */
  onLost: (report: LostReport) => void;
};

export class Dispatch {
  readonly #options: DispatchOptions;
  readonly #states = new Map<string, BackendState>();
  /** Workers that left the list and still have requests. */
  readonly #leaving = new Set<BackendState>();
  readonly #answers: Deadlines | undefined;
  readonly queue: Queue;
  #rest: Timer | undefined;

  constructor(options: DispatchOptions) {
    this.#options = options;
    const { clock, settings } = options;
    this.#answers =
      settings.requestTimeoutMs > 0 ? new Deadlines(clock, settings.requestTimeoutMs) : undefined;
    this.queue = new Queue({
      clock,
      most: settings.maxQueue,
      queueTimeoutMs: settings.queueTimeoutMs,
      connectTimeoutMs: settings.connectTimeoutMs,
      onExpired: (visit, cause) => this.#fail(visit, new GwError(cause)),
    });
    this.queue.setDeserted(true);
  }

  get loads(): WorkerLoad[] {
    const now = this.#options.clock.now();
    return [...this.#states.values()].map((state) => loadOf(state, now));
  }

  /** The supervisor's list of workers replaces the one before. */
  setBackends(backends: Backend[]): void {
    for (const [path, state] of this.#states) {
      if (!backends.some((backend) => backend.socket === path)) this.#dismiss(path, state);
    }
    for (const backend of backends) {
      const state = this.#states.get(backend.socket);
      if (state) state.backend = backend;
      else this.#states.set(backend.socket, this.#newState(backend));
    }
    this.queue.setDeserted(!backends.some((backend) => backend.accepting));
    this.#serveQueue();
  }

  #newState(backend: Backend): BackendState {
    return {
      backend,
      pool: new Pool(backend.socket, this.#options.settings.headerBufferBytes),
      running: new Running(),
      tunnels: new Set(),
      requests: 0,
      restsUntil: 0,
      activityAt: this.#options.clock.now(),
      lost: [],
    };
  }

  /** What runs there goes on until its connection ends; only nothing new comes. */
  #dismiss(path: string, state: BackendState): void {
    state.backend = { ...state.backend, accepting: false };
    state.pool.close();
    this.#states.delete(path);
    this.#leaving.add(state);
    this.#reportLost(state);
  }

  /** Once nothing of our clients is left on a worker that left the list. */
  #reportLost(state: BackendState): void {
    if (state.running.size + state.tunnels.size > 0 || !this.#leaving.delete(state)) return;
    this.#options.onLost(lostReport(state, this.#options.clock.now()));
  }

  /** Ends what runs on the worker with this cause, and gives it nothing more. */
  condemn(socket: string, cause: Cause): void {
    const state = [...this.#all()].find(({ backend }) => backend.socket === socket);
    if (!state) return;
    state.backend = { ...state.backend, accepting: false };
    for (const relay of state.running) relay.condemn(cause);
    for (const tunnel of state.tunnels) tunnel.close();
  }

  *#all(): Iterable<BackendState> {
    yield* this.#states.values();
    yield* this.#leaving;
  }

  /** Ends everything that waits or runs with this cause. */
  abandon(cause: Cause): void {
    for (let visit = this.queue.shift(); visit; visit = this.queue.shift())
      this.#fail(visit, new GwError(cause));
    for (const state of this.#all()) for (const relay of state.running) relay.condemn(cause);
  }

  /** A visit whose body, if small, is complete. Throws when the queue is full. */
  admit(visit: Visit): void {
    const state =
      this.queue.length === 0 ? chooseBackend(this.#states.values(), this.#options.clock.now()) : undefined;
    if (state) return this.#run(visit, state);
    if (this.queue.isFull) throw new GwError("queue_full");
    this.#wait(visit, false);
  }

  #wait(visit: Visit, again: boolean): void {
    this.queue.push(visit, again);
    const onGone = () => {
      this.queue.remove(visit);
      visit.intake?.stop();
      this.#options.onDone(visit);
    };
    visit.client.listener = { onGone, onWritable() {} };
    this.#watchResting();
  }

  /** Closes WebSockets and idle connections to all workers. */
  close(): void {
    this.#rest?.cancel();
    for (const state of this.#all()) {
      state.pool.close();
      for (const tunnel of state.tunnels) tunnel.close();
    }
  }

  #serveQueue(): void {
    while (this.queue.length > 0) {
      const state = chooseBackend(this.#states.values(), this.#options.clock.now());
      if (!state) return this.#watchResting();
      const visit = this.queue.shift();
      if (visit) this.#run(visit, state);
    }
  }

  #run(visit: Visit, state: BackendState): void {
    const { clock, silence, date, isClosing } = this.#options;
    visit.attempts++;
    visit.slot = state.backend.slot;
    visit.startedAt = clock.now();
    this.#noteActivity(visit, state);
    const relay = new Relay(visit, {
      token: state.backend.token,
      scheme: "http",
      silence,
      answers: this.#answers,
      isClosing,
      date,
      onEnd: (ended, end) => this.#onEnd(ended, state, end),
    });
    state.running.add(relay);
    const idle = state.pool.take();
    if (idle) return this.#begin(relay, state, idle);
    state.pool.open(
      (connection) => this.#begin(relay, state, connection),
      (reason) => relay.onFailure({ kind: "connect", reason }),
    );
  }

  #begin(relay: Relay, state: BackendState, connection: Connection): void {
    // The client left, or the worker was condemned, while the connection was being opened.
    if (relay.isOver) return state.pool.onIdle(connection);
    state.requests++;
    relay.start(connection);
  }

  #onEnd(relay: Relay, state: BackendState, end: RelayEnd): void {
    const { visit } = relay;
    const { settings, clock } = this.#options;
    state.running.delete(relay);
    this.#noteActivity(visit, state);
    if (end.kind === "condemned" || (end.kind === "failed" && end.failure.kind === "lost"))
      noteLoss(state, visit, clock.now());
    if (end.kind === "switched") this.#keepTunnel(end.tunnel, state);
    if (end.kind === "answered" || end.kind === "client gone" || end.kind === "switched")
      this.#options.onDone(visit);
    else if (
      end.kind === "failed" &&
      this.#mayConnect(visit, end.failure) &&
      mayTryAgain(visit, end.failure, settings.retryRequests)
    )
      this.#again(visit, state);
    else this.#fail(visit, errorOf(end, settings));
    this.#reportLost(state);
    this.#serveQueue();
  }

  /** A worker that is there but takes no connection is no worker: connect-timeout bounds that wait as well. */
  #mayConnect(visit: Visit, failure: Failure): boolean {
    if (failure.kind !== "connect") return true;
    const { clock, settings } = this.#options;
    visit.refusedAt ||= clock.now();
    return clock.now() - visit.refusedAt < settings.connectTimeoutMs;
  }

  #keepTunnel(tunnel: Tunnel, state: BackendState): void {
    state.tunnels.add(tunnel);
    tunnel.onClosed = () => {
      state.tunnels.delete(tunnel);
      state.activityAt = this.#options.clock.now();
      this.#reportLost(state);
    };
  }

  #noteActivity(visit: Visit, state: BackendState): void {
    const { ignoreActivity } = this.#options.settings;
    if (ignoreActivity.length > 0 && ignoreActivity.some((path) => visit.target.startsWith(path))) return;
    state.activityAt = this.#options.clock.now();
  }

  #again(visit: Visit, state: BackendState): void {
    // Its process is gone, or its socket not yet there; the supervisor's next list will tell.
    state.restsUntil = this.#options.clock.now() + REST_MS;
    this.#wait(visit, true);
  }

  /** Looks again when a resting worker may be tried: nothing else would wake the queue. */
  #watchResting(): void {
    if (this.#rest) return;
    const now = this.#options.clock.now();
    const until = [...this.#states.values()]
      .filter((s) => s.restsUntil > now && isOpen(s, s.restsUntil))
      .map((s) => s.restsUntil);
    if (until.length === 0) return;
    this.#rest = this.#options.clock.after(Math.min(...until) - now, () => {
      this.#rest = undefined;
      this.#serveQueue();
    });
  }

  #fail(visit: Visit, error: GwError): void {
    visit.client.listener = undefined;
    visit.intake?.stop();
    this.#options.onError(visit, error);
    this.#options.onDone(visit);
  }
}
