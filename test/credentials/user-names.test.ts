// What a user may be called, whoever says so.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { isUserName, userAsFieldValue, userNameFault } from "../../src/credentials/user-names.ts";
import { isCleanValue } from "../../src/http/fields.ts";

test.each([
  "alice",
  "a",
  "alice@example.org",
  "EXAMPLE\\alice",
  "corp:alice",
  "jörg",
  "علی",
  "a b",
  "#1",
  "x".repeat(255),
])("user names: %j is one", (name) => {
  expect(userNameFault(name)).toBeUndefined();
});

test.each([
  ["", "is empty"],
  ["x".repeat(256), "has more than 255 bytes"],
  ["ö".repeat(128), "has more than 255 bytes"],
  ["a\r\nX-Admin: 1", "holds a character"],
  ["a\0", "holds a character"],
  ["a\tb", "holds a character"],
  ["a\x7f", "holds a character"],
  ["a\x85b", "holds a character"],
  ["a\u2028b", "holds a character"],
  ["a\u202eb", "holds a character"],
  ["a\ud800", "holds a character"],
  [" root", "white space"],
  ["root\u00a0", "white space"],
  ["\ufeffroot", "white space"],
])("user names: %j is none", (name, fault) => {
  expect(userNameFault(name)).toContain(fault);
});

test.each([undefined, null, 1, true, {}])("user names: %j is no text", (value) => {
  expect(isUserName(value)).toBe(false);
});

test("user names: whatever is one is a clean value of a header field, and comes out of it as it went in", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 20 }), (name) => {
      fc.pre(isUserName(name));
      const value = userAsFieldValue(name);
      expect(isCleanValue(value)).toBe(true);
      expect(value.replace(/^[ \t]+|[ \t]+$/g, "")).toBe(value);
      expect(Buffer.from(value, "latin1").toString("utf8")).toBe(name);
    }),
  );
});
