// The workers of one group as the supervisor's lists tell them, those that have left the list and still have requests
// included, and what the supervisor is told of them.

import type { Clock } from "../../core/clock.ts";
import type { Cause } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Backend, TrialOrder, WorkerLoad, WorkerPace } from "../../link/messages.ts";
import type { StickySettings } from "../../link/setups.ts";
import { Upstream } from "../../upstream/upstream.ts";
import { FileChannel } from "../files/file-channel.ts";
import { AdaptiveLimit } from "../limit/adaptive-limit.ts";
import { PastWaits } from "../limit/body-waits.ts";
import { farBehind } from "../limit/places.ts";
import { scheduleFor } from "../limit/schedule.ts";
import { isUpload } from "../limit/upload-share.ts";
import { Running } from "../visit/running.ts";
import type { Visit } from "../visit/visit.ts";
import {
  allPlaces,
  type BackendState,
  chooseBackend,
  isOpen,
  type LostReport,
  loadOf,
  lostReport,
  noteTunnelOver,
  placesOf,
  type RunningRequest,
  stuckSince,
} from "./backends.ts";
import { chooseSticky, scoreOf } from "./sticky.ts";
import { Trial } from "./trial.ts";
import type { Tunnel } from "./tunnel.ts";

export type RosterOptions = {
  clock: Clock;
  log: Log;
  headerBufferBytes: number;
  /** Workers may hand over open files. */
  takesFiles?: boolean;
  /** So long an app has for a request; 0 for no limit. */
  requestTimeoutMs: number;
  /** Paths whose requests are no activity. */
  ignoreActivity: readonly string[];
  sticky?: StickySettings;
  /** What has ended on a worker: with it, once it left the list and has nothing left, or by this front's doing. */
  onLost: (report: LostReport) => void;
  /** A mistake of ours, which no visit is told of. */
  onBug: (thrown: unknown) => void;
};

/** Until what fronts and workers tell of a request that is over has come to agree. */
const LEAST_PAST_MS = 5_000;

