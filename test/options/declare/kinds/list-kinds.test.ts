import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { list, pairs, splitPair } from "../../../../src/options/declare/kinds/list-kinds.ts";

const item = /^[a-z]+=.+$/;
const routes = pairs({ placeholder: "X=Y", accepts: "x", item });
const files = pairs({ placeholder: "NAME FILE", accepts: "x", item, words: 2, isPath: true });
const hosts = list({
  placeholder: "X",
  accepts: "x",
  separator: ",",
  item: /^[A-Za-z.]+$/,
  normal: (name) => name.toLowerCase().replace(/\.$/, ""),
});

test("list-kinds: a list that can be none says so with one word, and reads it back", () => {
  const item = /^.+$/;
  const some = list({ placeholder: "FILE", accepts: "x", separator: "\n", item, canBeNone: true });
  for (const none of [some.parse("false"), some.fromJson(false), some.fromJson([])]) expect(none).toEqual([]);
  expect(some.print([])).toBe("false");
  expect(some.parse("a\nfalse")).toEqual(["a", "false"]);
  expect([hosts.fromJson(false), hosts.none, some.none]).toEqual([
    undefined as never,
    undefined as never,
    "false",
  ]);
});

describe("pairs", () => {
  test.each([
    ["one", "a=b", ["a=b"]],
    ["one for each line", "a=b\nc=d=e", ["a=b", "c=d=e"]],
    ["none", "", []],
    ["half of one", "a=", undefined],
    ["no pair", "a", undefined],
  ])("list-kinds: from text, %s", (_name, text, expected) => {
    expect(routes.parse(text)).toEqual(expected);
  });

  test.each([
    ["an object", { a: "b", c: "d" }, ["a=b", "c=d"]],
    ["a list", ["a=b", "c=d"], ["a=b", "c=d"]],
    ["one as text", "a=b", ["a=b"]],
    ["an empty object", {}, []],
    ["an object with a number", { a: 1 }, undefined],
    ["an object with a key of another form", { A: "b" }, undefined],
    ["a list of objects", [{ a: "b" }], undefined],
    ["null", null, undefined],
  ])("list-kinds: from a file, %s", (_name, value, expected) => {
    expect(routes.fromJson(value)).toEqual(expected);
  });

  test("list-kinds: pairs that were printed are read back, and halves are put together again", () => {
    const pair = fc.tuple(fc.stringMatching(/^[a-z]+$/), fc.stringMatching(/^[a-z=/ .]+$/));
    fc.assert(
      fc.property(fc.array(pair), (all) => {
        const value = all.map(([left, right]) => `${left}=${right}`);
        expect(routes.parse(routes.print(value))).toEqual(value);
        expect(value.map(splitPair)).toEqual(all.map(([left, right]) => ({ left, right })));
      }),
    );
  });

  test("list-kinds: only the right half of a pair is a path", () => {
    const value = files.parse("mail=mail.ts\nother=/x=y.ts") ?? [];
    expect(files.anchor?.(value, (path) => `<${path}>`)).toEqual(["mail=<mail.ts>", "other=</x=y.ts>"]);
    expect([files.words, routes.words, routes.anchor]).toEqual([2, undefined, undefined]);
  });
});

test("list-kinds: items have one spelling, wherever they come from", () => {
  expect([hosts.parse("A.example., b"), hosts.fromJson(["A.Example"])]).toEqual([
    ["a.example", "b"],
    ["a.example"],
  ]);
});

test("list-kinds: whatever a file holds, a list is frozen texts of its form, or nothing", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const read = routes.fromJson(value);
      return read === undefined || (Object.isFrozen(read) && read.every((one) => item.test(one)));
    }),
  );
});
