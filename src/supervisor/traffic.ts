// What the fronts know of the workers: the list that they choose from, and what each of them says of it. A worker is
// taken off the list before it leaves, and every front answers that with the requests that ended with it, once none is
// left on it: from then on nothing of any client is, or will be, on its socket.
import type { Cause } from "../core/errors.ts";
import type { Backend, Casualty, FrontStats, WorkerLoad } from "../link/messages.ts";
import { shareOf } from "./policy.ts";
import type { News, Slot } from "./slot.ts";

export type Endpoint = Omit<Backend, "capacity">;

/** The requests that ended with a worker, the oldest first; not all of them are listed. */
export type Farewell = { requests: Casualty[]; count: number };

/** What all fronts together have on one worker. */
export type Load = Pick<WorkerLoad, "active" | "requests" | "idleMs" | "oldest">;

type Parting = { waitsFor: Set<Slot>; farewell: Farewell; done: PromiseWithResolvers<Farewell> };

export class Traffic {
  /** What each front last said of itself. */
  readonly stats = new Map<Slot, FrontStats>();
  private readonly endpoints = new Map<Slot, Endpoint>();
  /** Sockets that each front was last told of. */
  private readonly told = new Map<Slot, Set<string>>();
  private readonly partings = new Map<string, Parting>();
  private readonly farewells = new WeakMap<Slot, Promise<Farewell>>();
  /** Of each worker's present process, also when it is off the list: what runs there may still have to be ended. */
  private readonly sockets = new WeakMap<Slot, string>();

  constructor(private readonly setup: { concurrency: number; fronts: number }) {}

  /** False in embedded mode, where clients speak to the workers themselves. */
  get hasFronts(): boolean {
    return this.setup.fronts > 0;
  }

  admit(worker: Slot, endpoint: Endpoint): void {
    this.endpoints.set(worker, endpoint);
    this.sockets.set(worker, endpoint.socket);
    this.farewells.delete(worker);
    this.tellAll();
  }

  /** No new request goes to the worker. Resolves when none is left on it; asked again, it is the same answer. */
  dismiss(worker: Slot): Promise<Farewell> {
    const endpoint = this.endpoints.get(worker);
    const farewell = endpoint ? this.part(worker, endpoint) : this.farewells.get(worker);
    return farewell ?? Promise.resolve({ requests: [], count: 0 });
  }

  private part(worker: Slot, endpoint: Endpoint): Promise<Farewell> {
    this.endpoints.delete(worker);
    const waitsFor = new Set(
      [...this.told].filter(([, sockets]) => sockets.has(endpoint.socket)).map(([front]) => front),
    );
    const done = Promise.withResolvers<Farewell>();
    const parting = { waitsFor, farewell: { requests: [], count: 0 }, done };
    this.partings.set(endpoint.socket, parting);
    this.farewells.set(worker, done.promise);
    this.tellAll();
    this.settle(endpoint.socket, parting);
    return done.promise;
  }

  /** What runs on the worker is answered with this cause, by every front. */
  condemn(worker: Slot, cause: Cause): void {
    const socket = this.sockets.get(worker);
    if (socket === undefined) return;
    for (const front of this.told.keys())
      front.send({ type: "condemn", socket, cause, sparesStreams: false });
  }

  loadOf(pid: number | undefined): Load | undefined {
    const loads = [...this.stats.values()].flatMap(({ workers }) =>
      workers.filter((load) => load.pid === pid),
    );
    if (loads.length === 0) return undefined;
    const oldest = loads.flatMap((load) => load.oldest ?? []).toSorted((a, b) => b.ageMs - a.ageMs)[0];
    return {
      active: sumOf(loads, "active"),
      requests: sumOf(loads, "requests"),
      idleMs: Math.min(...loads.map(({ idleMs }) => idleMs)),
      ...(oldest && { oldest }),
    };
  }

  attach(front: Slot): void {
    this.told.set(front, new Set());
    this.tell(front);
  }

  /** The front has ended: nobody waits for its word. */
  detach(front: Slot): void {
    this.told.delete(front);
    this.stats.delete(front);
    for (const [socket, parting] of this.partings) {
      parting.waitsFor.delete(front);
      this.settle(socket, parting);
    }
  }

  hear(front: Slot, news: News): void {
    if (news.type === "stats") this.stats.set(front, news.stats);
    if (news.type !== "lost") return;
    const parting = this.partings.get(news.socket);
    if (!parting?.waitsFor.delete(front)) return;
    const { farewell } = parting;
    farewell.count += news.count;
    farewell.requests = [...farewell.requests, ...news.requests].toSorted((a, b) => b.ageMs - a.ageMs);
    this.settle(news.socket, parting);
  }

  private settle(socket: string, { waitsFor, farewell, done }: Parting): void {
    if (waitsFor.size > 0) return;
    this.partings.delete(socket);
    done.resolve(farewell);
  }

  private tellAll(): void {
    for (const front of this.told.keys()) this.tell(front);
  }

  private tell(front: Slot): void {
    const { concurrency, fronts } = this.setup;
    const capacity = shareOf(concurrency, fronts, front.number - 1);
    const backends = [...this.endpoints.values()].map((endpoint) => ({ ...endpoint, capacity }));
    this.told.set(front, new Set(backends.map(({ socket }) => socket)));
    front.send({ type: "backends", backends, paused: [] });
  }
}

function sumOf(loads: readonly WorkerLoad[], field: "active" | "requests"): number {
  return loads.reduce((sum, load) => sum + load[field], 0);
}
