// What the fronts know of the workers: the list that they choose from, and what each of them says of it. A worker is
// taken off the list before it leaves, and every front answers that with the requests that ended with it, once none is
// left on it: from then on nothing of any client is, or will be, on its socket.
import { type Clock, pause } from "../../core/clock.ts";
import type { Cause } from "../../core/errors.ts";
import type { Backend, FrontStats, PoisonousRequest, TrialOrder, WorkerPace } from "../../link/messages.ts";
import { isFound } from "../../options/declare/kinds/concurrency-kind.ts";
import type { Span } from "../../options/declare/kinds/kinds.ts";
import { shareOf } from "../child/policy.ts";
import type { News, Slot } from "../child/slot.ts";
import { addTo, type Farewell, noLoss } from "./farewell.ts";
import { addLoads, type Load } from "./load.ts";
import type { Stalled } from "./loops.ts";
import { RequestLists, type RequestsTold } from "./request-lists.ts";

/** `concurrency`: what all fronts together may have on the worker. */
export type Endpoint = Omit<Backend, "capacity" | "adapts"> & { concurrency: Span };

type Parting = { waitsFor: Set<Slot>; farewell: Farewell; done: PromiseWithResolvers<Farewell> };

const NEWS_LOOK_MS = 5;
/** Front ends speak of themselves each second, also when nothing has changed: by then each of them has. */
export const ALL_NEWS_MS = 1_500;

export class Traffic {
  /** False in embedded mode, where clients speak to the workers themselves. */
  readonly hasFronts: boolean;
  readonly #fronts: number;
  readonly #clock: Clock;
  /** What single fronts are asked of their requests. */
  readonly lists: RequestLists;
  /** What each front last said of itself. */
  readonly stats = new Map<Slot, FrontStats>();
  readonly #endpoints = new Map<Slot, Endpoint>();
  /** Sockets that each front was last told of. */
  readonly #told = new Map<Slot, Set<string>>();
  readonly #partings = new Map<string, Parting>();
  /** What fronts have ended on workers that are still on the list, by the workers' sockets. */
  readonly #losses = new Map<string, Farewell>();
  readonly #farewells = new WeakMap<Slot, Promise<Farewell>>();
  /** Of each worker's present process, also when it is off the list: what runs there may still have to be ended. */
  readonly #sockets = new WeakMap<Slot, string>();
  readonly #stalled = new Map<object, { socket: string; forMs: number }[]>();
  readonly #poisons = new Map<object, readonly PoisonousRequest[]>();
  /** Groups whose requests are to wait. */
  #paused: readonly string[] = [];
  #trial: TrialOrder | undefined;
  /** When each front last spoke of itself. */
  readonly #heardAt = new Map<Slot, number>();

  /** `fronts`: how many there are to be. */
  constructor({ fronts }: { fronts: number }, clock: Clock) {
    this.hasFronts = fronts > 0;
    this.#fronts = fronts;
    this.#clock = clock;
    this.lists = new RequestLists(clock);
  }

  admit(worker: Slot, endpoint: Endpoint): void {
    this.#enter(worker, endpoint);
    this.#tellAll();
  }

