import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { NOTES, PLAIN_DIRECTIVES, parseAccessFormat } from "../../../src/core/logging/access-format.ts";

describe("access format: what is taken", () => {
  test.each([
    "common",
    "combined",
    ...Object.keys(PLAIN_DIRECTIVES)
      .slice(1)
      .map((letter) => `%${letter}`),
  ])("%s", (format) => expect(parseAccessFormat(format)).toBeArray());

  test.each(Object.keys(NOTES))("the note %s", (name) => {
    expect(parseAccessFormat(`a %{${name}}n`)).toEqual([{ text: "a " }, { note: name as "queue" }]);
  });

  test("pieces stand in their order; fields in lower case", () => {
    expect(parseAccessFormat("%>s 100%% %{X-A}i%{Set-Cookie}o %{ms}T %{iso}t.")).toEqual([
      { plain: "s" },
      { text: " 100" },
      { text: "%" },
      { text: " " },
      { field: "x-a", of: "request" },
      { field: "set-cookie", of: "answer" },
      { text: " " },
      { taken: 1 },
      { text: " " },
      { time: "iso" },
      { text: "." },
    ]);
  });
});

describe("access format: what is refused, by its name", () => {
  test.each([
    ["%k", '"%k"'],
    ["%{nothing}n", '"%{nothing}n"'],
    ["%{constructor}n", '"%{constructor}n"'],
    ["%{__proto__}t", '"%{__proto__}t"'],
    ["%{bad name}i", '"%{bad name}i"'],
    ["%{a}h", '"%{a}h"'],
    ["%", '"%"'],
    ["%h %", '"%"'],
    ["no directive", "no directive"],
    ["", "no directive"],
    ["%h\n%s", "control character"],
    [`%h${"x".repeat(3000)}`, "longer than"],
  ])("%j", (format, why) => expect(parseAccessFormat(format)).toContain(why));

  test("whatever it is, it is read or refused", () => {
    fc.assert(fc.property(fc.string(), (format) => parseAccessFormat(format) !== undefined));
  });
});
