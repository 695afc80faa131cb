import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fateOf } from "../../src/http/fields.ts";
import { decodeVisit, encodeVisit, RESERVED_PREFIX, VISIT_HEADER } from "../../src/http/reserved.ts";

const word = fc.string({ unit: fc.constantFrom(..."abcXYZ0189-_=+/.:%"), minLength: 1, maxLength: 40 });
const facts = fc.record({
  token: word,
  id: word,
  scheme: fc.constantFrom("http", "https"),
  address: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant("fe80::1%eth0"), fc.constant("")),
  port: fc.nat(65_535),
  queuedMs: fc.nat(),
});
const local = fc.record({ address: fc.oneof(fc.ipV4(), fc.ipV6()), port: fc.nat(65_535) });
const mounted = fc.tuple(facts, word).map(([given, path]) => ({ ...given, above: `/${path}` }));

describe("reserved: the visit", () => {
  test("what is written is read again, whatever the facts", () => {
    fc.assert(
      fc.property(fc.oneof(facts, mounted), fc.option(local, { nil: undefined }), (given, reached) => {
        const whole = reached ? { ...given, local: reached } : given;
        expect(decodeVisit(encodeVisit(whole))).toEqual(whole);
      }),
    );
  });

  test("the header is one that no client can send in and no app can send out", () => {
    expect(VISIT_HEADER.startsWith(RESERVED_PREFIX)).toBe(true);
    expect(fateOf(VISIT_HEADER)).toBe("reserved");
  });

  for (const value of [
    "",
    " ",
    "t",
    "t i http 1.2.3.4 80",
    "t i http 1.2.3.4 80 0 more",
    "t i http 1.2.3.4 80 0 /shop more",
    "t i http 1.2.3.4 80 0 ",
    "t i http 1.2.3.4 80 0 @80",
    "t i http 1.2.3.4 80 0 /shop @80@1.2.3.4",
    "t i http 1.2.3.4 80 0 @x@1.2.3.4",
    "t  http 1.2.3.4 80 0",
    "t i http 1.2.3.4 port 0",
    "t i http 1.2.3.4 80 -1",
    "t i http 1.2.3.4 0x50 0",
    "t i http 1.2.3.4 80 NaN",
  ]) {
    test(`${JSON.stringify(value)} was not written by gw`, () => expect(decodeVisit(value)).toBeUndefined());
  }
});
