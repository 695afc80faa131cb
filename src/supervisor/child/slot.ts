// One child's place: runs the machine against a process, its channel and the one timer, and tells the owner. What to
// do is decided in slot-machine.ts, how long in policy.ts, how to start in spawn.ts; what it means is the owner's.
import type { Timer } from "../../core/clock.ts";
import { GwError, reasonOf } from "../../core/errors.ts";
import type { FromChild, Step, ToChild } from "../../link/messages.ts";
import { readMessage } from "../../link/read-message.ts";
import { tellLastFailure, tellLate } from "./last-words.ts";
import { lengthOf, type Rest, restAfterDeath, restAfterService } from "./policy.ts";
import { awaitedOf, failureOf, mismatch, reportOf } from "./report.ts";
import { beginRun, notePulse, noteStep, noteTrait, type Run, takeLine } from "./run.ts";
import { type Action, type SlotEvent, type SlotState, step } from "./slot-machine.ts";
import type { EmployerOf, OwnerOf, SlotSetup, SlotTools } from "./slot-setup.ts";
import type { ProcessEnding } from "./spawn.ts";
import { hearWish } from "./wish.ts";

export type { News } from "./slot-setup.ts";
export type SlotOwner = OwnerOf<Slot>;
export type Employer = EmployerOf<Slot>;

export class Slot {
  readonly #owner: SlotOwner;
  readonly #employer: Employer;
  readonly #tools: SlotTools;
  state: SlotState = "empty";
  #present: Run | undefined;
  #latest: Run | undefined;
  #drainMs: number;
  #quickDeaths = 0;
  #timer: Timer | undefined;
  readonly #events: SlotEvent[] = [];
  #isFeeding = false;
  #leavers: (() => void)[] = [];
  #parters: (() => void)[] = [];
  #isUrgent = false;

  constructor(
    readonly number: number,
    readonly setup: SlotSetup,
    owner: SlotOwner,
    employer: Employer,
    tools: SlotTools,
  ) {
    this.#owner = owner;
    this.#employer = employer;
    this.#tools = tools;
    this.#drainMs = setup.drainTimeoutMs;
  }

  get pid(): number | undefined {
    return this.#present?.child?.pid;
  }

  /** The present process. */
  get run(): Run | undefined {
    return this.#present;
  }

  start(): void {
    this.#feed("start");
  }

  send(message: ToChild): void {
    this.#present?.child?.send(message);
  }

  /** Lets the child finish what it has (`drain`, within a time) or go soon (`stop`). Resolves when the slot is empty. */
  leave(how: "drain" | "stop", withinMs = this.setup.drainTimeoutMs, isUrgent = false): Promise<void> {
    this.#drainMs = withinMs;
    this.#isUrgent = isUrgent;
    this.#feed(how);
    return this.whenEmpty();
  }

  whenEmpty(): Promise<void> {
    return this.state === "empty" ? Promise.resolve() : new Promise((resolve) => this.#leavers.push(resolve));
  }

  /** Resolves when nothing of any request is left on it: the process, and what its app does last, may outlast that. */
  whenParted(): Promise<void> {
    const isOver = this.state === "empty" || this.state === "parting";
    return isOver ? Promise.resolve() : new Promise((resolve) => this.#parters.push(resolve));
  }

  kill(): void {
    this.#feed("kill");
  }

  /** Events that come up meanwhile wait their turn, so that no action sees a state half changed. */
  #feed(event: SlotEvent): void {
    this.#events.push(event);
    if (this.#isFeeding) return;
    this.#isFeeding = true;
    for (let next = this.#events.shift(); next; next = this.#events.shift()) {
      const from = this.state;
      const cell = step(from, next);
      this.state = cell.to;
      for (const action of cell.actions) this.#tryTo(action, next, from);
    }
    this.#isFeeding = false;
  }

  /** An action that throws must not hold up the events behind it. */
  #tryTo(action: Action, event: SlotEvent, from: SlotState): void {
    try {
      this.#act(action, event, from);
    } catch (error) {
      this.#bug(`${this.setup.name} could not ${action}: ${reasonOf(error)}`);
    }
  }

  #act(action: Action, event: SlotEvent, from: SlotState): void {
    switch (action) {
      case "spawn":
        return this.#spawn();
      case "configure":
        return this.#configure();
      case "announce":
        return this.#announce();
      case "withdraw":
        return this.#employer.onWithdrawn(this);
      case "sendDrain":
        return this.#sendDrain(this.#drainMs);
      case "term":
        return this.#present?.child?.signal("SIGTERM");
      case "kill":
        return this.#killChild(event, from);
      case "rest":
        return this.#rest();
      case "disarm":
        return this.#timer?.cancel();
      case "report":
        return this.#report(event);
      case "parted":
        return this.#parted();
      case "gone":
        return this.#gone();
      case "odd":
        return this.#tools.log.warn(`${this.setup.name} spoke out of turn`, { said: event, state: from });
      case "bug":
        return this.#bug(`${this.setup.name} was ${from} when it got ${event}`);
      default:
        return this.#arm(lengthOf(action, this.setup, this.#drainMs));
    }
  }