  #enter(worker: Slot, endpoint: Endpoint): void {
    this.#endpoints.set(worker, endpoint);
    this.#sockets.set(worker, endpoint.socket);
    this.#farewells.delete(worker);
  }

  /** In one message for each front: these workers get nothing more, and those take their place. */
  exchange(leaving: readonly Slot[], coming: ReadonlyMap<Slot, Endpoint>): void {
    const partings = leaving.flatMap((worker) => {
      const endpoint = this.#endpoints.get(worker);
      return endpoint ? [[endpoint.socket, this.#beginParting(worker, endpoint)] as const] : [];
    });
    for (const [worker, endpoint] of coming) this.#enter(worker, endpoint);
    this.#tellAll();
    for (const [socket, parting] of partings) this.#settle(socket, parting);
  }

  /** From now on so many requests go to that generation; undefined: each worker that is listed is as good as any other. */
  tryOut(trial: TrialOrder | undefined): void {
    if (trial === this.#trial) return;
    this.#trial = trial;
    this.#tellAll();
  }

  /** Replaces the list of groups whose requests wait. */
  pause(groups: readonly string[]): void {
    this.#paused = groups;
    this.#tellAll();
  }

  /** Replaces the requests that one group of workers is to get no more; `by` tells it from that of another generation. */
  refuse(by: object, requests: readonly PoisonousRequest[]): void {
    if (requests.length > 0) this.#poisons.set(by, requests);
    else this.#poisons.delete(by);
    for (const front of this.#told.keys()) this.#tellPoisons(front);
  }

  /** Replaces what the fronts know of the loops of one group of workers. */
  setStalled(by: object, stalled: readonly Stalled[]): void {
    const known = stalled.flatMap(({ slot, forMs }) => {
      const endpoint = this.#endpoints.get(slot);
      return endpoint ? [{ socket: endpoint.socket, forMs }] : [];
    });
    this.#stalled.set(by, known);
    for (const front of this.#told.keys())
      front.send({ type: "loops", stalled: [...this.#stalled.values()].flat() });
    if (known.length === 0) this.#stalled.delete(by);
  }

  tellPaces(paces: readonly (Omit<WorkerPace, "socket"> & { slot: Slot })[]): void {
    const workers = paces.flatMap(({ slot, ...pace }) => {
      const socket = this.#endpoints.get(slot)?.socket;
      return socket === undefined ? [] : [{ socket, ...pace }];
    });
    if (workers.length > 0) for (const front of this.#told.keys()) front.send({ type: "paces", workers });
  }

  isStalled(worker: Slot): boolean {
    const socket = this.#endpoints.get(worker)?.socket;
    return [...this.#stalled.values()].some((some) => some.some((one) => one.socket === socket));
  }

  /** Resolves when every front has spoken of itself anew, or after `ms`: they do so when they are told of a change. */
  async newsWithin(ms: number): Promise<void> {
    const askedMs = this.#clock.now();
    const isOver = () => this.lastHeardMs > askedMs || this.#clock.now() - askedMs >= ms;
    while (!isOver()) await pause(this.#clock, NEWS_LOOK_MS);
  }

  /** Instant at which the one of all fronts that is silent the longest last spoke; -Infinity when one has not yet. */
  get lastHeardMs(): number {
    const all = [...this.#told.keys()].map((front) => this.#heardAt.get(front) ?? Number.NEGATIVE_INFINITY);
    return Math.min(this.#clock.now(), ...all);
  }

  /** No new request goes to the worker. Resolves when none is left on it; asked again, it is the same answer. */
  dismiss(worker: Slot): Promise<Farewell> {
    const endpoint = this.#endpoints.get(worker);
    const farewell = endpoint ? this.#part(worker, endpoint) : this.#farewells.get(worker);
    return farewell ?? Promise.resolve(noLoss());
  }

  #part(worker: Slot, endpoint: Endpoint): Promise<Farewell> {
    const parting = this.#beginParting(worker, endpoint);
    this.#tellAll();
    this.#settle(endpoint.socket, parting);
    return parting.done.promise;
  }

  #beginParting(worker: Slot, endpoint: Endpoint): Parting {
    this.#endpoints.delete(worker);
    const waitsFor = new Set(
      [...this.#told].filter(([, sockets]) => sockets.has(endpoint.socket)).map(([front]) => front),
    );
    const done = Promise.withResolvers<Farewell>();
    const parting = { waitsFor, farewell: this.#lossesOn(endpoint.socket), done };
    this.#losses.delete(endpoint.socket);
    this.#partings.set(endpoint.socket, parting);
    this.#farewells.set(worker, done.promise);
    return parting;
  }

  /** What runs on the worker is answered with this cause, by every front; with `sparesStreams` only what has no answer yet. */
  condemn(worker: Slot, cause: Cause, sparesStreams = false): void {
    const socket = this.#sockets.get(worker);
    if (socket === undefined) return;
    for (const front of this.#told.keys()) front.send({ type: "condemn", socket, cause, sparesStreams });
  }

  /** The socket of the worker of this group that is last on the list. */
  newestOf(group: string): string | undefined {
    return [...this.#endpoints.values()].findLast((endpoint) => endpoint.group === group)?.socket;
  }

  /** What is on this worker's present process, of each front that answers; so many of each at most. Asked at once. */
  async requestsOn(worker: Slot, most: number): Promise<RequestsTold[]> {
    const socket = this.#sockets.get(worker);
    if (socket === undefined) return [];
    const told = await Promise.all(
      [...this.#told.keys()].map((front) => this.lists.ask(front, most, socket)),
    );
    return told.filter((one) => one !== undefined);
  }

  loadOf(pid: number | undefined): Load | undefined {
    const now = this.#clock.now();
    return addLoads(
      [...this.stats].map(([front, { workers }]) => ({
        loads: workers.filter((load) => load.pid === pid),
        sinceMs: now - (this.#heardAt.get(front) ?? 0),
      })),
    );
  }

  /** Some front has told of an answer that this process gave. */
  hasAnswered(pid: number | undefined): boolean {
    return [...this.stats.values()].some(({ workers }) =>
      workers.some((load) => load.pid === pid && load.hasAnswered === true),
    );
  }

  /** Requests on these workers whose answer has not begun. */
  unansweredOn(workers: readonly Slot[]): number {
    const loads = workers.flatMap(({ pid }) => this.loadOf(pid) ?? []);
    return loads.reduce((sum, { active, streams }) => sum + active - streams, 0);
  }

  /** Connections of clients, as far as all fronts have told. */
  get connections(): number {
    const all = [...this.#told.keys()].map((front) => this.stats.get(front)?.connections);
    return all.reduce<number>((sum, count) => sum + (count ?? Number.POSITIVE_INFINITY), 0);
  }

  /** Requests of this group that wait for a worker. */
  queuedOf(group: string): number {
    const all = [...this.stats.values()].flatMap(({ groups }) => groups);
    return all.reduce((sum, { name, queued }) => sum + (name === group ? queued : 0), 0);
  }

  attach(front: Slot): void {
    this.#told.set(front, new Set());
    this.#tell(front);
    if (this.#poisons.size > 0) this.#tellPoisons(front);
  }

  /** The front has ended: nobody waits for its word. */
  detach(front: Slot): void {
    this.#told.delete(front);
    this.stats.delete(front);
    this.#heardAt.delete(front);
    for (const [socket, parting] of this.#partings) {
      parting.waitsFor.delete(front);
      this.#settle(socket, parting);
    }
  }

  noteStats(front: Slot, stats: FrontStats): void {
    this.stats.set(front, stats);
    this.#heardAt.set(front, this.#clock.now());
  }

  /** The front has ended requests on a worker, or tells that nothing is left on one that is off the list. */
  noteLost(front: Slot, lost: Extract<News, { type: "lost" }>): void {
    const parting = this.#partings.get(lost.socket);
    const now = this.#clock.now();
    if (!lost.hasLeft) addTo(parting?.farewell ?? this.#lossesOn(lost.socket), lost, now);
    else if (parting?.waitsFor.delete(front)) {
      addTo(parting.farewell, lost, now);
      this.#settle(lost.socket, parting);
    }
  }

  /** What has ended on a worker that is on the list. */
  #lossesOn(socket: string): Farewell {
    const losses = this.#losses.get(socket) ?? noLoss();
    this.#losses.set(socket, losses);
    return losses;
  }

  #settle(socket: string, { waitsFor, farewell, done }: Parting): void {
    if (waitsFor.size > 0) return;
    this.#partings.delete(socket);
    done.resolve(farewell);
  }

  #tellAll(): void {
    for (const front of this.#told.keys()) this.#tell(front);
  }

  #tellPoisons(front: Slot): void {
    const requests = [...this.#poisons.values()].flat();
    front.send({
      type: "poisons",
      requests: requests.map(({ group, method, path }) => ({ group, method, path })),
    });
  }

  #adaptsOf({ min }: Span, front: Slot): NonNullable<Backend["adapts"]> {
    return { least: shareOf(min, this.#fronts, front.number - 1), fronts: this.#fronts };
  }

  #tell(front: Slot): void {
    const backends = [...this.#endpoints.values()].map(({ concurrency, ...endpoint }) => ({
      ...endpoint,
      capacity: shareOf(concurrency.max, this.#fronts, front.number - 1),
      ...(isFound(concurrency) && { adapts: this.#adaptsOf(concurrency, front) }),
    }));
    this.#told.set(front, new Set(backends.map(({ socket }) => socket)));
    const trial = this.#trial;
    front.send({ type: "backends", backends, paused: [...this.#paused], ...(trial && { trial }) });
  }
}
