// Single requests that somebody may ask about later: those that gw itself has answered, and those that were slow. They are
// kept until the supervisor is told, each second; of many not all are.

import type { Clock } from "../../core/clock.ts";
import type { Cause } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { MOST_NOTABLE, type RefusedTold, type SlowTold } from "../../link/requests/requests.ts";
import { toldPath } from "../visit/target-parts.ts";
import type { Visit } from "../visit/visit.ts";
import type { Unread } from "./access-entry.ts";
import { pathOfTarget, readAskedLine } from "./asked-line.ts";
import { activeOf, type InFlight, isOnWorker, timesOf } from "./in-flight.ts";
import type { LineRates } from "./line-rates.ts";

/** In a second: one cause that comes by the thousand leaves room for the others. */
const MOST_OF_A_CAUSE = 32;
/** Lines of the log about slow requests in ten seconds. */
const LINES_OF_SLOW = 100;
const WHY_LENGTH = 200;

export type NotablesOptions = {
  clock: Clock;
  log: Log;
  rates: LineRates;
  inFlight: InFlight;
  /** Of each group; 0 for none. */
  slowMs: ReadonlyMap<string, number>;
};

export class Notables {
  readonly #options: NotablesOptions;
  readonly #looksForSlow: boolean;
  #refused: (Omit<RefusedTold, "agoMs"> & { at: number })[] = [];
  readonly #counts = new Map<Cause, number>();
  readonly #slow = new Map<string, SlowTold>();

  constructor(options: NotablesOptions) {
    this.#options = options;
    this.#looksForSlow = [...options.slowMs.values()].some((ms) => ms > 0);
  }

  /** Its answer is gw's own, or was cut: with status 0. */
  noteRefused(visit: Visit, cause: Cause, status: number, why: string | undefined): void {
    if (!this.#hasRoomFor(cause)) return;
    const at = this.#options.clock.now();
    const { phase: _, ...known } = activeOf(visit, at);
    this.#refused.push({ ...known, cause, status, at, ...(why && { why: why.slice(0, WHY_LENGTH) }) });
  }

  /** What was no request has no path, unless its first line names one. */
  noteUnread({ id, cause, status, address: client, line, why }: Unread): void {
    if (!this.#hasRoomFor(cause)) return;
    const { method = "", target = "" } = readAskedLine(line) ?? {};
    const known = { id, method: method.slice(0, 32), path: toldPath(pathOfTarget(target)), ageMs: 0 };
    this.#refused.push({
      ...known,
      client,
      group: "",
      worker: 0,
      cause,
      status,
      at: this.#options.clock.now(),
      ...(why && { why: why.slice(0, WHY_LENGTH) }),
    });
  }

  /** A request is over. */
  observe(visit: Visit, now: number): void {
    if (!this.#looksForSlow) return;
    const limit = this.#limitOf(visit);
    const tookMs = (visit.headAt || now) - visit.arrivedAt;
    if (limit === 0 || (!visit.isSlow && tookMs < limit)) return;
    const told = this.#slowOf(visit, now, true, () => this.#others(visit));
    this.#keep(told);
    if (this.#options.rates.allows({ cause: "slow_request", most: LINES_OF_SLOW }))
      this.#options.log.info("a slow request is over", inLog(told, visit));
  }

  /** To be called now and then: which of those under way have become slow? */
  look(now: number): void {
    if (!this.#looksForSlow) return;
    let counts: ReadonlyMap<number, number> | undefined;
    for (const visit of this.#options.inFlight) {
      const limit = this.#limitOf(visit);
      if (limit === 0 || visit.isSlow || visit.isOver || visit.headAt > 0) continue;
      if (now - visit.arrivedAt < limit) continue;
      visit.isSlow = true;
      counts ??= this.#options.inFlight.countByWorker();
      const onWorker = counts.get(visit.slot) ?? 0;
      const told = this.#slowOf(visit, now, false, () => onWorker - (isOnWorker(visit) ? 1 : 0));
      this.#keep(told);
      if (this.#options.rates.allows({ cause: "slow_request", most: LINES_OF_SLOW }))
        this.#options.log.warn("a request is slow", inLog(told, visit));
    }
  }

  /** What has come since the last time; undefined for nothing. */
  take(): { refused: RefusedTold[]; slow: SlowTold[] } | undefined {
    if (this.#refused.length + this.#slow.size === 0) return undefined;
    const now = this.#options.clock.now();
    const refused = this.#refused.map(({ at, ...told }) => ({ ...told, agoMs: Math.round(now - at) }));
    const slow = [...this.#slow.values()];
    this.#refused = [];
    this.#counts.clear();
    this.#slow.clear();
    return { refused, slow };
  }

  #hasRoomFor(cause: Cause): boolean {
    const count = this.#counts.get(cause) ?? 0;
    if (count >= MOST_OF_A_CAUSE || this.#refused.length >= MOST_NOTABLE) return false;
    this.#counts.set(cause, count + 1);
    return true;
  }

  #limitOf({ group }: Visit): number {
    return this.#options.slowMs.get(group) ?? 0;
  }

  #others(visit: Visit): number {
    let count = 0;
    for (const other of this.#options.inFlight)
      if (other !== visit && other.slot === visit.slot && isOnWorker(other)) count++;
    return count;
  }

  /** The end of one that was told already finds room by taking its place. */
  #keep(told: SlowTold): void {
    if (this.#slow.size < MOST_NOTABLE || this.#slow.has(told.id)) this.#slow.set(told.id, told);
  }

  #slowOf(visit: Visit, now: number, isOver: boolean, others: () => number): SlowTold {
    const cause = visit.cause ?? (visit.ending?.kind === "client gone" ? "client_gone" : undefined);
    return {
      ...activeOf(visit, now),
      times: timesOf(visit, now),
      isOver,
      status: visit.status,
      ...(cause && { cause }),
      others: visit.slot === 0 ? 0 : others(),
    };
  }
}

function inLog(told: SlowTold, { trace }: Visit) {
  const { id, method, path, client, group, worker, phase, ageMs, times, others, status, cause, isOver } =
    told;
  return {
    id,
    method,
    path,
    client,
    group: group || undefined,
    worker: worker || undefined,
    phase: isOver ? undefined : phase,
    status: status || undefined,
    cause,
    trace: trace?.traceId,
    afterMs: ageMs,
    receiveMs: times.receive,
    queueMs: times.queue ?? undefined,
    appMs: times.app ?? undefined,
    bodyMs: times.body ?? undefined,
    others,
  };
}
