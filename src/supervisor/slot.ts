// One child's place: runs the machine against a process, its channel and the one timer, and tells the owner. What to
// do is decided in slot-machine.ts, how long in policy.ts, how to start in spawn.ts; what it means is the owner's.
import type { Clock, Timer } from "../core/clock.ts";
import { GwError, reasonOf } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { VERSION } from "../core/version.ts";
import {
  type FromChild,
  type FrontStats,
  PROTOCOL,
  type Role,
  readMessage,
  type Step,
  type ToChild,
} from "../link/messages.ts";
import { type Rest, type RestPolicy, restAfterDeath } from "./policy.ts";
import { failureOf, type Journey, lostStart } from "./report.ts";
import { beginRun, noteStep, type Ready, type Run } from "./run.ts";
import { type Action, type SlotEvent, type State, step } from "./slot-machine.ts";
import type { Ending, Launch, Stream } from "./spawn.ts";

export type SlotSetup = {
  /** As operators read it: `worker 1`. */
  name: string;
  role: Role;
  cwd: string;
  rests: RestPolicy;
  startupTimeoutMs: number;
  drainTimeoutMs: number;
  shutdownTimeoutMs: number;
  /** What the slot's `serial`th process is told after its hello. */
  configure(serial: number): ToChild;
};

/** Why a process is no longer there: it ended while serving, or its start was lost. */
export type Report = { ending: Ending } | { error: GwError; journey: Journey };

/** Whoever owns slots; all calls come in turns of their own, after the slot's state has changed. */
export interface SlotOwner {
  onReady(slot: Slot, ready: Ready): void;
  onWithdrawn(slot: Slot): void;
  onReport(slot: Slot, report: Report): void;
  onRest(slot: Slot, rest: Rest): void;
  onStats(slot: Slot, stats: FrontStats): void;
  onLine(slot: Slot, stream: Stream, text: string): void;
}

export type SlotTools = { clock: Clock; log: Log; random: () => number; launch: Launch };

/** So much later than the child's own deadline, the supervisor's hand comes. */
const DRAIN_GRACE_MS = 500;
/** A killed process that is still there after this is killed again; the system may hold it in a call. */
const REAP_MS = 2_000;

export class Slot {
  state: State = "empty";
  private run: Run | undefined;
  private serial = 0;
  private quickDeaths = 0;
  private timer: Timer | undefined;
  private readonly events: SlotEvent[] = [];
  private isFeeding = false;
  private leavers: (() => void)[] = [];

  constructor(
    readonly number: number,
    readonly setup: SlotSetup,
    private readonly owner: SlotOwner,
    private readonly tools: SlotTools,
  ) {}

  get pid(): number | undefined {
    return this.run?.child?.pid;
  }

  /** Counts the slot's processes; the present or last one's number. */
  get processSerial(): number {
    return this.serial;
  }

  get lastHeartbeatMs(): number | undefined {
    return this.run?.lastHeartbeatMs;
  }

  start(): void {
    this.feed("start");
  }

  send(message: ToChild): void {
    this.run?.child?.send(message);
  }

  /** Lets the child finish what it has (`drain`), or go as soon as it can (`stop`). Resolves when the slot is empty. */
  leave(how: "drain" | "stop"): Promise<void> {
    this.feed(how);
    return this.state === "empty" ? Promise.resolve() : new Promise((resolve) => this.leavers.push(resolve));
  }

  kill(): void {
    this.feed("kill");
  }

  /** Events that come up while one is handled wait their turn, so that no action sees a state half changed. */
  private feed(event: SlotEvent): void {
    this.events.push(event);
    if (this.isFeeding) return;
    this.isFeeding = true;
    for (let next = this.events.shift(); next; next = this.events.shift()) {
      const from = this.state;
      const cell = step(from, next);
      this.state = cell.to;
      for (const action of cell.actions) this.act(action, next, from);
    }
    this.isFeeding = false;
  }

  private act(action: Action, event: SlotEvent, from: State): void {
    switch (action) {
      case "spawn":
        return this.spawn();
      case "configure":
        return this.configure();
      case "announce":
        return this.announce();
      case "withdraw":
        return this.owner.onWithdrawn(this);
      case "sendDrain":
        return this.send({ type: "drain", withinMs: this.setup.drainTimeoutMs });
      case "term":
        return this.run?.child?.signal("SIGTERM");
      case "kill":
        return this.killChild(event, from);
      case "rest":
        return this.rest();
      case "disarm":
        return this.timer?.cancel();
      case "report":
        return this.report(event);
      case "gone":
        return this.gone();
      case "odd":
        return this.tools.log.warn(`${this.setup.name} spoke out of turn`, { said: event, state: from });
      case "bug":
        return this.bug(event, from);
      default:
        return this.arm(this.lengthOf(action));
    }
  }

