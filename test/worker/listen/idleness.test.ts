import { expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import { noteIdleness } from "../../../src/worker/listen/idleness.ts";

test("idleness: the end is told when nobody brings the process something to do", async () => {
  const program = new EventEmitter();
  const told: number[] = [];
  const { idle, whenIdle } = noteIdleness(program, (code) => told.push(code));
  let isIdle = false;
  void idle.then(() => (isIdle = true));
  const seems = async (code: number) => {
    program.emit("beforeExit", code);
    await idle;
  };
  let calls = 0;
  let livesOn = true;
  const first = whenIdle(() => {
    calls++;
    return livesOn;
  });
  whenIdle(() => false);
  program.emit("beforeExit", 0);
  await Promise.resolve();
  expect([calls, told, isIdle]).toEqual([1, [], false]);
  livesOn = false;
  await seems(3);
  expect([calls, told, isIdle]).toEqual([2, [3], true]);
  first.cancel();
  await seems(4);
  expect([calls, told]).toEqual([2, [3, 4]]);
});
