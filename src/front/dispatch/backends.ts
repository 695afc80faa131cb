// The workers as this front sees them, and which of them gets the next request. Choosing is pure: least busy first,
// never more than its share, never one that is leaving or has just refused a connection.

import { BOUNDS_MS } from "../../link/figures.ts";
import type { Backend, Casualty, SideCounts, Unawaited, WorkerLoad } from "../../link/messages.ts";
import type { Upstream } from "../../upstream/upstream.ts";
import type { FileChannel } from "../files/file-channel.ts";
import type { AdaptiveLimit } from "../limit/adaptive-limit.ts";
import type { PastWaits } from "../limit/body-waits.ts";
import type { HeldUp, Placed } from "../limit/places.ts";
import type { Running } from "../visit/running.ts";
import { toldPath } from "../visit/target-parts.ts";
import { ANSWERED, type Ending, SWITCHED, type Visit } from "../visit/visit.ts";
import type { Tunnel } from "./tunnel.ts";
import { noteUnawaited, type Over, tellUnawaited } from "./unawaited.ts";

/** A request that a worker was given. */
export interface RunningRequest extends Placed {
  readonly visit: Visit;
  /** It has its visit no more. */
  readonly isOver: boolean;
  /** See the relay's. */
  readonly answer: { spool(): void };
  /** How long its client has been waited for since the worker has it, for the rest of its body. */
  bodyWaitMs(now: number): number;
  /** Where it stands in `running`. */
  place: number;
}

export type BackendState = {
  backend: Backend;
  upstream: Upstream;
  /** Requests of this front that are on the worker now, or on their way to it. */
  running: Running<RunningRequest>;
  /** Those of them that hold no place, for they only wait for their clients. */
  heldUp: HeldUp;
  /** Of those that were answered or have left: how long the worker has waited for their bodies. */
  pastWaits: PastWaits;
  /** How many of them may wait for an answer, where that is found here; undefined where the supervisor has said all. */
  limit: AdaptiveLimit | undefined;
  /** Open WebSockets. */
  tunnels: Set<Tunnel>;
  /** By which it hands open files over; undefined where it does not. */
  files?: FileChannel | undefined;
  /** Requests ever given to it. */
  requests: number;
  /** It has answered one of them, or begun to. */
  hasAnswered: boolean;
  /** Since when its loop does not turn, as the supervisor has heard; undefined while it does. */
  stalledSince: number | undefined;
  /** Until this instant nothing new goes there: its socket refused a connection. */
  restsUntil: number;
  /** Instant of the last activity that counts against inactivity-timeout. */
  activityAt: number;
  /** Requests whose connection broke off, the latest last; those that may be of the worker's death are kept. */
  lost: Loss[];
  /** Instants at which WebSockets were cut, the latest last; the same of them. */
  cutTunnels: number[];
  /** Over for their clients without an answer of the worker; see there. */
  unawaited: Over[];
  /** Instant of the last head of an answer. */
  headAt: number;
  /** Until this instant something may still run there that is not in `running`, and nobody's: it may end the worker. */
  unclearUntil: number;
  /** Requests that it has not answered since it left the list. */
  cut: number;
  /** What becomes of requests on its side, while a generation is tried out. */
  side?: SideCounts | undefined;
};

/** `at` and `startedAt` are instants. */
type Loss = { at: number; startedAt: number; request: Omit<Casualty, "ageMs"> };

/** One that rests has refused a new connection, perhaps for want of descriptors here; those that it has are as good as ever. */
export function isOpen(state: BackendState, now: number): boolean {
  const { backend, limit, restsUntil, upstream } = state;
  if (!backend.accepting || placesOf(state) >= backend.capacity || limit?.isFull) return false;
  return restsUntil <= now || upstream.hasIdle;
}

/** That are taken. */
export function placesOf({ running, heldUp }: Pick<BackendState, "running" | "heldUp">): number {
  return running.size - heldUp.count;
}

/** At those that take requests, taken or not. */
export function allPlaces(states: Iterable<BackendState>): number {
  let sum = 0;
  for (const { backend, limit } of states)
    if (backend.accepting) sum += Math.min(backend.capacity, limit?.found ?? backend.capacity);
  return sum;
}

