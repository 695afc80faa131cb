// Lets workers go, each for a reason. Usually the successor is started and ready first, one worker of a group at a time;
// one that is a danger, or that leaves by itself, gives its place away at once. In every case it is taken off the
// fronts' list, finishes what it has within a window, and is told to leave when nothing of any client is on it.
import { type Clock, within } from "../../core/clock.ts";
import type { Cause } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { REASONS, type Reason } from "../../core/reasons.ts";
import type { LeaveReason } from "../../link/messages.ts";
import type { Settings } from "../../options/declare/table.ts";
import type { Run } from "../child/run.ts";
import type { Slot } from "../child/slot.ts";
import type { RecyclerOf } from "../child/slot-setup.ts";
import type { Traffic } from "../traffic/traffic.ts";
import { addStack, type Ledger, type Limits, type ReplacementOrder, whoIs } from "./ledger.ts";
import type { Place } from "./place.ts";

type PlannedReplacement = { place: Place; slot: Slot; run: Run; order: ReplacementOrder; windowMs: number };

export type RecyclingTools = { clock: Clock; log: Log; traffic: Traffic; ledger: Ledger; limits?: Limits };

/** How long requests have to be answered; and answers that have begun, and WebSockets, to end. */
export type ReplacementWindows = { requestsMs: number; streamsMs: number };

/** A worker wants to leave: what has come to it. */
const WHY_LEAVING: Record<LeaveReason, string> = {
  shutdown_signal: "SIGTERM was sent to it",
  eviction_signal: "SIGUSR1 was sent to it",
  cpu_time_limit: "SIGXCPU came: its processor time is used up",
};

/** How long what runs on a worker may take that leaves with its generation. The end of gw waits no longer for streams. */
export function leavingWindows(
  { gracefulTimeout: requestsMs, streamDrainTimeout }: Settings,
  isEnd = false,
): ReplacementWindows {
  return { requestsMs, streamsMs: isEnd ? requestsMs : Math.max(requestsMs, streamDrainTimeout) };
}

/** How long what runs on a worker may take that is replaced for this reason. */
export function windowFor(
  reason: Reason,
  { evictionTimeout, gracefulTimeout, shutdownTimeout }: Settings,
): number {
  if (reason === "shutdown_signal") return shutdownTimeout;
  return reason === "eviction_signal" || reason === "graceful_signal" ? evictionTimeout : gracefulTimeout;
}

/** Tells a worker's app, once, that nothing new comes, and how long what there is may take. */
export function sendWithdrawn(slot: Slot, reason: Reason, windows: ReplacementWindows): void {
  const { requestsMs, streamsMs } = windows;
  if (!slot.run || slot.run.isWithdrawn) return;
  slot.run.isWithdrawn = true;
  slot.send({ type: "withdrawn", reason, withinMs: requestsMs, streamsWithinMs: streamsMs });
}

/** How long what runs on a worker that is a danger may take. */
const DANGER_MS = 1_000;
/** How long the fronts may take to answer what a hung worker will not. */
const CONDEMN_MS = 1_000;
/** A worker that was sent SIGTERM leaves by itself soon after this share of the shutdown timeout. */
const CHANCE_SHARE = 0.8;

export class Recycling implements RecyclerOf<Slot> {
  readonly #tools: RecyclingTools;
  readonly #queue: PlannedReplacement[] = [];
  #ongoing: PlannedReplacement | undefined;
  readonly #orders = new Map<Slot, ReplacementOrder>();
  readonly #doomed = new WeakSet<Run>();
  #isClosed = false;
  #isRetiring = false;

  constructor(tools: RecyclingTools) {
    this.#tools = tools;
  }

