// One end of a connection of lines: what leaves in one write, what waits, and what is read.
import { expect, test } from "bun:test";
import { LineWire } from "../../src/link/line-wire.ts";

function open(takes = Number.POSITIVE_INFINITY) {
  const turns: (() => void)[] = [];
  const lines: string[] = [];
  const written: string[] = [];
  const state = { takes, isClosed: false, isTooLong: false };
  const wire = new LineWire({
    limit: 10,
    onLine: (line) => lines.push(line),
    onTooLong: () => {
      state.isTooLong = true;
    },
    afterTurn: (act) => turns.push(act),
  });
  const socket = {
    write(bytes: Uint8Array) {
      const taken = Math.min(bytes.length, state.takes);
      if (taken > 0) written.push(new TextDecoder().decode(bytes.subarray(0, taken)));
      return taken;
    },
    terminate() {
      state.isClosed = true;
    },
  };
  const endTurn = () => {
    for (const act of turns.splice(0)) act();
  };
  return { wire, socket, lines, written, state, endTurn };
}

test("line wire: what is said in one turn leaves in one write", () => {
  const { wire, socket, written, endTurn } = open();
  wire.attach(socket);
  wire.say({ a: 1 });
  wire.say({ b: "ü" });
  expect(written).toEqual([]);
  endTurn();
  expect(written).toEqual(['{"a":1}\n{"b":"ü"}\n']);
});

test("line wire: what is said before there is a connection leaves with it, in its order", () => {
  const { wire, socket, written, endTurn } = open();
  wire.say({ a: 1 });
  endTurn();
  wire.attach(socket);
  expect(written).toEqual(['{"a":1}\n']);
});

test("line wire: what the kernel does not take waits, and nothing passes it", () => {
  const { wire, socket, written, state, endTurn } = open(3);
  wire.attach(socket);
  wire.say({ a: 1 });
  endTurn();
  wire.say({ b: 2 });
  endTurn();
  state.takes = Number.POSITIVE_INFINITY;
  wire.drained();
  expect(written.join("")).toBe('{"a":1}\n{"b":2}\n');
  expect(written.length).toBe(4);
});

test("line wire: lines come in, and one that is too long is told", () => {
  const { wire, lines, state } = open();
  wire.received(new TextEncoder().encode("one\ntw"));
  wire.received(new TextEncoder().encode("o\nthis one is too long\n"));
  expect([lines, state.isTooLong]).toEqual([["one", "two"], true]);
});

test("line wire: after its end nothing is written", () => {
  const { wire, socket, written, state, endTurn } = open();
  wire.attach(socket);
  wire.say({ a: 1 });
  wire.close();
  endTurn();
  expect([written, state.isClosed]).toEqual([[], true]);
});
