import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { putInteger, putString, putText, sayName } from "../../../src/http/h2/literals.ts";
import { staticField } from "../../../src/http/h2/static-table.ts";
import { encodeInteger, encodeString } from "../../support/hpack.ts";

/** What `put` fills in behind three bytes that are not its own; it must say where it ends and touch nothing else. */
function filledBy(put: (out: Buffer, from: number) => number): number[] {
  const out = Buffer.alloc(600, 0xee);
  const end = put(out, 3);
  expect([...out.subarray(0, 3), ...out.subarray(end)].every((byte) => byte === 0xee)).toBe(true);
  return [...out.subarray(3, end)];
}

const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 400,
});

describe("literals: integers", () => {
  // RFC 7541 appendix C.1, and the edges of a byte.
  test.each([
    [10, 31, 0, [0x0a]],
    [1337, 31, 0, [0x1f, 0x9a, 0x0a]],
    [42, 255, 0, [0x2a]],
    [30, 31, 0xe0, [0xfe]],
    [31, 31, 0xe0, [0xff, 0x00]],
    [158, 31, 0, [0x1f, 0x7f]],
    [159, 31, 0, [0x1f, 0x80, 0x01]],
  ])("%d in a byte with room up to %d, beside %d", (value, most, bits, bytes) => {
    expect(filledBy((out, from) => putInteger(out, from, bits, most, value))).toEqual(bytes);
  });

  test("any integer is written as the RFC has it", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 28), fc.integer({ min: 1, max: 8 }), (value, bits) => {
        const bytes = filledBy((out, from) => putInteger(out, from, 0, 2 ** bits - 1, value));
        expect(bytes).toEqual(encodeInteger(value, bits));
      }),
    );
  });
});

describe("literals: strings", () => {
  test("any text is its length and its bytes, short or long", () => {
    fc.assert(
      fc.property(latin1, (text) => {
        expect(filledBy((out, from) => putString(out, from, text))).toEqual(encodeString(text));
        expect(filledBy((out, from) => putText(out, from, text))).toEqual([...Buffer.from(text, "latin1")]);
      }),
    );
  });

  test.each([0, 1, 15, 16, 17, 126, 127, 128])("a text of %d characters", (length) => {
    const text = "\xe9".repeat(length);
    expect(filledBy((out, from) => putString(out, from, text))).toEqual(encodeString(text));
  });
});

describe("literals: names", () => {
  test("a name of the static table is its number, in a literal that no table remembers", () => {
    // content-type is 31, which does not fit beside the four bits of the kind.
    expect([...sayName("content-type")]).toEqual([0x0f, 31 - 15]);
    expect([...sayName(":authority")]).toEqual([0x01]);
  });

  test("every name of the static table is said by a number that has it", () => {
    for (let number = 1; ; number++) {
      const field = staticField(number);
      if (!field) break;
      const [first = 0, second = 0] = sayName(field.name);
      expect(staticField(first < 15 ? first : 15 + second)?.name).toBe(field.name);
    }
  });

  test("any other name is spelled out", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^x-[a-z0-9-]{1,200}$/), (name) => {
        expect([...sayName(name)]).toEqual([0, ...encodeString(name)]);
      }),
    );
  });
});
