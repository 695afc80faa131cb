// What all sets of front ends of one gw have in common, one set after the other.

import { randomInt } from "node:crypto";
import type { Log } from "../../core/log.ts";
import { LameDuck } from "./lame-duck.ts";
import { RateMemory } from "./rate-memory.ts";
import { Steering } from "./steering.ts";

export type FrontsInCommon = {
  /** Drawn at each start of gw: no client can choose marks that meet on one worker. */
  salt: number;
  steering: Steering;
  lameDuck: LameDuck;
  rateMemory: Pick<RateMemory, "descriptor">;
};

export function newCommon(log: Log): FrontsInCommon {
  return {
    salt: randomInt(2 ** 32),
    steering: new Steering(log),
    lameDuck: new LameDuck(),
    rateMemory: new RateMemory(log),
  };
}
