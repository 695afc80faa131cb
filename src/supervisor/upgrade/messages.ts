// What two gw tell each other while one takes over from the other. They may be of different versions: each field is looked at by
// read-messages.ts, what is missing is taken as nothing, and words that one does not know are passed over.

import type { Records } from "../../control/records.ts";
import type { Sample } from "../../link/figures.ts";
import type { PublicPlace } from "../../options/groups/places.ts";

/** Of this language. A gw that speaks another one is refused by the one that runs. */
export const UPGRADE_PROTOCOL = 1;

/** What the old gw hands over at the beginning. */
export type Inheritance = {
  version: string;
  pid: number;
  serverRoot: string;
  /** After which that may be called. */
  rootPid: number;
  /** Where the first of them was started, as a path that was given by name may be read from there. */
  cwd?: string;
  /** The number of the new one's first generation. */
  generation: number;
  salt: number;
  statusToken: string;
  /** What its configuration says of where gw listens, in its order and words. */
  asked: string[];
  /** What has come of that, with the descriptors that the new one has. */
  places: PublicPlace[];
  main: number;
  https?: number;
  /** Addresses in hexadecimal digits. */
  guarded: { port: number; addresses: string[] }[];
  /** How many of the descriptors, from 3 on, a service manager has opened. */
  handed: number;
  /** Descriptors of the shared memory of rates, and of the program itself, which is to be closed. */
  rates?: number;
  program: number;
  groups: { name: string; min: number; max: number; wanted: number }[];
};

/** What goes on in the old one until the traffic moves. */
export type Estate = {
  samples: Sample[];
  restarts: Record<string, number>;
  records: Records;
  pauses: { group: string; forMs: number }[];
};

export type FromNew =
  | { type: "hello"; protocol: number; version: string }
  /** It will not take over: what an operator reads of it. */
  | { type: "refused"; message: string; detail?: string }
  /** One of its front ends listens on the ports, or does so no longer; `id` is never used twice. */
  | { type: "bound" | "closed"; id: number }
  /** All that it has started is ready. */
  | { type: "ready"; workers: number }
  | { type: "steered"; id: number; reason?: string }
  /** Its front ends answer, and its workers are there; or why that is not so now. */
  | { type: "proved"; id: number; reason?: string }
  /** It has the server root, and lives on without the old one. */
  | { type: "taken" }
  /** The groups that are paused now: what the old one still has goes by it as well. */
  | { type: "paused"; pauses: Estate["pauses"] }
  /** It is to stop, and the old one with it. */
  | { type: "stop" };

export type FromOld =
  | { type: "inherit"; inheritance: Inheritance }
  | { type: "steer"; id: number; listeners: number[] }
  /** The new one is to show that it serves. */
  | { type: "prove"; id: number }
  /** The new one is to take the server root. */
  | { type: "take"; estate: Estate }
  /** There is no way back: it is the one that counts. */
  | { type: "main" }
  /** The port for metrics is free. */
  | { type: "released" }
  /** No listener of the old one is left; the kernel has those of the new one in this order. */
  | { type: "alone"; order: number[] }
  /** What it has counted, again and again until it ends. */
  | { type: "counted"; samples: Sample[]; restarts: Record<string, number> };
