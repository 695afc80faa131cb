import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { escapeItem, escapeWord, quoteJson } from "../../../src/front/telling/escape.ts";

const any = fc.string({ unit: "binary" });

describe("escape", () => {
  test.each([
    ["plain /a?b=~", "plain /a?b=~"],
    ['"\\', '\\"\\\\'],
    ["\r\n\t\v\b\f", "\\r\\n\\t\\v\\b\\f"],
    ["\x00\x1b\x7f\x9b\xff", "\\x00\\x1b\\x7f\\x9b\\xff"],
    ["日", "\\xe6\\x97\\xa5"],
  ])("%j as Apache writes it", (given, wanted) => expect(escapeItem(given)).toBe(wanted));

  test("whatever it is, it is printable ASCII without a quote of its own, and different texts stay different", () => {
    fc.assert(
      fc.property(any, any, (one, other) => {
        expect(escapeItem(one)).toMatch(/^(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\nrtvbf]|\\x[0-9a-f]{2})*$/);
        expect(escapeWord(one)).not.toContain(" ");
        // Of Latin-1, as clients send it, nothing is lost.
        if (/^[\x00-\xff]*$/.test(one + other))
          expect(escapeItem(one) === escapeItem(other)).toBe(one === other);
      }),
    );
  });

  test("a text of JSON reads back, on one line without controls", () => {
    fc.assert(
      fc.property(any, (text) => {
        expect(JSON.parse(quoteJson(text))).toBe(text);
        expect(quoteJson(text)).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
      }),
    );
  });
});
