import { expect, test } from "bun:test";
import { closeSync, ftruncateSync } from "node:fs";
import { makeSharedMemory, mapSharedMemory } from "../../ffi/shared-memory.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";

const BYTES = 65_536;

testWith(ON_LINUX)("shared memory: two maps of one descriptor are the same bytes, zeros at first", () => {
  const made = makeSharedMemory("gw-test", BYTES);
  if (!made.ok) throw new Error(made.reason);
  const [one, other] = [mapSharedMemory(made.value, BYTES), mapSharedMemory(made.value, BYTES)];
  closeSync(made.value);
  if (!one.ok || !other.ok) throw new Error("nothing was mapped");
  const [here, there] = [new BigInt64Array(one.value), new BigInt64Array(other.value)];
  expect([here.length * 8, here.every((word) => word === 0n)]).toEqual([BYTES, true]);
  Atomics.store(here, 7, 5n);
  expect(there[7]).toBe(5n);
});

testWith(ON_LINUX)("shared memory: nobody can change its size", () => {
  const made = makeSharedMemory("gw-test", BYTES);
  if (!made.ok) throw new Error(made.reason);
  expect(() => ftruncateSync(made.value, 1)).toThrow("EPERM");
  expect(() => ftruncateSync(made.value, 2 * BYTES)).toThrow("EPERM");
  closeSync(made.value);
});

test("shared memory: what is no such descriptor is not mapped", () => {
  expect(mapSharedMemory(-1, BYTES)).toMatchObject({ ok: false });
});
