import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseForwarded } from "../../src/http/forwarded-field.ts";

const read = (text: string) =>
  parseForwarded(text)?.map(({ text: own, pairs }) => [own, Object.fromEntries(pairs)]);

describe("forwarded field", () => {
  // The examples of RFC 7239 section 4, and what its grammar allows besides.
  test.each([
    ['for="_gazonk"', [['for="_gazonk"', { for: "_gazonk" }]]],
    [
      'For="[2001:db8:cafe::17]:4711"',
      [['For="[2001:db8:cafe::17]:4711"', { for: "[2001:db8:cafe::17]:4711" }]],
    ],
    [
      "for=192.0.2.60;proto=http;by=203.0.113.43",
      [
        [
          "for=192.0.2.60;proto=http;by=203.0.113.43",
          { for: "192.0.2.60", proto: "http", by: "203.0.113.43" },
        ],
      ],
    ],
    [
      "for=192.0.2.43, for=198.51.100.17",
      [
        ["for=192.0.2.43", { for: "192.0.2.43" }],
        ["for=198.51.100.17", { for: "198.51.100.17" }],
      ],
    ],
    ["", []],
    [" , for=a ,\t, ", [["for=a", { for: "a" }]]],
    ["for=a ; host=b", [["for=a ; host=b", { for: "a", host: "b" }]]],
    [String.raw`host="a\"b\\c,d;e"`, [[String.raw`host="a\"b\\c,d;e"`, { host: 'a"b\\c,d;e' }]]],
  ] as [string, unknown[]][])("%s", (text, elements) => {
    expect(read(text)).toEqual(elements as never);
  });

  test.each([
    "for",
    "for=",
    "=a",
    'for="a',
    "for=a b=c",
    "for=a;for=b",
    "For=a;fOR=b",
    "for=a;;host=b",
    ";for=a",
    "for=[::1]",
    "for=a,b",
    'for="a"b',
  ])("half of a broken one is not believed: %s", (text) => {
    expect(read(text)).toBeUndefined();
  });

  test("what elements say is read again, however they are quoted and spaced", () => {
    const token = fc.stringMatching(/^[a-z0-9._-]{1,8}$/);
    const element = fc.dictionary(fc.constantFrom("for", "by", "host", "proto"), token, { minKeys: 1 });
    fc.assert(
      fc.property(
        fc.array(element),
        fc.boolean(),
        fc.constantFrom("", " ", "\t"),
        (elements, isQuoted, space) => {
          const say = (pairs: Record<string, string>) =>
            Object.entries(pairs)
              .map(([name, value]) => `${name}=${isQuoted ? `"${value}"` : value}`)
              .join(`${space};${space}`);
          const said = read(elements.map(say).join(`${space},${space}`));
          expect(said?.map(([, pairs]) => pairs)).toEqual(elements.map((pairs) => ({ ...pairs })));
        },
      ),
    );
  });

  test("any text is elements or nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'for=,; \t"\\a[]') }), (text) => {
        const elements = parseForwarded(text);
        for (const { pairs } of elements ?? []) expect(pairs.size).toBeGreaterThan(0);
      }),
      { numRuns: 1_000 },
    );
  });
});
