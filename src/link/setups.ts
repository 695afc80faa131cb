// Parts of what a child is told at its start: what it may use, and who it becomes. Types only.

/** What a worker may use, set before it loads the app. Absent: as gw itself was started. */
export type LimitSetup = {
  memoryBytes?: number;
  virtualMemoryBytes?: number;
  cpuTimeMs?: number;
  /** Nice value. */
  cpuPriority?: number;
  stackBytes?: number;
  openFiles?: number;
  /** A limit that the system refuses is a warning, not the end of the start. */
  isBestEffort: boolean;
};

/** Who a child becomes before it meets foreign code or bytes. Absent: it stays who it is. */
export type IdentitySetup = {
  account?: { name: string; uid: number; gid: number; groups: number[] };
  umask?: number;
  chroot?: string;
};