  /** False: it is to be replaced already. Successor first, when it is this worker's turn. `slot` is the present one, or its successor if that starts already. */
  ask(place: Place, slot: Slot, order: ReplacementOrder, windowMs: number): boolean {
    const { run } = slot;
    const isAsked = this.#ongoing?.slot === slot || this.#queue.some((asked) => asked.slot === slot);
    if (!run || isAsked || this.#orders.has(slot)) return false;
    this.#queue.push({ place, slot, run, order, windowMs });
    this.#next();
    return true;
  }

  /** A signal tells the worker to leave. When gw stops as well, that is part of it: it serves until nobody needs it. */
  grant(place: Place, slot: Slot, reason: LeaveReason, windowMs: number): void {
    if (this.#isClosed) return;
    const order = { reason, why: WHY_LEAVING[reason] };
    const isServing = slot === place.current && slot.state === "ready" && !this.#orders.has(slot);
    if (isServing && reason !== "shutdown_signal") this.ask(place, slot, order, windowMs);
    else if (isServing) this.relieve(place, order, windowMs);
    else if (reason === "shutdown_signal") this.#hurry(slot, windowMs);
  }

  /** It leaves already, and may have had longer. */
  #hurry(slot: Slot, windowMs: number): void {
    const { run } = slot;
    const { clock, traffic } = this.#tools;
    clock.after(windowMs, () => slot.run === run && traffic.condemn(slot, "worker_stopped"));
    if (slot.state === "draining") slot.send({ type: "drain", withinMs: windowMs });
  }

  /** The place is another's from now on; what runs has the window. */
  relieve(place: Place, order: ReplacementOrder, windowMs: number, isUrgent = false): void {
    const old = this.#giveAway(place, order);
    if (old) void this.#retire(old, { requestsMs: windowMs, streamsMs: windowMs }, isUrgent);
  }

  /**
   * The place stays empty: what runs has the windows. Resolves when nothing is left on the process, with the WebSockets
   * that it still had at their end, as the fronts last told.
   */
  async release(place: Place, order: ReplacementOrder, windows: ReplacementWindows): Promise<number> {
    const slot = place.vacate();
    // It was to be replaced, and will not be: those behind it need not wait until it is gone.
    if (this.#ongoing?.place === place) this.#finish();
    if (slot.state === "ready") {
      this.#orders.set(slot, order);
      return this.#retire(slot, windows);
    }
    // Told to finish already, within a time that is running; or not yet of use to anybody.
    if (slot.state !== "draining") void slot.leave("stop");
    await slot.whenParted();
    return 0;
  }

  /** As `relieve`, with a moment instead of a window, without the app's shutdown code, and with SIGKILL at its end. */
  dismiss(place: Place, slot: Slot, order: ReplacementOrder): void {
    const { run } = slot;
    if (!run || this.#doomed.has(run)) return;
    this.#doomed.add(run);
    this.#tools.clock.after(DANGER_MS, () => void this.#execute(slot, run, "worker_stopped"));
    if (slot === place.current) this.relieve(place, order, DANGER_MS, true);
  }

  /** For a worker that hears nobody: its clients are answered by the fronts, then it is killed. */
  async kill(place: Place, slot: Slot, order: ReplacementOrder): Promise<void> {
    const { run } = slot;
    if (!run || this.#doomed.has(run)) return;
    this.#doomed.add(run);
    if (slot === place.current) this.#giveAway(place, order);
    // Its last chance to say where it hangs.
    await this.#execute(slot, run, "deadlock_timeout", addStack(order, run, this.#tools.clock));
  }

  /** `lastWords`: what is waited for as well. */
  async #execute(slot: Slot, run: Run, cause: Cause, lastWords?: Promise<void>): Promise<void> {
    if (slot.run !== run) return;
    await Promise.all([this.#condemn(slot, cause), lastWords]);
    if (slot.run === run) slot.kill();
  }

  /** Whatever ends a worker with requests on it: its clients are told the truth before their connections break off. */
  async #condemn(slot: Slot, cause: Cause): Promise<void> {
    const { traffic } = this.#tools;
    traffic.condemn(slot, cause);
    await this.#within(CONDEMN_MS, traffic.dismiss(slot));
  }

  /** The worker of a place is ready, and the one before it may go. */
  onSucceeded(old: Slot): void {
    if (this.#ongoing?.slot !== old) return;
    this.#orders.set(old, this.#ongoing.order);
    const { windowMs } = this.#ongoing;
    void this.#retire(old, { requestsMs: windowMs, streamsMs: windowMs });
  }

  /** What its app does last holds nobody up. */
  onParted(slot: Slot): void {
    if (this.#ongoing?.slot === slot) this.#finish();
  }

  /** It ended before its turn came, or while its successor was being started. */
  onEnded(slot: Slot): void {
    if (this.#ongoing?.slot === slot) this.#finish();
  }

  onGone(slot: Slot, run: Run | undefined): void {
    const order = this.#orders.get(slot);
    this.#orders.delete(slot);
    const { traffic, ledger } = this.#tools;
    if (order && run?.ending && !this.#isClosed)
      void ledger.note({
        ...whoIs(slot),
        run,
        ending: run.ending,
        order,
        limits: this.#tools.limits,
        farewell: traffic.dismiss(slot),
      });
    if (this.#ongoing?.slot === slot) this.#finish();
  }

  /** Another generation has taken over: nothing more is replaced, but each end is still written down. */
  stopReplacing(): void {
    this.#queue.length = 0;
    this.#ongoing = undefined;
    this.#isRetiring = true;
  }

  /** All workers are to leave: nothing more is replaced. */
  close(): void {
    this.#isClosed = true;
    this.#queue.length = 0;
  }

  #finish(): void {
    this.#ongoing = undefined;
    this.#next();
  }

  #next(): void {
    while (!this.#ongoing && !this.#isClosed && !this.#isRetiring) {
      const asked = this.#queue.shift();
      if (!asked) return;
      const { place, slot, run, order } = asked;
      // It may have ended meanwhile, and another process serve in its place; or the place is to stay empty.
      const isThere = place.isWanted && place.current === slot && slot.run === run;
      if (!isThere || slot.state !== "ready") continue;
      this.#ongoing = asked;
      this.#tools.log.info(`${slot.setup.name} gets a successor`, { pid: slot.pid, why: order.why });
      place.renew(this.#restFor(place, run, order));
    }
  }

  #giveAway(place: Place, order: ReplacementOrder): Slot | undefined {
    const { current: slot } = place;
    const { run } = slot;
    if (!run || this.#isClosed || this.#isRetiring || this.#orders.has(slot)) return undefined;
    this.#tools.log.info(`${slot.setup.name} is relieved`, { pid: slot.pid, why: order.why });
    this.#orders.set(slot, order);
    return place.relieve(this.#restFor(place, run, order));
  }

  /** A process that comes to its limit before it was of use would do so again at once. */
  #restFor(place: Place, run: Run, { reason }: ReplacementOrder): number {
    if (!REASONS[reason].mayRepeat) return 0;
    const servedMs = this.#tools.clock.now() - (run.readyAtMs ?? run.spawnedAtMs);
    return place.restBeforeRenewal(servedMs);
  }

  async #retire(slot: Slot, windows: ReplacementWindows, isUrgent = false): Promise<number> {
    const { traffic } = this.#tools;
    const { requestsMs, streamsMs } = windows;
    const quiet = traffic.dismiss(slot);
    sendWithdrawn(slot, this.#orders.get(slot)?.reason ?? "shutdown_signal", windows);
    const isOver =
      !traffic.hasFronts ||
      (await this.#within(requestsMs, quiet)) ||
      (await this.#outlastStreams(slot, streamsMs - requestsMs, quiet)) ||
      (this.#orders.get(slot)?.reason === "shutdown_signal" && (await this.#answer(slot)));
    const { lastAct } = this.#orders.get(slot) ?? {};
    if (lastAct) await lastAct();
    if (isOver) {
      void slot.leave("drain", traffic.hasFronts ? 0 : requestsMs, isUrgent);
      await slot.whenParted();
      return 0;
    }
    const { run, pid } = slot;
    const tunnels = traffic.loadOf(pid)?.tunnels ?? 0;
    // The app's last chance, and before its end the clients' answer.
    const chanceMs = slot.setup.shutdownTimeoutMs * CHANCE_SHARE;
    const chance = this.#tools.clock.after(chanceMs, () => {
      if (slot.run === run) traffic.condemn(slot, "worker_stopped");
    });
    void slot.leave("stop", 0, isUrgent);
    await slot.whenParted();
    chance.cancel();
    return tunnels;
  }

  /** Its window was the last that it gets. */
  async #answer(slot: Slot): Promise<true> {
    await this.#condemn(slot, "worker_stopped");
    return true;
  }

  /** What has no answer by now gets gw's; what has begun may go on. True when that was all in time. */
  async #outlastStreams(slot: Slot, ms: number, quiet: Promise<unknown>): Promise<boolean> {
    if (ms <= 0) return false;
    this.#tools.traffic.condemn(slot, "worker_stopped", true);
    return this.#within(ms, quiet);
  }

  #within(ms: number, done: Promise<unknown>): Promise<boolean> {
    return within(
      this.#tools.clock,
      ms,
      done.then(() => true),
      false,
    );
  }
}
