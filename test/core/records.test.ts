import { describe, expect, test } from "bun:test";
import { isRecord } from "../../src/core/records.ts";

describe("records", () => {
  test.each([[{}], [{ a: 1 }], [Object.create(null)], [new Error("x")]])("%p is one", (value) => {
    expect(isRecord(value)).toBe(true);
  });

  test.each([[null], [undefined], [[]], [[{ a: 1 }]], ["a"], [1], [true], [() => {}]])(
    "%p is none",
    (value) => {
      expect(isRecord(value)).toBe(false);
    },
  );
});
