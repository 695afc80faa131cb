import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readKeys } from "../../../src/cli/top/keys.ts";
import {
  FIRST_STATE,
  placeOfChosen,
  press,
  rowsOf,
  type TopAct,
  type TopState,
} from "../../../src/cli/top/top-state.ts";
import { topData } from "../../support/top.ts";

/** What all of that makes of it, with what is to be done. */
function type(
  typed: string,
  from: TopState = FIRST_STATE,
  data = topData(),
): { state: TopState; acts: TopAct[] } {
  let state = from;
  const acts: TopAct[] = [];
  for (const key of readKeys(typed)) {
    const pressed = press(state, key, rowsOf(data, state));
    state = pressed.state;
    if (pressed.act) acts.push(pressed.act);
  }
  return { state, acts };
}

describe("state: what is chosen", () => {
  test("by arrows, letters and pages, within the rows; in each list by itself", () => {
    const at = (typed: string) => {
      const { state } = type(typed);
      return [state.list, placeOfChosen(rowsOf(topData(), state), state)];
    };
    expect(at("")).toEqual(["workers", 0]);
    expect(at("\x1b[B")).toEqual(["workers", 1]);
    expect(at("jjjj")).toEqual(["workers", 1]);
    expect(at("\x1b[F\x1b[A\x1b[A")).toEqual(["workers", 0]);
    expect(at("j\t")).toEqual(["requests", 0]);
    expect(at("j\tj\t")).toEqual(["workers", 1]);
  });

  test("it stays with its row when the order changes, and is the first when that is gone", () => {
    const { state } = type("js");
    expect(rowsOf(topData(), state).workers.map(({ slot }) => slot)).toEqual([2, 1]);
    expect(placeOfChosen(rowsOf(topData(), state), state)).toBe(0);
    const fewer = topData({ workers: topData().look.status.groups[0]?.workers.slice(0, 1) ?? [] });
    expect(placeOfChosen(rowsOf(fewer, state), state)).toBe(0);
    expect(placeOfChosen(rowsOf(topData({ workers: [], requests: [] }), state), state)).toBe(-1);
  });
});

describe("state: what is typed", () => {
  test("a filter, letter by letter; kept by Enter, given up by Escape", () => {
    expect(type("/abq\x7f\r").state).toMatchObject({ filter: "ab", isTyping: false });
    expect(type("/abq\x1b").state).toMatchObject({ filter: "", isTyping: false });
    expect(type("/ab\r\x1b").state.filter).toBe("");
    expect(type(`/${"x".repeat(500)}`).state.filter).toHaveLength(60);
  });

  test("q and Ctrl-C leave, Ctrl-Z suspends, whatever is asked just now", () => {
    expect(type("q").acts).toEqual([{ act: "quit" }]);
    expect(type("/q").acts).toEqual([]);
    for (const before of ["", "/x", "r", "\r", "h"]) {
      expect(type(`${before}\x03`).acts).toEqual([{ act: "quit" }]);
      expect(type(`${before}\x1a`).acts).toEqual([{ act: "suspend" }]);
    }
  });
});

describe("state: deeds", () => {
  test("only a yes is one", () => {
    expect(type("r").state.asked).toEqual({ command: "restart", worker: 1 });
    expect(type("ry").acts).toEqual([{ act: "do", deed: { command: "restart", worker: 1 } }]);
    expect(type("jdY").acts).toEqual([{ act: "do", deed: { command: "drain", worker: 2 } }]);
    for (const other of ["n", "\r", "\x1b", " ", "r", "j"]) {
      const { state, acts } = type(`r${other}`);
      expect([acts, state.asked, state.message]).toEqual([[], undefined, "nothing was done"]);
    }
  });

  test("of a request it is the worker that has it, also when it is shown alone; without one there is nothing to do", () => {
    expect(type("\tjr").state.asked?.worker).toBe(2);
    expect(type("\tj\rr").state.asked?.worker).toBe(2);
    expect(type("j\rr").state.asked?.worker).toBe(2);
    const waiting = topData({
      requests: topData().requests?.requests.map((one) => ({ ...one, worker: 0 })) ?? [],
    });
    expect(type("\tr", FIRST_STATE, waiting).state).toMatchObject({
      asked: undefined,
      message: expect.stringContaining("no worker"),
    });
  });
});

test("state: Enter opens what is chosen, arrows scroll it, Escape goes back", () => {
  expect(type("j\r").state.subject).toEqual({ kind: "worker", slot: 2 });
  expect(type("\tj\r").state.subject).toEqual({ kind: "request", id: "r-2" });
  expect(type("\rjj").state).toMatchObject({ scrolled: 2, subject: { slot: 1 } });
  expect(type("\rjj\x1b").state).toMatchObject({ scrolled: 0, subject: undefined });
  expect(type("\r", FIRST_STATE, topData({ workers: [], requests: [] })).state.subject).toBeUndefined();
});

test("state: whatever is typed, nothing is done without a question, and each row that is chosen is there", () => {
  const keys = fc.constantFrom(..."qhjk/sSordyn\t\r", "\x1b", "\x1b[A", "\x1b[B", "\x1b[6~", "\x7f");
  fc.assert(
    fc.property(fc.array(keys, { maxLength: 40 }), (typed) => {
      let state = FIRST_STATE;
      const data = topData();
      for (const piece of typed)
        for (const key of readKeys(piece)) {
          const wasAsked = state.asked;
          const pressed = press(state, key, rowsOf(data, state));
          if (pressed.act?.act === "do") expect(pressed.act.deed).toEqual(wasAsked as never);
          state = pressed.state;
          const rows = rowsOf(data, state);
          expect(placeOfChosen(rows, state)).toBeLessThan(Math.max(1, rows[state.list].length));
        }
    }),
  );
});