/**
 * The least busy worker that may take a request, of equals the one that has had the fewest. One whose loop does not turn has
 * it wait until it does: it comes behind all others.
 */
export function chooseBackend(states: Iterable<BackendState>, now: number): BackendState | undefined {
  let best: BackendState | undefined;
  for (const state of states) if (isOpen(state, now) && (!best || isBetter(state, best))) best = state;
  return best;
}

function isBetter(one: BackendState, other: BackendState): boolean {
  const turns = one.stalledSince === undefined;
  if (turns !== (other.stalledSince === undefined)) return turns;
  const more = placesOf(one) - placesOf(other);
  return more < 0 || (more === 0 && one.requests < other.requests);
}

/**
 * Since when requests wait on workers for others to be computed; undefined while one that takes requests turns its loop. On
 * each of them the first of its requests is taken to be the one that is computed.
 */
export function stuckSince(states: Iterable<BackendState>): number | undefined {
  let first: number | undefined;
  for (const { backend, running, stalledSince } of states) {
    if (!backend.accepting) continue;
    if (stalledSince === undefined) return undefined;
    if (running.size > 1) first = Math.min(first ?? stalledSince, stalledSince);
  }
  return first;
}

/** How long a worker whose socket refused gets nothing new (mod_wsgi's first retry interval). */
const REST_MS = 125;

/** Its process is gone, or its socket not yet there; the supervisor's next list will tell. */
export function letRest(state: BackendState, now: number): void {
  state.restsUntil = now + REST_MS;
}

/** A worker's connections all break off at once; what broke off earlier was the app's doing. */
const DEATH_MS = 1000;
/** How many of the requests that ended with a worker are named; the others are only counted. */
const LOST_LISTED = 5;

export function noteLoss(state: BackendState, visit: Visit, now: number): void {
  const first = state.lost.findIndex(({ at }) => now - at < DEATH_MS);
  state.lost.splice(0, first < 0 ? state.lost.length : first);
  state.lost.push({ at: now, startedAt: visit.startedAt, request: namesOf(visit) });
}

/** A WebSocket is over, whatever ended it. */
export function noteTunnelOver(state: BackendState, { isCut }: Pick<Tunnel, "isCut">, now: number): void {
  state.activityAt = now;
  noteUnclear(state, now);
  if (isCut) state.cutTunnels = [...recentOf(state.cutTunnels, now), now];
}

const recentOf = (instants: readonly number[], now: number) => instants.filter((at) => now - at < DEATH_MS);

/** What a request does that has lost its client, or has got gw's own answer, may take so long to show. */
const UNCLEAR_MS = 10_000;

/** A visit is on the worker no more; where it has not ended with an answer or a loss, its handler may go on. */
export function noteLeft(
  state: BackendState,
  one: RunningRequest,
  ending: Ending | undefined,
  now: number,
): void {
  const { visit } = one;
  if (visit.headAt === 0) {
    state.limit?.leave();
    state.pastWaits.add(one.bodyWaitMs(now), now);
  }
  if (state.side && ending) countEnded(state.side, visit, ending);
  if (!ending || ending === ANSWERED || ending === SWITCHED) return;
  if (state.lost.at(-1)?.request.id === visit.id) return;
  noteUnclear(state, now);
  const { startedAt, headAt } = visit;
  if (headAt === 0) noteUnawaited(state, { at: now, startedAt, request: namesOf(visit) }, ending);
}

/** A visit has ended on a worker of this side. What its client has ended, or done wrong, says nothing of the worker. */
function countEnded(side: SideCounts, { status, headAt, startedAt }: Visit, ending: Ending): void {
  if (ending.kind === "client gone") return;
  const code = ending.kind === "refused" ? (ending.error.row.status ?? 0) : status;
  if (ending.kind === "refused" && code < 500) return;
  side.ended++;
  if (code >= 500 && ending !== SWITCHED) side.failed++;
  if (headAt === 0 || (ending !== ANSWERED && ending !== SWITCHED)) return;
  const bucket = BOUNDS_MS.findIndex((bound) => headAt - startedAt <= bound);
  (side.heads[bucket < 0 ? BOUNDS_MS.length : bucket] as number)++;
}

