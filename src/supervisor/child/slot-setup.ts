// What a slot is made with: all that holds for each of its processes, and the tools that are the same for every slot;
// and whom it tells what. Types only.
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { FromChild, Role, ToChild } from "../../link/messages.ts";
import type { Dress } from "./child-setup.ts";
import type { Rest, RestPolicy } from "./policy.ts";
import type { Report } from "./report.ts";
import type { Ready, Run } from "./run.ts";
import type { Launch, OutputStream } from "./spawn.ts";

export type SlotSetup = {
  /** As operators read it: `worker 1`. */
  name: string;
  role: Role;
  cwd: string;
  dress: Dress;
  rests: RestPolicy;
  startupTimeoutMs: number;
  drainTimeoutMs: number;
  shutdownTimeoutMs: number;
  /** What a process is told after its hello. */
  configure(run: Run): ToChild;
};

/** `pid`: of the process that has printed the line, where one has. */
export type PrintLine = (who: string, stream: OutputStream, text: string, pid?: number) => void;

export type SlotTools = {
  clock: Clock;
  log: Log;
  random: () => number;
  launch: Launch;
  /** Shows a line of what a process prints. */
  print: PrintLine;
  /** Nothing more comes from that process. */
  endOutput?(pid: number | undefined): void;
};

/** What a child says that is for its employer to understand. */
export type News = Extract<
  FromChild,
  {
    type:
      | "ask"
      | "counted"
      | "act"
      | "stats"
      | "figures"
      | "requests"
      | "notable"
      | "lost"
      | "leaving"
      | "modules"
      | "pressure"
      | "quiet"
      | "closed"
      | "steered"
      | "cut"
      | "spans"
      | "taken";
  }
>;

/** Whoever sees to it that the slot has a process. All calls come after the slot's state has changed. */
export interface OwnerOf<Slot> {
  onReady(slot: Slot, ready: Ready): void;
  onReport(slot: Slot, report: Report): void;
  onRest(slot: Slot, rest: Rest): void;
  /** It was told to leave, and is empty; here is the last process that it had. */
  onGone(slot: Slot, run: Run | undefined): void;
}

/** Whom the process works for. The slot tells it these things itself, past the places and the crew in between. */
export interface EmployerOf<Slot> {
  /** Takes what the process said to what it is about: a row of link/messages.ts each. */
  hear(slot: Slot, news: News): void;
  /** Nothing new may go to it from now on. */
  onWithdrawn(slot: Slot): void;
  /** Who sees to those that leave; nobody where each leaves by itself. */
  readonly recycling?: RecyclerOf<Slot>;
  /** Who says how soon one follows that had served; nobody where only age counts. */
  readonly succession?: SuccessionOf<Slot> | undefined;
}

export interface RecyclerOf<Slot> {
  /** It has finished what it had; its process may live on for a while. */
  onParted(slot: Slot): void;
  /** The new process of a place is ready; this one still serves, and waits to be let go. */
  onSucceeded(old: Slot): void;
}

export interface SuccessionOf<Slot> {
  /**
   * A process that was ready has ended. Resolves to the time until another may follow; to undefined when it had not served:
   * then it is one more of a row.
   */
  turnAfter(slot: Slot, run: Run): Promise<number | undefined>;
}