export class Roster {
  readonly #options: RosterOptions;
  readonly #listed = new Map<string, BackendState>();
  readonly #leaving = new Set<BackendState>();
  /** The socket of the last worker on the supervisor's list. */
  newest: string | undefined;
  /** Of the generation that is tried out; undefined while none is. */
  trial: Trial | undefined;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  /** Some worker takes requests, now or when it has fewer. */
  get hasAccepting(): boolean {
    for (const { backend } of this.#listed.values()) if (backend.accepting) return true;
    return false;
  }

  /** Some worker says itself when clients are to send bodies that they hold back. */
  get saysContinue(): boolean {
    for (const { backend } of this.#listed.values()) if (backend.saysContinue) return true;
    return false;
  }

  get loads(): WorkerLoad[] {
    const now = this.#options.clock.now();
    return [...this.all()].map((state) => loadOf(state, now));
  }

  /** The supervisor's list replaces the one before. */
  set(backends: readonly Backend[], trial?: TrialOrder): void {
    this.newest = backends.at(-1)?.socket;
    if (trial?.generation !== this.trial?.generation) this.trial = trial && new Trial(trial);
    for (const [path, state] of this.#listed) {
      if (!backends.some((backend) => backend.socket === path)) this.#dismiss(path, state);
    }
    for (const backend of backends) {
      const state = this.#listed.get(backend.socket);
      if (state) updateState(state, backend);
      else this.#listed.set(backend.socket, this.#newState(backend));
    }
    for (const state of this.all()) state.side = this.trial?.sideOf(state.backend.generation);
  }

  /** The worker that takes the next request; undefined while none may. */
  choose(): BackendState | undefined {
    return chooseBackend(this.#listed.values(), this.#options.clock.now());
  }

  /** The same for this one: in a group whose clients stay on one worker each (without a mark any will do), or during a trial. */
  chooseFor(visit: Visit): BackendState | undefined {
    if (!this.trial) return this.#chooseAmong(this.#listed.values(), visit);
    const { generation } = this.trial;
    const isForNew = this.trial.isForNew(visit);
    const { yes = [], no = [] } = Object.groupBy(this.#listed.values(), ({ backend }) =>
      (backend.generation === generation) === isForNew && backend.accepting ? "yes" : "no",
    );
    const chosen = this.#chooseAmong(yes, visit);
    // Where the new one has no room, the old one has; what is the old one's waits, as long as that is there.
    return chosen ?? (isForNew || yes.length === 0 ? this.#chooseAmong(no, visit) : undefined);
  }

  #chooseAmong(states: Iterable<BackendState>, visit: Visit): BackendState | undefined {
    const { clock, sticky } = this.#options;
    if (!sticky || visit.mark === undefined) return chooseBackend(states, clock.now());
    return chooseSticky(states, visit.mark, sticky.overflow, clock.now(), isUpload(visit));
  }

  /** The loops of those in `stalled` do not turn, with for how long; all others turn. */
  setStalled(stalled: ReadonlyMap<string, number>): void {
    const now = this.#options.clock.now();
    for (const [socket, state] of this.#listed) {
      const forMs = stalled.get(socket);
      state.stalledSince = forMs === undefined ? undefined : (state.stalledSince ?? now - forMs);
    }
  }

  /** How those do whose limits are found here. `onMeasured`: this one is measured from now on. */
  notePaces(paces: readonly WorkerPace[], onMeasured: (limit: AdaptiveLimit, now: number) => void): void {
    const now = this.#options.clock.now();
    for (const { socket, lagMs, freeMs, measure } of paces) {
      const limit = this.#listed.get(socket)?.limit;
      if (!limit) continue;
      limit.noteLag(now, lagMs);
      if (freeMs !== undefined) limit.sharedFreeMs = freeMs;
      if (!measure) continue;
      limit.measure(now);
      onMeasured(limit, now);
    }
  }

  get places(): number {
    return allPlaces(this.#listed.values());
  }

  /** On each worker that takes requests there is more than one. */
  get isCrowded(): boolean {
    for (const state of this.#listed.values())
      if (state.backend.accepting && placesOf(state) < 2) return false;
    return this.#listed.size > 0;
  }

  /** Since when requests wait on workers that do not turn; undefined when none does, or where one turns. */
  get stuckSince(): number | undefined {
    return stuckSince(this.#listed.values());
  }

  find(socket: string): BackendState | undefined {
    for (const state of this.all()) if (state.backend.socket === socket) return state;
    return undefined;
  }

  /** What is on this worker; nothing where it is none of this group's. */
  visitsOn(socket: string): Visit[] {
    return [...(this.find(socket)?.running ?? [])].flatMap((one) => (one.isOver ? [] : one.visit));
  }

  /**
   * How long until the first may be tried that is not full; undefined when there is none. Zero for one whose rest has ended
   * since somebody looked: it must not be passed over, for nothing else would wake the queue.
   */
  get restMs(): number | undefined {
    const now = this.#options.clock.now();
    const until = [...this.#listed.values()]
      .map((state) => ({ state, at: Math.max(state.restsUntil, now) }))
      .filter(({ state, at }) => isOpen(state, at))
      .map(({ at }) => at);
    return until.length === 0 ? undefined : Math.min(...until) - now;
  }

  /** Their clients are told that the server is going away, and no more: somebody has to be told why. */
  closeTunnels({ backend, tunnels }: BackendState, cause: Cause): void {
    if (tunnels.size === 0) return;
    const { slot: worker } = backend;
    this.#options.log.info("WebSockets are closed", { cause, count: tunnels.size, worker });
    for (const tunnel of tunnels) tunnel.dismiss();
  }

  /** For so many that wait for a place. On workers that get nothing new there is none to be had. */
  farBehind(most: number): RunningRequest[] {
    const open = [...this.#listed.values()].filter(({ backend }) => backend.accepting);
    const running = open.flatMap((state) => [...state.running]);
    return farBehind(running, most);
  }

  closeAllTunnels(cause: Cause): void {
    for (const state of this.all()) this.closeTunnels(state, cause);
  }

  /** To be asked when something has ended there: once nothing of our clients is left on a worker that left the list. */
  settle(state: BackendState): void {
    if (state.running.size + state.tunnels.size > 0 || !this.#leaving.delete(state)) return;
    state.files?.close();
    this.#tellLost(state, true);
  }

  /** Runs `end`, which ends requests there, and tells which. */
  tellEnded(state: BackendState, end: () => void): void {
    // What broke off before was another thing's doing, and is told when that is known: the worker may just have died.
    const before = state.lost;
    state.lost = [];
    end();
    if (state.lost.length > 0) this.#tellLost(state, false);
    state.lost = before;
  }

  #tellLost(state: BackendState, hasLeft: boolean): void {
    const report = lostReport(state, this.#options.clock.now(), hasLeft);
    state.lost = [];
    state.cut = 0;
    this.#options.onLost(report);
  }

  addTunnel(tunnel: Tunnel, state: BackendState): void {
    state.tunnels.add(tunnel);
    tunnel.onClosed = () => {
      state.tunnels.delete(tunnel);
      noteTunnelOver(state, tunnel, this.#options.clock.now());
      this.settle(state);
    };
  }

  /** Something is asked of it, or over, that keeps it from being idle. */
  noteActivity({ target }: Pick<Visit, "target">, state: BackendState): void {
    const { ignoreActivity } = this.#options;
    if (ignoreActivity.length > 0 && ignoreActivity.some((path) => target.startsWith(path))) return;
    state.activityAt = this.#options.clock.now();
  }

  *all(): Iterable<BackendState> {
    yield* this.#listed.values();
    yield* this.#leaving;
  }

  #newState(backend: Backend): BackendState {
    return {
      backend,
      upstream: new Upstream({
        path: backend.socket,
        headerLineBytes: this.#options.headerBufferBytes,
        http2: backend.http2 === true,
        onBug: this.#options.onBug,
      }),
      running: new Running(),
      heldUp: { count: 0, bytes: 0 },
      pastWaits: new PastWaits(Math.max(this.#options.requestTimeoutMs, LEAST_PAST_MS)),
      limit: newLimit(backend, this.#options.clock),
      tunnels: new Set(),
      files: this.#options.takesFiles ? new FileChannel(backend, this.#options.clock) : undefined,
      requests: 0,
      hasAnswered: false,
      stalledSince: undefined,
      unawaited: [],
      headAt: 0,
      unclearUntil: 0,
      restsUntil: 0,
      activityAt: this.#options.clock.now(),
      lost: [],
      cutTunnels: [],
      cut: 0,
    };
  }

  /** What runs there goes on until its connection ends; only nothing new comes. */
  #dismiss(path: string, state: BackendState): void {
    state.backend = { ...state.backend, accepting: false };
    state.upstream.close();
    this.#listed.delete(path);
    this.#leaving.add(state);
    this.settle(state);
  }
}

function newLimit({ adapts, capacity: most, slot }: Backend, clock: Clock): AdaptiveLimit | undefined {
  if (!adapts) return undefined;
  const jitterOf = (count: number) => scoreOf(count, slot) / 2 ** 32;
  return new AdaptiveLimit({ least: adapts.least, most }, scheduleFor(clock, jitterOf), adapts.fronts);
}

function updateState(state: BackendState, backend: Backend): void {
  state.backend = backend;
  const { adapts, capacity: most } = backend;
  if (state.limit && adapts) state.limit.bounds = { least: adapts.least, most };
}