/** Something has run there of which nobody knows whether it was what ends the worker. */
export function noteUnclear(state: BackendState, now: number): void {
  state.unclearUntil = now + UNCLEAR_MS;
}

export type LostReport = {
  socket: string;
  pid: number;
  requests: Casualty[];
  unawaited?: Unawaited[];
  count: number;
  /** WebSockets. */
  tunnels?: number;
  cut: number;
  hasAnswered: boolean;
  /** Something else may have ended it. */
  isUnclear: boolean;
  /** Nothing of this front's clients is on it any more, or will be. */
  hasLeft: boolean;
};

/**
 * What ended with the worker, oldest request first. Ages are of one instant: taken as each request ended, a bystander that
 * was answered last would look older than the request that it waited for.
 */
export function lostReport(
  { backend, lost, cutTunnels, unawaited, cut, hasAnswered, unclearUntil }: BackendState,
  now: number,
  hasLeft: boolean,
): LostReport {
  const ended = lost.filter(({ at }) => now - at < DEATH_MS).toSorted((a, b) => a.startedAt - b.startedAt);
  const tunnels = recentOf(cutTunnels, now).length;
  const requests = ended
    .slice(0, LOST_LISTED)
    .map(({ request, startedAt }) => ({ ...request, ageMs: Math.round(now - startedAt) }));
  return {
    socket: backend.socket,
    pid: backend.pid,
    requests,
    ...(hasLeft && unawaited.length > 0 && { unawaited: tellUnawaited(unawaited, now) }),
    count: ended.length,
    ...(hasLeft && tunnels > 0 && { tunnels }),
    cut,
    hasAnswered,
    isUnclear: now < unclearUntil,
    hasLeft,
  };
}

export function casualtyOf(visit: Visit, now: number): Casualty {
  return { ...namesOf(visit), ageMs: Math.round(now - visit.startedAt) };
}

function namesOf({ id, client, path }: Visit): Omit<Casualty, "ageMs"> {
  return { id, method: client.method, path: toldPath(path) };
}

export function loadOf(state: BackendState, now: number): WorkerLoad {
  const { backend, running, limit, tunnels, requests, activityAt, hasAnswered, pastWaits } = state;
  const { oldest, ...seen } = lookAt(running, now);
  const pastBodyWaitMs = Math.round(pastWaits.read(now));
  return {
    slot: backend.slot,
    pid: backend.pid,
    active: running.size,
    requests,
    ...seen,
    tunnels: tunnels.size,
    hasAnswered,
    idleMs: running.size + tunnels.size > 0 ? 0 : Math.round(now - activityAt),
    ...(pastBodyWaitMs > 0 && { pastBodyWaitMs }),
    ...(limit && { limit: limit.found }),
    ...(limit?.freeMs !== undefined && { freeMs: limit.freeMs }),
    ...(limit?.wantsMeasuring && { wantsMeasuring: true }),
    ...(oldest && { oldest: casualtyOf(oldest, now) }),
  };
}

/** Those that run: for what they wait, and which of them came first. */
function lookAt(running: Iterable<RunningRequest>, now: number) {
  let oldest: Visit | undefined;
  let [streams, receiving, heldUp, bodyWaitMs] = [0, 0, 0, 0];
  for (const one of running) {
    const { visit } = one;
    if (!oldest || visit.startedAt < oldest.startedAt) oldest = visit;
    if (one.awaitsTaking) heldUp++;
    if (visit.headAt > 0) streams++;
    else {
      if (one.awaitsBody) receiving++;
      bodyWaitMs += one.bodyWaitMs(now);
    }
  }
  return {
    streams,
    ...(receiving > 0 && { receiving }),
    ...(heldUp > 0 && { heldUp }),
    ...(bodyWaitMs > 0 && { bodyWaitMs: Math.round(bodyWaitMs) }),
    oldest,
  };
}
