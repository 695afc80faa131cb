import { expect, test } from "bun:test";
import { sticky } from "../../../../src/options/declare/kinds/sticky-kind.ts";

const kind = sticky();

test.each([
  ["cookie", { by: "cookie", name: "gw_route" }, "cookie=gw_route"],
  ["cookie=route", { by: "cookie", name: "route" }, "cookie=route"],
  ["address", { by: "address" }, "address"],
  ["header=X-User", { by: "header", name: "X-User" }, "header=X-User"],
] as const)("sticky: %s", (text, value, printed) => {
  expect(kind.parse(text)).toEqual(value);
  expect(kind.fromJson(text)).toEqual(value);
  expect(kind.print(value)).toBe(printed);
  expect(kind.parse(printed)).toEqual(value);
});

test.each([
  "",
  "header",
  "header=",
  "cookie=",
  "cookie=a b",
  "cookie=a;b",
  "address=1",
  "ip",
  "Cookie",
  `cookie=${"x".repeat(65)}`,
])("sticky: %j is nothing of the kind", (text) => {
  expect(kind.parse(text)).toBeUndefined();
  expect(kind.fromJson(text)).toBeUndefined();
});

test("sticky: what is no text is nothing of the kind", () => {
  expect([kind.fromJson(true), kind.fromJson({ by: "address" })]).toEqual([undefined, undefined]);
});
