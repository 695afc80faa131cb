import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readHeaderBlock } from "../../../src/upstream/h2/header-block.ts";
import { AnswerProblem } from "../../../src/upstream/response-head.ts";
import { encodeFields, encodeInteger, encodeString } from "../../support/hpack.ts";

const LINE_MOST = 1024;
const read = (bytes: readonly number[] | Uint8Array) => readHeaderBlock(Uint8Array.from(bytes), LINE_MOST);
const reasonOf = (bytes: readonly number[] | Uint8Array) => {
  try {
    return read(bytes);
  } catch (problem) {
    if (problem instanceof AnswerProblem) return `${problem.kind}: ${problem.message}`;
    throw problem;
  }
};

describe("header block", () => {
  test.each([
    ["a field of the static table", [0x88], [":status", "200"]],
    [
      "a literal with a name of the static table",
      [0x0f, 0x10, ...encodeString("text/html")],
      ["content-type", "text/html"],
    ],
    [
      "a literal that would be remembered",
      [0x40, ...encodeString("x-a"), ...encodeString("1")],
      ["x-a", "1"],
    ],
    [
      "a literal that must never be remembered",
      [0x10, ...encodeString("x-a"), ...encodeString("1")],
      ["x-a", "1"],
    ],
    [
      "compressed strings",
      [0x00, ...encodeString("x-a", true), ...encodeString("one two", true)],
      ["x-a", "one two"],
    ],
    ["the table set to nothing, as it was demanded", [0x20, 0x88], [":status", "200"]],
    ["nothing", [], []],
  ] as [string, number[], string[]][])("%s is read", (_, bytes, fields) => {
    expect(read(bytes)).toEqual(fields);
  });

  test.each([
    ["a table of another size", [0x3f, 0xe1, 0x1f], "malformed: a table of 4096 bytes, where 0 are allowed"],
    [
      "a change of the table behind a field",
      [0x88, 0x20],
      "malformed: the table changes in the middle of a header block",
    ],
    [
      "a reference to what was never remembered",
      [0xbe],
      "malformed: the header block refers to the field number 62",
    ],
    ["the field number 0", [0x80], "malformed: the header block refers to the field number 0"],
    [
      "a name that was never remembered",
      [0x7e, 0x00],
      "malformed: the header block refers to the field number 62",
    ],
    ["an end in a string", [0x00, 0x05, 0x61], "malformed: the header block ends in a string"],
    ["an end in a number", [0xff], "malformed: the header block ends in a number"],
    ["an end before the value", [0x00, ...encodeString("a")], "malformed: the header block ends in a number"],
    [
      "a number without end",
      [0xff, ...new Array(9).fill(0xff)],
      "malformed: a number of the header block is too large",
    ],
    [
      "a large number",
      [0x00, ...encodeInteger(2 ** 28, 7)],
      "malformed: a number of the header block is too large",
    ],
    [
      "padding that is none",
      [0x00, 0x01, 0x61, 0x81, 0x00],
      "malformed: a compressed string of the header block is none",
    ],
    [
      "a line that is too long",
      [...encodeFields([["a", "x".repeat(LINE_MOST)]])],
      `header too large: a header line of ${LINE_MOST + 3} bytes`,
    ],
  ] as [string, number[], string][])("%s is refused", (_, bytes, reason) => {
    expect(reasonOf(bytes)).toBe(reason);
  });

  test("what was encoded is read again, compressed or not", () => {
    const text = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
      maxLength: 100,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), fc.boolean(), (fields, isCompressed) => {
        expect(read(encodeFields(fields, isCompressed))).toEqual(fields.flat());
      }),
    );
  });

  test("any bytes are fields or an AnswerProblem", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        reasonOf(bytes);
      }),
      { numRuns: 2_000 },
    );
  });
});
