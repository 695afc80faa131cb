import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { decodeException, encodeException } from "../../../src/http/traces/told-exception.ts";

describe("told exception", () => {
  test.each([
    [new TypeError("no such thing\nmore"), { type: "TypeError", message: "no such thing" }],
    ["a text", { type: "string", message: "a text" }],
    [undefined, { type: "undefined", message: "undefined" }],
    [new Error(""), { type: "Error", message: "" }],
  ])("%p", (thrown, told) => {
    expect(decodeException(encodeException(thrown))).toEqual(told);
  });

  test("whatever is thrown fits into a field, and is read as its beginning", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 600 }), (message) => {
        const value = encodeException(new Error(message));
        expect(value).toMatch(/^[\x21-\x7e]* [\x21-\x7e]*$/);
        const first = message.split("\n", 1)[0] ?? "";
        expect(decodeException(value)?.message).toBe(first.slice(0, 256).toWellFormed());
      }),
    );
  });

  test.each(["", "one", "one two three", "%zz a", `${"x".repeat(5_000)} a`])("%j is none", (value) => {
    expect(decodeException(value)).toBeUndefined();
  });
});
