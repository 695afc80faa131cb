// What the workers of a group are made of, and who hears of them. Types only.
import type { Environment } from "../../core/environment.ts";
import type { GwError } from "../../core/errors.ts";
import type { WorkerGroup } from "../../options/resolve/resolve.ts";
import type { Pins } from "../child/pins.ts";
import type { News } from "../child/slot.ts";
import type { PlaceNumbers } from "../crew/place-numbers.ts";
import type { WorkerSockets } from "../root/worker-sockets.ts";
import type { Traffic } from "../traffic/traffic.ts";

export type PoolSetup = {
  group: WorkerGroup;
  /** Where the group's files really are. */
  pins: Pins;
  generation: number;
  /** Wall time at which that was made. */
  beganAtMs: number;
  /** Workers to begin with. */
  count: number;
  numbers: PlaceNumbers;
  port: number;
  sockets: WorkerSockets;
  traffic: Traffic;
  /** Environment of gw itself. */
  env: Environment;
  modules: ModulesListener;
  /** A worker that was ready has ended by itself. */
  onEnded(error: GwError): void;
};

/** Who wants to know which files the apps have loaded. */
export interface ModulesListener {
  /** `beganAtMs`: wall time at which that generation was made. */
  hear(generation: number, beganAtMs: number, modules: Extract<News, { type: "modules" }>): void;
}
