// The memory in which a front counts requests, and the clock by which it does.

import { closeSync } from "node:fs";
import { kernelMicroseconds } from "../../../ffi/process.ts";
import { mapSharedMemory } from "../../../ffi/shared-memory.ts";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { FrontGroup } from "../../link/messages.ts";
import { RATE_MEMORY_BYTES } from "../../link/messages.ts";
import type { RatesSetup } from "../../link/setups.ts";
import { RateTable } from "./rate-table.ts";
import { Rates } from "./rates.ts";

export type OpeningRates = { clock: Clock; log: Log; groups: readonly FrontGroup[] };

export function openRates(setup: RatesSetup, { clock, log, groups }: OpeningRates): Rates {
  const table = new RateTable(openMemory(setup, log));
  const startedUs = clock.now() * 1000;
  const kernel = kernelMicroseconds();
  const offsetUs = (kernel.ok ? Number(kernel.value) : startedUs) - startedUs;
  return new Rates({ groups, setup, table, nowUs: () => Math.floor(clock.now() * 1000 + offsetUs) });
}

function openMemory({ descriptor }: RatesSetup, log: Log): ArrayBuffer {
  if (descriptor === undefined) return new ArrayBuffer(RATE_MEMORY_BYTES);
  const mapped = mapSharedMemory(descriptor, RATE_MEMORY_BYTES);
  closeSync(descriptor);
  if (mapped.ok) return mapped.value;
  log.error("this front end counts requests for itself", { why: mapped.reason });
  return new ArrayBuffer(RATE_MEMORY_BYTES);
}