  #spawn(): void {
    const { clock, launch, random } = this.#tools;
    const run = beginRun(clock.now(), random());
    this.#present = this.#latest = run;
    try {
      run.child = launch(this.setup, {
        onMessage: (message) => this.#hear(run, message),
        onLine: (stream, line) => {
          const text = takeLine(run, stream, line);
          if (text !== undefined) this.#tools.print(this.setup.name, stream, text, run.child?.pid);
        },
        onExit: (ending) => this.#exited(run, ending),
      });
      this.#feed("spawned");
    } catch (error) {
      this.#exited(run, { code: null, signal: null, reason: reasonOf(error) });
    }
  }

  #exited(run: Run, ending: ProcessEnding): void {
    this.#tools.endOutput?.(run.child?.pid);
    if (run !== this.#present) return;
    run.ending = ending;
    this.#feed("exited");
  }

  #hear(run: Run, raw: unknown): void {
    if (run !== this.#present) return;
    const message = readMessage(raw);
    if (!message) return this.#tools.log.debug(`${this.setup.name} said something unknown`);
    switch (message.type) {
      case "hello":
        return this.#greet(run, message);
      case "step":
        return this.#note(message.step);
      case "ready":
        run.ready ??= message;
        return this.#feed("ready");
      case "failed":
        run.failure = failureOf(message);
        return this.#feed("loadFailed");
      case "awaits":
        run.awaits = awaitedOf(message);
        return;
      case "heartbeat":
        return notePulse(run, message, this.#tools.clock.now());
      case "exits":
      case "traceable":
      case "examined":
        return noteTrait(run, message);
      case "leaving":
        return hearWish(this, message, {
          ...this.#tools,
          drain: (withinMs) => this.#sendDrain(withinMs),
          grant: () => this.#employer.hear(this, message),
        });
      case "log":
        return this.#tools.log.child(this.setup.name)[message.level](message.text, message.fields);
      case "drained":
        return this.#feed("drained");
      case "bye":
        return this.#tools.log.debug(`${this.setup.name} leaves`, { reason: message.reason });
      default:
        return this.#employer.hear(this, message);
    }
  }

  #sendDrain(withinMs: number): void {
    this.send({ type: "drain", withinMs, ...(this.#isUrgent && { isUrgent: true }) });
  }

  #greet(run: Run, hello: Extract<FromChild, { type: "hello" }>): void {
    this.#note("hello");
    run.failure = mismatch(this.setup, hello);
    this.#feed(run.failure ? "loadFailed" : "hello");
  }

  #note(step: Step): void {
    if (this.#present) noteStep(this.#present, step, this.#tools.clock.now());
  }

  #configure(): void {
    this.#note("configure");
    if (this.#present) this.send(this.setup.configure(this.#present));
  }

  #killChild(event: SlotEvent, from: SlotState): void {
    if (event === "deadline") tellLate(this.#tools.log, this.setup, from, this.pid);
    if (this.#present) this.#present.isKilled = true;
    this.#present?.child?.signal("SIGKILL");
  }

  #announce(): void {
    const run = this.#present;
    if (!run?.ready) return;
    this.#note("ready");
    run.readyAtMs = this.#tools.clock.now();
    run.pulse = { ...run.pulse, atMs: run.readyAtMs };
    this.#owner.onReady(this, run.ready);
  }

  #report(event: SlotEvent): void {
    const run = this.#present;
    if (run) this.#owner.onReport(this, reportOf(run, this.setup, event === "exited"));
  }

  #rest(): void {
    const run = this.#present;
    this.#present = undefined;
    const servedMs = run?.readyAtMs === undefined ? 0 : this.#tools.clock.now() - run.readyAtMs;
    const turn = run?.readyAtMs === undefined ? undefined : this.#employer.succession?.turnAfter(this, run);
    if (!turn) return this.#restFor(this.#restInRow(servedMs));
    void turn.then((turnMs) => {
      if (this.state !== "resting" || this.#latest !== run) return;
      this.#restFor(turnMs === undefined ? this.#restInRow(servedMs) : restAfterService(turnMs));
    });
  }

  #restInRow(servedMs: number): Rest {
    return restAfterDeath(this.setup.rests, this.#quickDeaths, servedMs, this.#tools.random());
  }

  #restFor(rest: Rest): void {
    this.#quickDeaths = rest.quickDeaths;
    this.#arm(rest.restMs);
    this.#owner.onRest(this, rest);
  }

  #parted(): void {
    if (this.#present) this.#present.hasParted = true;
    this.#employer.recycling?.onParted(this);
    for (const go of this.#parters.splice(0)) go();
  }

  #gone(): void {
    this.#present = undefined;
    tellLastFailure(this.#tools.log, this.setup.name, this.#latest);
    this.#owner.onGone(this, this.#latest);
    for (const go of this.#parters.splice(0)) go();
    for (const go of this.#leavers.splice(0)) go();
  }

  /** The process is ended; what follows its end puts the slot right. */
  #bug(what: string): void {
    this.#tools.log.error(new GwError("bug", { what }).message);
    this.#present?.child?.signal("SIGKILL");
  }

  #arm(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#tools.clock.after(ms, () => this.#feed("deadline"));
  }
}
