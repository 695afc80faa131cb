// What a process is told that is to become another program. Types only.

import type { IdentitySetup, LimitSetup } from "../setups.ts";

/** What a process may reach, and whatever it starts. Paths as gw calls them, absolute and without symbolic links. */
export type ConfinementSetup = {
  /** May be read and executed, with all below; and what may be changed as well. */
  readable: string[];
  writable: string[];
  /** Directories in which it makes the sockets by which gw reaches it. */
  sockets: string[];
  /** TCP ports; absent for any. */
  listenPorts?: number[];
  connectPorts?: number[];
};

/**
 * What a process does first that is to become another program: it takes on what needs the rights of whoever started gw and that
 * other program might have no words for, or what holds for all threads only from the start of a program on. `command`: what it
 * then becomes; absent for gw's own program in its role, which takes on limits and identity by itself.
 */
export type LaunchSetup = {
  role: "worker" | "auth";
  command?: [string, ...string[]];
  home: string;
  confinement?: ConfinementSetup;
  limits: Pick<LimitSetup, "cpuPriority" | "openFiles" | "stackBytes" | "isBestEffort">;
  identity: IdentitySetup;
};
