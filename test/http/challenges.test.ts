import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { encodeLengths, separateChallenges, splitAt } from "../../src/http/challenges.ts";

const BASIC = 'Basic realm="a, b"';
const JOINED = `${BASIC}, Bearer`;

describe("challenges: lengths that fit separate the lines", () => {
  test.each([
    ["two lines", [18, 6], [BASIC, "Bearer"]],
    ["too short", [18, 5], undefined],
    ["too long", [18, 7], undefined],
    ["a boundary elsewhere", [16, 8], undefined],
    ["an empty line", [26, 0], undefined],
    ["no line", [], undefined],
  ])("%s", (_what, lengths, lines) => {
    expect(splitAt(JOINED, lengths)).toEqual(lines as string[]);
  });

  test("any lines come back as they were", () => {
    const line = fc.stringMatching(/^[!-~][ -~]{0,30}$/);
    fc.assert(
      fc.property(fc.array(line, { minLength: 2, maxLength: 5 }), (lines) => {
        const encoded = encodeLengths(lines.map(({ length }) => length));
        const fields = separateChallenges(["Www-Authenticate", lines.join(", ")], encoded);
        expect(fields).toEqual(lines.flatMap((each) => ["Www-Authenticate", each]));
      }),
    );
  });
});

describe("challenges: a worker's word is checked", () => {
  const FIELDS = ["www-authenticate", JOINED, "x-other", JOINED];
  test.each(["", "18", "18,5", "6,18", "18,6,1", "-18,6", "18, 6", "9999999,1", "18,6x"])(
    "%j changes nothing",
    (encoded) => expect(separateChallenges(FIELDS, encoded)).toEqual(FIELDS),
  );
  test("no other field is touched, and the order stays", () => {
    expect(separateChallenges(["a", "1", ...FIELDS], "18,6")).toEqual([
      ...["a", "1", "www-authenticate", BASIC, "www-authenticate", "Bearer", "x-other", JOINED],
    ]);
  });
});
