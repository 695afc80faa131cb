import { expect, test } from "bun:test";
import { Caller } from "../../src/control/caller.ts";
import type { ControlRequest } from "../../src/control/commands.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** A socket that takes as many bytes as it is told to. */
function makeCaller(takes = Number.POSITIVE_INFINITY) {
  const clock = new FakeClock();
  const wire = {
    takes,
    text: "",
    isOpen: true,
    write(bytes: Uint8Array) {
      const taken = Math.min(bytes.length, wire.takes);
      wire.takes -= taken;
      wire.text += new TextDecoder().decode(bytes.subarray(0, taken));
      return taken;
    },
    terminate() {
      wire.isOpen = false;
    },
  };
  const requests: ControlRequest[] = [];
  const caller = new Caller(wire, clock, (request) => requests.push(request));
  const say = (text: string) => caller.received(new TextEncoder().encode(text));
  const replies = () =>
    wire.text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  return { clock, wire, caller, requests, say, replies };
}

const gap = (count: number) => `${count} left out`;

test("caller: a question in pieces is one question, and the next line is nobody's", () => {
  const { say, requests, caller, replies, wire } = makeCaller();
  say('{"comm');
  say('and":"ping"}\n{"command":"stop"}\n');
  say('{"command":"stop"}\n');
  expect(requests).toEqual([{ command: "ping", arguments: {} }]);
  caller.accept("1.2.3", 7);
  caller.done({ a: 1 });
  expect(replies()).toEqual([
    { type: "accepted", version: "1.2.3", pid: 7 },
    { type: "done", result: { a: 1 } },
  ]);
  expect(wire.isOpen).toBe(false);
});

test("caller: a bad question gets an error and the end", () => {
  const { say, requests, replies, wire } = makeCaller();
  say("?\n");
  expect(requests).toEqual([]);
  expect(replies()).toMatchObject([{ type: "error", cause: "usage" }]);
  expect(wire.isOpen).toBe(false);
});

test("caller: a question without end is refused as soon as it is too long", () => {
  const { say, replies, wire } = makeCaller();
  say("x".repeat(4097));
  expect(replies()).toMatchObject([{ type: "error", message: "A request has at most 4096 characters" }]);
  expect(wire.isOpen).toBe(false);
});

test("caller: one who asks nothing is cut after ten seconds, one who waits for an answer is not", () => {
  const silent = makeCaller();
  silent.clock.advance(9_999);
  expect(silent.wire.isOpen).toBe(true);
  silent.clock.advance(1);
  expect(silent.wire.isOpen).toBe(false);
  const patient = makeCaller();
  patient.say('{"command":"restart"}\n');
  patient.clock.advance(3_600_000);
  expect(patient.wire.isOpen).toBe(true);
});

test("caller: one who does not take the last line is cut after ten seconds", () => {
  const { say, caller, clock, wire } = makeCaller(0);
  say('{"command":"ping"}\n');
  caller.done({});
  clock.advance(9_999);
  expect(wire.isOpen).toBe(true);
  clock.advance(1);
  expect(wire.isOpen).toBe(false);
});

test("caller: items for one who never reads are bounded, and the gap is told when he reads again", () => {
  const { say, caller, wire, replies } = makeCaller(0);
  say('{"command":"logs"}\n');
  const item = "x".repeat(1_000);
  for (let i = 0; i < 5_000; i++) caller.item(item, gap);
  wire.takes = Number.POSITIVE_INFINITY;
  caller.drained();
  const before = replies().length;
  expect(wire.text.length).toBeLessThan(1024 * 1024 + 2_000);
  caller.item("news", gap);
  expect(replies().slice(before)).toEqual([
    { type: "item", item: `${5_000 - before} left out` },
    { type: "item", item: "news" },
  ]);
});

test("caller: bytes leave in order, whatever the socket takes at a time", () => {
  const { say, caller, wire, replies } = makeCaller(0);
  say('{"command":"logs"}\n');
  for (let i = 0; i < 20; i++) caller.item(i, gap);
  caller.done({ at: "end" });
  while (wire.isOpen) {
    wire.takes = 7;
    caller.drained();
  }
  expect(replies().map(({ item, result }) => item ?? result)).toEqual([...Array(20).keys(), { at: "end" }]);
});

test("caller: one who waits for the end of the process gets the last line and keeps the connection", () => {
  const { say, caller, clock, wire, replies } = makeCaller();
  say('{"command":"stop"}\n');
  caller.done({}, { staysOpen: true });
  clock.advance(60_000);
  expect(replies()).toEqual([{ type: "done", result: {} }]);
  expect(wire.isOpen).toBe(true);
});

test("caller: nothing is said after the last line, or to one who has gone", () => {
  const { say, caller, replies } = makeCaller();
  say('{"command":"logs"}\n');
  caller.done({});
  caller.item("late", gap);
  caller.done({ again: true });
  caller.closed();
  caller.item("later", gap);
  expect(replies()).toEqual([{ type: "done", result: {} }]);
});

test("caller: whoever waits for its going or for its last line hears of both once, also afterwards", () => {
  const { caller } = makeCaller(0);
  const heard: string[] = [];
  caller.onGone(() => heard.push("gone"));
  caller.onTold(() => heard.push("told"));
  caller.closed();
  caller.onGone(() => heard.push("gone already"));
  caller.onTold(() => heard.push("told already"));
  expect(heard).toEqual(["told", "gone", "gone already", "told already"]);
});