  private lengthOf(action: "armStartup" | "armDrain" | "armShutdown" | "armReap"): number {
    if (action === "armStartup") return this.setup.startupTimeoutMs;
    if (action === "armDrain") return this.setup.drainTimeoutMs + DRAIN_GRACE_MS;
    return action === "armShutdown" ? this.setup.shutdownTimeoutMs : REAP_MS;
  }

  private spawn(): void {
    const { clock, launch } = this.tools;
    const run = beginRun(++this.serial, clock.now());
    this.run = run;
    try {
      const { role, cwd } = this.setup;
      run.child = launch(
        { role, cwd },
        {
          onMessage: (message) => this.hear(run, message),
          onLine: (stream, text) => this.owner.onLine(this, stream, text),
          onExit: (ending) => this.exited(run, ending),
        },
      );
      this.feed("spawned");
    } catch (error) {
      this.exited(run, { code: null, signal: null, reason: reasonOf(error) });
    }
  }

  private exited(run: Run, ending: Ending): void {
    if (run !== this.run) return;
    run.ending = ending;
    this.feed("exited");
  }

  private hear(run: Run, raw: unknown): void {
    if (run !== this.run) return;
    const message = readMessage(raw);
    if (!message) return this.tools.log.debug(`${this.setup.name} said something unknown`);
    switch (message.type) {
      case "hello":
        return this.greet(run, message);
      case "step":
        return this.note(message.step);
      case "ready":
        run.ready = message;
        return this.feed("ready");
      case "failed":
        run.failure = failureOf(message);
        return this.feed("loadFailed");
      case "heartbeat":
        run.lastHeartbeatMs = this.tools.clock.now();
        return;
      case "stats":
        return this.owner.onStats(this, message.stats);
      case "log":
        return this.tools.log.child(this.setup.name)[message.level](message.text, message.fields);
      case "drained":
        return this.feed("drained");
      case "bye":
        return this.tools.log.debug(`${this.setup.name} leaves`, { reason: message.reason });
    }
  }

  private greet(run: Run, hello: Extract<FromChild, { type: "hello" }>): void {
    this.note("hello");
    const { name, role } = this.setup;
    if (hello.protocol === PROTOCOL && hello.role === role) return this.feed("hello");
    run.failure = new GwError("child_mismatch", {
      name,
      theirs: `a ${hello.role} of gw ${hello.version} with protocol ${hello.protocol}`,
      ours: `a ${role} of gw ${VERSION} with protocol ${PROTOCOL}`,
    });
    this.feed("loadFailed");
  }

  private note(step: Step): void {
    if (this.run) noteStep(this.run, step, this.tools.clock.now());
  }

  private configure(): void {
    this.note("configure");
    this.send(this.setup.configure(this.serial));
  }

  private killChild(event: SlotEvent, from: State): void {
    if (from === "stopping" && event === "deadline") {
      this.tools.log.warn(`${this.setup.name} did not stop in time and was killed`);
    }
    this.run?.child?.signal("SIGKILL");
  }

  private announce(): void {
    const { run } = this;
    if (!run?.ready) return;
    this.note("ready");
    run.readyAtMs = this.tools.clock.now();
    this.owner.onReady(this, run.ready);
  }

  private report(event: SlotEvent): void {
    const { run } = this;
    if (!run) return;
    if (run.readyAtMs !== undefined && run.ending) return this.owner.onReport(this, { ending: run.ending });
    const error =
      run.failure ?? lostStart(this.setup, run.journey, event === "exited" ? run.ending : undefined);
    this.owner.onReport(this, { error, journey: run.journey });
  }

  private rest(): void {
    const { clock, random } = this.tools;
    const readyAtMs = this.run?.readyAtMs;
    const servedMs = readyAtMs === undefined ? 0 : clock.now() - readyAtMs;
    const rest = restAfterDeath(this.setup.rests, this.quickDeaths, servedMs, random());
    this.quickDeaths = rest.quickDeaths;
    this.run = undefined;
    this.arm(rest.restMs);
    this.owner.onRest(this, rest);
  }

  private gone(): void {
    this.run = undefined;
    for (const go of this.leavers.splice(0)) go();
  }

  private bug(event: SlotEvent, from: State): void {
    const error = new GwError("bug", { what: `${this.setup.name} was ${from} when it got ${event}` });
    this.tools.log.error(error.message);
    this.run?.child?.signal("SIGKILL");
  }

  private arm(ms: number): void {
    this.timer?.cancel();
    this.timer = this.tools.clock.after(ms, () => this.feed("deadline"));
  }
}
