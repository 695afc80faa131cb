import { describe, expect, test } from "bun:test";
import { length, table, toneOf } from "../../../src/cli/control/control-table.ts";
import type { Paint } from "../../../src/cli/terminal/output.ts";

/** Tones as words around what has them. */
const mark = (tone: string) => (text: string) => `<${tone}>${text}</${tone}>`;
const PAINT = {
  good: mark("good"),
  bad: mark("bad"),
  strong: mark("strong"),
  faint: mark("faint"),
} as unknown as Paint;
const PLAIN = Object.fromEntries(
  Object.keys(PAINT).map((tone) => [tone, (text: string) => text]),
) as unknown as Paint;

describe("table", () => {
  test("each column is as wide as its widest cell, and nothing stands behind the last", () => {
    expect(table(["worker", "state"], [["1", { state: "ready" }], ["12345678", "a"], []], PLAIN)).toEqual([
      "worker    state",
      "1         ready",
      "12345678  a",
      "",
    ]);
  });

  test("the head is faint, and the word of a state has its tone, its room included", () => {
    const lines = table(
      ["a", "state"],
      [
        ["1", { state: "ready" }],
        ["2", { state: "crash loop" }],
      ],
      PAINT,
    );
    expect(lines).toEqual([
      "<faint>a  state</faint>",
      "1  <good>ready     </good>",
      "2  <bad>crash loop</bad>",
    ]);
  });

  test.each([
    ["ready", "good"],
    ["serving", "good"],
    ["crash loop", "bad"],
    ["starting", "strong"],
  ])("%s is %s", (state, tone) => {
    expect(toneOf(state, PAINT)("x")).toBe(mark(tone)("x"));
  });
});

describe("lengths of time", () => {
  test.each([
    [0, "0 s"],
    [-5, "0 s"],
    [499, "0 s"],
    [500, "1 s"],
    [59_000, "59 s"],
    [60_000, "1 min 0 s"],
    [725_000, "12 min 5 s"],
    [3_600_000, "1 h 0 min"],
    [86_399_000, "23 h 59 min"],
    [86_400_000, "1 d 0 h"],
    [273_600_000, "3 d 4 h"],
  ])("%d ms is %s", (ms, text) => {
    expect(length(ms)).toBe(text);
  });
});
