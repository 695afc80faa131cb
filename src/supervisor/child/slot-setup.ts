// What a slot is made with: all that holds for each of its processes, and the tools that are the same for every slot;
// and what it tells whoever owns it. Types only.
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

export type SlotTools = { clock: Clock; log: Log; random: () => number; launch: Launch };

/** What a child says that is for the owner to understand. */
export type News = Extract<
  FromChild,
  { type: "stats" | "lost" | "leaving" | "modules" | "pressure" | "quiet" | "closed" | "steered" | "cut" }
>;

/** Whoever owns slots; all calls come in turns of their own, after the slot's state has changed. */
export interface OwnerOf<Slot> {
  onReady(slot: Slot, ready: Ready): void;
  onWithdrawn(slot: Slot): void;
  onReport(slot: Slot, report: Report): void;
  /**
   * A process that was ready has ended. Resolves to the time until another may follow; to undefined when it had not served:
   * then it is one more of a row. Nothing where only age counts.
   */
  turnAfter(slot: Slot, run: Run): Promise<number | undefined> | undefined;
  onRest(slot: Slot, rest: Rest): void;
  onNews(slot: Slot, news: News): void;
  onLine(slot: Slot, stream: OutputStream, text: string): void;
  /** It was told to leave, and is empty; here is the last process that it had. */
  onGone(slot: Slot, run: Run | undefined): void;
  /** It has finished what it had; its process may live on for a while. */
  onParted(slot: Slot): void;
}
