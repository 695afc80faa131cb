// The list of parameters of a challenge or of credentials.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { readAuthParams } from "../../src/credentials/auth-params.ts";

const read = (text: string) => {
  const params = readAuthParams(text);
  return params && Object.fromEntries([...params].map(([name, { value }]) => [name, value]));
};

test.each([
  ["", {}],
  ['a=b, C="d"', { a: "b", c: "d" }],
  ['a = b ,\tc\t=\t"d" ', { a: "b", c: "d" }],
  ['a="b, c=\\"d\\"\\\\"', { a: 'b, c="d"\\' }],
  ['a=""', { a: "" }],
  [",a=b,,c=d,", { a: "b", c: "d" }],
  ["username*=UTF-8''J%C3%A4s", { "username*": "UTF-8''J%C3%A4s" }],
  ['__proto__=a, constructor="b"', { ["__proto__"]: "a", constructor: "b" }],
  ['a="\xc3\xa4"', { a: "\xc3\xa4" }],
])("auth params: %j", (text, params) => {
  expect(read(text)).toEqual(params as Record<string, string>);
});

test.each([
  "a",
  "a=",
  "=b",
  "a=b c=d",
  "a=b; c=d",
  'a="b',
  'a="b\\"',
  'a=b"c"',
  'a="b"c',
  "a=b, A=c",
  'a="b", a="b"',
  'a="b\nc"',
  'a="\0"',
  'a="\\\x01"',
  "a=b/c",
  Array.from({ length: 25 }, (_, i) => `p${i}=x`).join(","),
  ",".repeat(100),
])("auth params: %j is none", (text) => {
  expect(readAuthParams(text)).toBeUndefined();
});

test("auth params: a list that was written is read as it was", () => {
  const value = fc.string({
    unit: fc.constantFrom('"', "\\", ",", "=", " ", "\t", "a", "\xe4", "'"),
    maxLength: 12,
  });
  fc.assert(
    fc.property(fc.array(value, { maxLength: 12 }), (values) => {
      const text = values.map((one, i) => `p${i}="${one.replace(/["\\]/g, "\\$&")}"`).join(", ");
      expect([...(readAuthParams(text)?.values() ?? [])]).toEqual(
        values.map((one) => ({ value: one, isQuoted: true })),
      );
    }),
  );
});

test("auth params: no text takes longer than it is long", () => {
  for (const unit of ['a="', "a=b,", '\\"', " x", "a =", '"a=",'])
    expect(readAuthParams(unit.repeat(200_000))).toBeUndefined();
});
