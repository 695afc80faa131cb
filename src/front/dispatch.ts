// Gives each visit to a worker, or lets it wait, or refuses it. All counting of what runs where stands here, and the
// one rule about trying again: a request never reaches two workers behind anyone's back.

import type { Clock, Timer } from "../core/clock.ts";
import type { Deadlines } from "../core/deadlines.ts";
import { GwError } from "../core/errors.ts";
import type { Backend, FrontSettings } from "../link/messages.ts";
import type { Connection, Failure } from "../upstream/connection.ts";
import { Pool } from "../upstream/pool.ts";
import { type BackendState, chooseBackend, isOpen } from "./backends.ts";
import { Queue } from "./queue.ts";
import { Relay, type RelayEnd, type RelayOptions } from "./relay.ts";
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
};

export class Dispatch {
  readonly #options: DispatchOptions;
  readonly #states = new Map<string, BackendState>();
  readonly queue: Queue;
  #rest: Timer | undefined;

  constructor(options: DispatchOptions) {
    this.#options = options;
    const { clock, settings } = options;
    this.queue = new Queue({
      clock,
      most: settings.maxQueue,
      queueTimeoutMs: settings.queueTimeoutMs,
      connectTimeoutMs: settings.connectTimeoutMs,
      onExpired: (visit, cause) => this.#fail(visit, new GwError(cause)),
    });
    this.queue.setDeserted(true);
  }

  get states(): Iterable<BackendState> {
    return this.#states.values();
  }

  /** The supervisor's list of workers replaces the one before. */
  setBackends(backends: Backend[]): void {
    const { settings } = this.#options;
    for (const [path, state] of this.#states) {
      if (backends.some((backend) => backend.socket === path)) continue;
      // What runs there goes on until its connection ends; only nothing new comes.
      state.backend = { ...state.backend, accepting: false };
      state.pool.close();
      this.#states.delete(path);
    }
    for (const backend of backends) {
      const state = this.#states.get(backend.socket);
      if (state) state.backend = backend;
      else
        this.#states.set(backend.socket, {
          backend,
          pool: new Pool(backend.socket, settings.headerBufferBytes),
          active: 0,
          requests: 0,
          restsUntil: 0,
        });
    }
    this.queue.setDeserted(!backends.some((backend) => backend.accepting));
    this.#serveQueue();
  }

  /** A visit whose body, if small, is complete. Throws when the queue is full. */
  admit(visit: Visit): void {
    const state =
      this.queue.length === 0 ? chooseBackend(this.#states.values(), this.#options.clock.now()) : undefined;
    if (state) return this.#run(visit, state);
    if (this.queue.isFull) throw new GwError("queue_full");
    this.queue.push(visit);
    this.#watchResting();
  }

  /** Closes idle connections to all workers. */
  close(): void {
    this.#rest?.cancel();
    for (const state of this.#states.values()) state.pool.close();
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
    const { settings, clock, silence, date, isClosing } = this.#options;
    state.active++;
    visit.attempts++;
    visit.slot = state.backend.slot;
    visit.startedAt = clock.now();
    const options: RelayOptions = {
      clock,
      token: state.backend.token,
      scheme: "http",
      silence,
      isClosing,
      date,
      onEnd: (_relay, end) => this.#onEnd(visit, state, end, settings),
    };
    const idle = state.pool.take();
    if (idle) return this.#begin(visit, state, options, idle);
    state.pool.open(
      (connection) => this.#begin(visit, state, options, connection),
      (reason) =>
        this.#onEnd(visit, state, { kind: "failed", failure: { kind: "connect", reason } }, settings),
    );
  }

  #begin(visit: Visit, state: BackendState, options: RelayOptions, connection: Connection): void {
    if (visit.client.isGone) {
      state.pool.onIdle(connection);
      return this.#onEnd(visit, state, { kind: "client gone" }, this.#options.settings);
    }
    state.requests++;
    new Relay(visit, options).start(connection);
  }

  #onEnd(visit: Visit, state: BackendState, end: RelayEnd, settings: FrontSettings): void {
    state.active--;
    if (end.kind === "answered" || end.kind === "client gone") this.#options.onDone(visit);
    else if (end.kind === "failed" && mayTryAgain(visit, end.failure, settings.retryRequests))
      this.#again(visit, state);
    else this.#fail(visit, errorOf(end, settings));
    this.#serveQueue();
  }

  #again(visit: Visit, state: BackendState): void {
    // Its process is gone, or its socket not yet there; the supervisor's next list will tell.
    state.restsUntil = this.#options.clock.now() + REST_MS;
    if (visit.client.isGone) return this.#options.onDone(visit);
    this.queue.push(visit, true);
    this.#watchResting();
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
    this.#options.onError(visit, error);
    this.#options.onDone(visit);
  }
}

const SAFE_METHODS: readonly string[] = ["GET", "HEAD", "OPTIONS", "TRACE"];

/** Whether a request whose worker was lost may go to another one. */
export function mayTryAgain(visit: Visit, failure: Failure, policy: FrontSettings["retryRequests"]): boolean {
  if (policy === "never") return false;
  const { client, intake, attempts } = visit;
  if (failure.kind === "connect") return true;
  if (failure.kind !== "lost" || failure.answered) return false;
  if (!failure.sent) return intake === undefined || intake.isUntouched;
  return (
    policy === "idempotent" && attempts === 1 && intake === undefined && SAFE_METHODS.includes(client.method)
  );
}

function errorOf(end: RelayEnd, settings: FrontSettings): GwError {
  switch (end.kind) {
    case "worker silent":
      return new GwError("socket_timeout");
    case "client stalled":
      return new GwError(end.while === "sending" ? "request_timeout_client" : "client_stalled");
    case "body too large":
      return new GwError("request_body_too_large", { limit: settings.limitRequestBodyBytes });
    case "failed":
      return errorOfFailure(end.failure, settings);
    default:
      return new GwError("bug", { what: `a visit that ended as ${end.kind} is no error` });
  }
}

function errorOfFailure(failure: Failure, settings: FrontSettings): GwError {
  switch (failure.kind) {
    case "connect":
      return new GwError("no_worker", {}, failure.reason);
    case "lost":
      return new GwError("worker_died");
    case "malformed":
      return new GwError("worker_answer_malformed", { reason: failure.reason });
    case "header too large":
      return new GwError("response_header_too_large", { limit: settings.headerBufferBytes }, failure.reason);
  }
}
