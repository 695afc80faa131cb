// gw stack, over a place that is real and a process that is not.
import { expect, test } from "bun:test";
import { readStack } from "../../../src/supervisor/commands/read-stack.ts";
import { STACK_MS } from "../../../src/supervisor/questions/stack-reader.ts";
import { failureOf, makePool, settle } from "../../support/fake-pool.ts";

const MARK = "0123456789abcdef0123456789abcdef";

async function makeWorker() {
  const { pool, workers, clock } = await makePool({ processes: { min: 1, max: 1 } });
  const [place] = pool.crew.places;
  const [child] = workers();
  if (!place || !child) throw new Error("there is no worker");
  return { slot: place.current, child, clock };
}

test("read stack: the frames of the process that the place has", async () => {
  const { slot, child, clock } = await makeWorker();
  child.say({ type: "traceable", mark: MARK });
  const asked = readStack(slot, clock);
  expect(child.did.at(-1)).toBe("SIGURG");
  for (const frame of ["check (/app.ts:3:5)", ""]) child.print(`${MARK}${frame}`);
  expect(await asked).toEqual({ pid: child.pid, frames: ["check (/app.ts:3:5)"] });
});

test("read stack: a process that cannot tell is not asked", async () => {
  const { slot, child, clock } = await makeWorker();
  const before = [...child.did];
  expect((await failureOf(readStack(slot, clock))).message).toContain("cannot show its stack");
  expect(child.did).toEqual(before);
});

test("read stack: one that does not answer in time is told of", async () => {
  const { slot, child, clock } = await makeWorker();
  child.say({ type: "traceable", mark: MARK });
  const asked = failureOf(readStack(slot, clock));
  for (let i = 0; i < STACK_MS / 250; i++) {
    clock.advance(250);
    await settle();
  }
  expect((await asked).message).toContain("has not answered");
});
