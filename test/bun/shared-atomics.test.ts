// Whether atomics on memory that two processes have mapped are atomic between them: what counts requests for all front ends.
import { expect, setDefaultTimeout } from "bun:test";
import { closeSync } from "node:fs";
import { join } from "node:path";
import { makeSharedMemory, mapSharedMemory } from "../../ffi/shared-memory.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";

setDefaultTimeout(60_000);

const BYTES = 4096;
const TIMES = 100_000;
const MEMORY = join(import.meta.dir, "../../ffi/shared-memory.ts");
const COUNTER = `
  const { mapSharedMemory } = await import(${JSON.stringify(MEMORY)});
  const words = new BigInt64Array(mapSharedMemory(3, ${BYTES}).value);
  Atomics.add(words, 1, 1n);
  while (Atomics.load(words, 1) < 2n);
  for (let times = 0; times < ${TIMES}; times++) {
    for (;;) {
      const before = Atomics.load(words, 0);
      if (Atomics.compareExchange(words, 0, before, before + 1n) === before) break;
    }
  }`;

testWith(ON_LINUX)("two processes that count on one word at once lose no count", async () => {
  const made = makeSharedMemory("gw-test", BYTES);
  if (!made.ok) throw new Error(made.reason);
  const counters = [1, 2].map(() =>
    Bun.spawn([process.execPath, "-e", COUNTER], { stdio: ["ignore", "inherit", "inherit", made.value] }),
  );
  expect(await Promise.all(counters.map(({ exited }) => exited))).toEqual([0, 0]);
  const mapped = mapSharedMemory(made.value, BYTES);
  closeSync(made.value);
  expect(mapped.ok && new BigInt64Array(mapped.value)[0]).toBe(BigInt(2 * TIMES));
});
