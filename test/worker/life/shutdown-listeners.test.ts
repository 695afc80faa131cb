// The program's listeners for the signals that end programs, on a stand-in for `process`.
import { describe, expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import { ShutdownListeners } from "../../../src/worker/life/shutdown-listeners.ts";

class FakeProgram extends EventEmitter {
  readonly pid = 4711;
  readonly sent: [number, string | number | undefined][] = [];
  kill(pid: number, signal?: string | number): true {
    this.sent.push([pid, signal]);
    return true;
  }
}

/** With handlers of gw's own for a signal and for two other events. */
function setUp() {
  const program = new FakeProgram();
  const heard: string[] = [];
  for (const event of ["SIGTERM", "exit", "message"]) program.on(event, () => heard.push(`gw ${event}`));
  // What the kernel does.
  const deliver = EventEmitter.prototype.emit.bind(program);
  let ends = 0;
  const listeners = new ShutdownListeners({ program, onEnd: () => ends++ });
  const note = (name: string) => () => void heard.push(name);
  return { program, heard, deliver, listeners, note, ends: () => ends };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const nothing = () => {};

describe("shutdown listeners", () => {
  test("a signal reaches gw and not the program, which is called when gw says so, and once", () => {
    const { program, heard, deliver, listeners, note } = setUp();
    program.on("SIGTERM", note("first"));
    program.once("SIGTERM", note("once"));
    program.prependListener("SIGTERM", note("before"));
    program.on("SIGINT", note("int"));
    deliver("SIGTERM", "SIGTERM", 15);
    deliver("SIGINT", "SIGINT", 2);
    expect(heard).toEqual(["gw SIGTERM"]);
    expect(listeners.begin(nothing)).toBe(true);
    expect(heard).toEqual(["gw SIGTERM", "before", "first", "once"]);
    expect([listeners.begin(nothing), program.listenerCount("SIGTERM")]).toEqual([false, 2]);
    deliver("SIGTERM", "SIGTERM", 15);
    expect(heard.slice(4)).toEqual(["gw SIGTERM"]);
  });

  test("they get what listeners get: the program as this, the name and the number", () => {
    const { program, listeners } = setUp();
    const seen: unknown[] = [];
    const see = function (this: unknown, ...args: unknown[]) {
      seen.push(this === program, ...args);
    };
    program.once("SIGTERM", see);
    listeners.begin(nothing);
    expect(seen).toEqual([true, "SIGTERM", 15]);
  });

  test("those for SIGINT count where there are none for SIGTERM; without any there is nothing to begin", () => {
    const one = setUp();
    one.program.on("SIGINT", one.note("int"));
    expect([one.listeners.begin(nothing), one.heard]).toEqual([true, ["int"]]);
    expect(setUp().listeners.begin(nothing)).toBe(false);
  });

  test("the program sees its own listeners and no others, and cannot take away gw's", () => {
    const { program, heard, deliver } = setUp();
    const mine = () => {};
    program.on("exit", mine).on("SIGTERM", mine).on("SIGTERM", mine).on("other", mine);
    expect(program.listeners("exit")).toEqual([mine]);
    expect(program.rawListeners("SIGTERM")).toEqual([mine, mine]);
    expect([program.listenerCount("SIGTERM"), program.listenerCount("message")]).toEqual([2, 0]);
    expect(program.eventNames()).toEqual(["exit", "other", "SIGTERM"]);
    expect(program.off("SIGTERM", mine).listenerCount("SIGTERM")).toBe(1);
    program.removeAllListeners("message").removeAllListeners();
    expect(program.eventNames()).toEqual([]);
    for (const event of ["SIGTERM", "exit", "message"]) deliver(event);
    expect(heard).toEqual(["gw SIGTERM", "gw exit", "gw message"]);
  });

  test("a program that emits its own signal calls its own listeners", () => {
    const { program, heard, note } = setUp();
    expect(program.emit("SIGTERM")).toBe(false);
    program.on("SIGTERM", note("mine"));
    expect([program.emit("SIGTERM", "SIGTERM"), heard]).toEqual([true, ["mine"]]);
  });

  test("that it is at its end, the program hears from gw and not from the runtime", () => {
    const { program, heard, deliver, listeners, note } = setUp();
    const codes: unknown[] = [];
    program.once("beforeExit", note("once"));
    program.on("beforeExit", (code) => codes.push(code));
    deliver("beforeExit", 0);
    expect([heard, codes, program.listenerCount("beforeExit")]).toEqual([[], [], 2]);
    listeners.beforeExit(3);
    listeners.beforeExit(4);
    expect([heard, codes]).toEqual([["once"], [3, 4]]);
    program.kill(4711, "beforeExit");
    expect(program.sent).toEqual([[4711, "beforeExit"]]);
  });

  test("sent to itself while it serves, a signal is a wish to leave; other signals and processes are its own affair", () => {
    const { program } = setUp();
    program.kill(4711, "SIGINT");
    program.kill(4711);
    program.kill(4711, 15);
    program.kill(4711, "SIGUSR2");
    program.kill(1, "SIGTERM");
    program.kill(4711, 0);
    expect(program.sent).toEqual([
      [4711, "SIGTERM"],
      [4711, "SIGTERM"],
      [4711, "SIGTERM"],
      [4711, "SIGUSR2"],
      [1, "SIGTERM"],
      [4711, 0],
    ]);
  });

  test("sent to itself at the end, it calls the listeners that are left, and ends the program without any", async () => {
    const { program, heard, listeners, note, ends } = setUp();
    program.once("SIGTERM", note("once"));
    program.on("SIGTERM", note("always"));
    listeners.begin(nothing);
    program.kill(4711, "SIGTERM");
    expect(heard).toEqual(["once", "always"]);
    await turn();
    expect([heard, ends()]).toEqual([["once", "always", "always"], 0]);
    program.removeAllListeners("SIGTERM");
    program.kill(4711, "SIGTERM");
    await turn();
    expect([ends(), program.sent]).toEqual([1, []]);
  });

  test("it is told when all that the listeners have promised is done", async () => {
    const { program, listeners } = setUp();
    const flushed = Promise.withResolvers<void>();
    program.on("SIGTERM", () => {});
    program.on("SIGTERM", () => flushed.promise);
    let isDone = false;
    listeners.begin(() => {
      isDone = true;
    });
    await turn();
    expect(isDone).toBe(false);
    flushed.resolve();
    await turn();
    expect(isDone).toBe(true);
  });
});
