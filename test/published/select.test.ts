import { expect, test } from "bun:test";
import { select } from "./select.ts";

const APPS = ["nest", "nest-typescript", "next", "nitro-bun"].map((name) => ({ name }));
const chosen = (...names: string[]) => select(APPS, names).map(({ name }) => name);

test.each([
  [[], ["nest", "nest-typescript", "next", "nitro-bun"]],
  [["next"], ["next"]],
  [
    ["nitro", "nest"],
    ["nest", "nest-typescript", "nitro-bun"],
  ],
  [["nest-typescript"], ["nest-typescript"]],
])("published: %j selects %j", (names, expected) => {
  expect(chosen(...names)).toEqual(expected);
});

test("published: a name that no app has is told with those that there are", () => {
  expect(() => chosen("next", "rails")).toThrow(
    "no app is named rails; there are nest, nest-typescript, next, nitro-bun",
  );
});
