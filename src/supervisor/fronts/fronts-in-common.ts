// What all sets of front ends of one gw have in common, one set after the other.

import { randomInt } from "node:crypto";
import type { Log } from "../../core/log.ts";
import { LameDuck } from "./lame-duck.ts";
import { RateMemory } from "./rate-memory.ts";
import { type Led, Steering } from "./steering.ts";

export type FrontsInCommon = {
  /** Drawn at each start of gw: no client can choose marks that meet on one worker. */
  salt: number;
  steering: Steering;
  lameDuck: LameDuck;
  rateMemory: Pick<RateMemory, "descriptor" | "made">;
};

/** What front ends have in common with those of a gw that this one follows. */
export type CommonBefore = { salt: number; led: Led; rates?: number };

export function newCommon(log: Log, before?: CommonBefore): FrontsInCommon {
  return {
    salt: before?.salt ?? randomInt(2 ** 32),
    steering: new Steering(log, before?.led),
    lameDuck: new LameDuck(),
    rateMemory: new RateMemory(log, before?.rates),
  };
}
