import { expect, test } from "bun:test";
import { isRecord } from "../../src/core/records.ts";

test.each<[string, unknown]>([
  ["an empty object", {}],
  ["an object with names", { a: 1 }],
  ["an object without a prototype", Object.create(null)],
  ["an error", new Error("x")],
])("records: %s is one", (_what, value) => {
  expect(isRecord(value)).toBe(true);
});

test.each<[string, unknown]>([
  ["null", null],
  ["undefined", undefined],
  ["a list", [{ a: 1 }]],
  ["a text", "a"],
  ["a number", 1],
  ["a function", () => {}],
])("records: %s is none", (_what, value) => {
  expect(isRecord(value)).toBe(false);
});
