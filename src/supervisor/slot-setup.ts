// What a slot is made with: all that holds for each of its processes, and the tools that are the same for every slot.
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Role, ToChild } from "../link/messages.ts";
import type { Dress } from "./child-setup.ts";
import type { RestPolicy } from "./policy.ts";
import type { Run } from "./run.ts";
import type { Launch } from "./spawn.ts";

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
