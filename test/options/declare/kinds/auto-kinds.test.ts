import { expect, test } from "bun:test";
import { AUTO_BYTES, AUTO_SPAN, orAuto } from "../../../../src/options/declare/kinds/auto-kinds.ts";
import { size, span } from "../../../../src/options/declare/kinds/kinds.ts";

test.each([
  [orAuto(size({ min: 0 }), AUTO_BYTES), AUTO_BYTES, "64M", 64 * 2 ** 20],
  [orAuto(span({ max: 8 }), AUTO_SPAN), AUTO_SPAN, "1", { min: 1, max: 1 }],
])("auto is a value of its own, and what else there is stays", (kind, meant, text, value) => {
  const { parse, fromJson, print } = kind as {
    parse(t: string): unknown;
    fromJson(v: unknown): unknown;
    print(v: unknown): string;
  };
  expect(parse("auto")).toBe(meant);
  expect(fromJson("auto")).toBe(meant);
  expect(print(meant)).toBe("auto");
  expect(parse(text)).toEqual(value);
  expect(parse(text)).not.toBe(meant);
  expect(print(parse(text))).toBe(text);
  expect([parse("Auto"), parse(""), fromJson(true)]).toEqual([undefined, undefined, undefined]);
});
