// What apps start, besides what gw starts: seen once a second while the worker lives, and when that has ended told to leave
// (SIGTERM), then killed. A worker adopts what its own children leave behind (worker/life/orphans), so that daemons are seen too.
import { type Clock, every, pause, type Timer } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { type OperatingSystem, type Process, known as told } from "../../os/operating-system.ts";
import { leftOf, nameAll } from "./kin.ts";

export type ParentSetup = {
  /** As operators read it. */
  name: string;
  /** From SIGTERM to SIGKILL. */
  graceMs: number;
  /** What has a session of its own is left alone. */
  keepsSessions: boolean;
};

type Parent = ParentSetup & { pid: number; known: Map<number, number> };

export type OffspringTools = {
  clock: Clock;
  log: Log;
  /** kill(2), which may throw. */
  kill(pid: number, signal: NodeJS.Signals | 0): void;
  os: Pick<OperatingSystem, "listProcesses" | "findProcess" | "childrenOf">;
};

const LOOK_MS = 1_000;
/** What ends with its worker, because a pipe is closed for example, has done so by then. */
const SETTLE_MS = 50;
const POLL_MS = 50;
/** The system may hold a killed process in a call. */
const REAP_MS = 2_000;
const ROUNDS = 5;
/** An app that starts more is not followed into each of them. */
const MOST_KNOWN = 10_000;

export class Offspring {
  readonly #tools: OffspringTools;
  readonly #parents = new Map<number, Parent>();
  /** Of the runtime as well; their families are nobody's here. */
  readonly #others = new Set<number>();
  readonly #endings = new Set<Promise<void>>();
  #timer: Timer | undefined;
  #isHurried = false;

  constructor(tools: OffspringTools) {
    this.#tools = tools;
  }

  /** Whether the runtime has started it, and is to hear how it ends. */
  isOfRuntime(pid: number): boolean {
    return this.#parents.has(pid) || this.#others.has(pid);
  }

  /** The runtime has started a process that is to outlive gw; `ended`: as the runtime tells of it. */
  leaveToRuntime(pid: number, ended: Promise<unknown>): void {
    this.#others.add(pid);
    const forget = () => void this.#others.delete(pid);
    ended.then(forget, forget);
  }

  /** A child of gw has been started. */
  watch(pid: number, setup: ParentSetup): void {
    this.#parents.set(pid, { ...setup, pid, known: new Map() });
    if (this.#parents.size === 1) this.#timer = every(this.#tools.clock, LOOK_MS, () => this.#noteAll());
  }

  /** It has ended, the runtime knows of it, and what it has left is seen off. */
  bury(pid: number): void {
    const parent = this.#parents.get(pid);
    if (!parent) return;
    this.#parents.delete(pid);
    if (this.#parents.size === 0) this.#timer?.cancel();
    const ending: Promise<void> = this.#seeOff(parent).finally(() => this.#endings.delete(ending));
    this.#endings.add(ending);
  }

  /** What is to be seen before a worker is killed is seen now. */
  lookAt(pid: number): void {
    const parent = this.#parents.get(pid);
    if (parent) this.#note(parent);
  }

  /** Resolves when nothing is left of the workers that have ended so far. */
  async whenGone(): Promise<void> {
    while (this.#endings.size > 0) await Promise.all(this.#endings);
  }

  /** Nobody gets any more time. */
  hurry(): void {
    this.#isHurried = true;
  }

  #noteAll(): void {
    for (const parent of this.#parents.values()) this.#note(parent);
  }

  /** All that is below the worker now; those that have ended are forgotten. */
  #note(parent: Parent): void {
    const { os } = this.#tools;
    const childrenOf = (pid: number) => told(os.childrenOf(pid)) ?? [];
    // What is below one that has just ended is there no more.
    if (this.#look(parent.pid)?.isZombie !== false) return;
    const before = new Map(parent.known);
    parent.known.clear();
    const open = childrenOf(parent.pid);
    for (let pid = open.pop(); pid !== undefined && parent.known.size < MOST_KNOWN; pid = open.pop()) {
      const startedAt = before.get(pid) ?? this.#look(pid)?.startedAt;
      if (startedAt === undefined || parent.known.has(pid)) continue;
      parent.known.set(pid, startedAt);
      open.push(...childrenOf(pid));
    }
  }

  async #seeOff(parent: Parent): Promise<void> {
    const { clock, log } = this.#tools;
    const { name, pid, graceMs } = parent;
    await pause(clock, SETTLE_MS);
    const all = this.#tools.os.listProcesses();
    if (!all.ok) return this.#seeOffGroup(parent);
    const left = this.#find(parent, all.value);
    if (left.length === 0) return;
    for (const one of left) parent.known.set(one.pid, one.startedAt);
    if (!this.#isHurried) {
      log.info(`${name} has left processes behind; they are told to leave`, { pid, left: nameAll(left) });
      this.#signal(left, "SIGTERM");
      await this.#whileAny(left, graceMs, () => this.#isHurried);
    }
    await this.#kill(parent);
  }

  /** Again, as long as one of them has started another one just before. */
  async #kill(parent: Parent): Promise<void> {
    const { name, pid, known } = parent;
    for (let round = 0; round < ROUNDS; round++) {
      const late = this.#find(parent, told(this.#tools.os.listProcesses()) ?? []);
      if (late.length === 0) return;
      for (const one of late) known.set(one.pid, one.startedAt);
      this.#tools.log.warn(`processes that ${name} has left behind were killed`, {
        pid,
        left: nameAll(late),
      });
      this.#signal(late, "SIGKILL");
      await this.#whileAny(late, REAP_MS);
    }
  }

  #find({ pid, known, keepsSessions }: Parent, all: readonly Process[]): Process[] {
    // A parent of today may have the pid of one of yesterday.
    return leftOf(pid, known, all, keepsSessions).filter((one) => !this.#parents.has(one.pid));
  }

  /** Where nobody tells what there is: the group that was made with the worker. */
  async #seeOffGroup({ pid, graceMs }: Parent): Promise<void> {
    const isThere = () => this.#send(-pid, 0);
    if (!isThere()) return;
    this.#send(-pid, "SIGTERM");
    await this.#whilst(isThere, this.#isHurried ? 0 : graceMs, () => this.#isHurried);
    this.#send(-pid, "SIGKILL");
  }

  #signal(processes: readonly Process[], name: NodeJS.Signals): void {
    for (const one of processes) if (this.#isStill(one)) this.#send(one.pid, name);
  }

  #look(pid: number): Process | undefined {
    return told(this.#tools.os.findProcess(pid));
  }

  #isStill({ pid, startedAt }: Process): boolean {
    const now = this.#look(pid);
    return now?.startedAt === startedAt && !now.isZombie;
  }

  #whileAny(processes: readonly Process[], ms: number, isOver?: () => boolean): Promise<void> {
    return this.#whilst(() => processes.some((one) => this.#isStill(one)), ms, isOver);
  }

  async #whilst(isTrue: () => boolean, ms: number, isOver = () => false): Promise<void> {
    const { clock } = this.#tools;
    const endMs = clock.now() + ms;
    while (isTrue() && !isOver() && clock.now() < endMs) await pause(clock, POLL_MS);
  }

  /** False: there is nobody to send it to, or no right to. */
  #send(pid: number, signal: NodeJS.Signals | 0): boolean {
    try {
      this.#tools.kill(pid, signal);
      return true;
    } catch {
      return false;
    }
  }
}
