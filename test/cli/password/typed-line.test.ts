// What keys come to that nobody sees.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { readTyped } from "../../../src/cli/password/typed-line.ts";

test.each([
  ["hare", { is: "unfinished" }],
  ["hare\r", { is: "line", text: "hare", rest: "" }],
  ["hare\ntortoise\n", { is: "line", text: "hare", rest: "tortoise\n" }],
  ["harx\x7fe\r", { is: "line", text: "hare", rest: "" }],
  ["\x7f\b\x7fhare\r", { is: "line", text: "hare", rest: "" }],
  ["haö\x7fre\r", { is: "line", text: "hare", rest: "" }],
  ["ha\u{1f407}\x7fre\r", { is: "line", text: "hare", rest: "" }],
  ["wrong\x15hare\r", { is: "line", text: "hare", rest: "" }],
  ["ha\x1b[D\x1b[1;5Cr\x1bOAe\r", { is: "line", text: "hare", rest: "" }],
  ["ha\x04re\r", { is: "line", text: "hare", rest: "" }],
  ["ha\tre\r", { is: "line", text: "ha\tre", rest: "" }],
  ["\r", { is: "line", text: "", rest: "" }],
  ["ha\x03re\r", { is: "interrupted" }],
  ["\x04", { is: "interrupted" }],
  ["x\x7f\x04", { is: "interrupted" }],
] as const)("typed line: %j", (keys, typed) => {
  expect(readTyped(keys)).toEqual(typed);
});

test("typed line: in whatever pieces the keys come, the line is the same", () => {
  const key = fc.constantFrom("a", "ö", "\u{1f407}", "\x7f", "\x15", "\x1b[D", "\x04", "\t", " ");
  fc.assert(
    fc.property(fc.array(key, { maxLength: 20 }), (keys) => {
      fc.pre(!keys.includes("\x04"));
      const whole = readTyped(`${keys.join("")}\r`);
      for (let i = 0; i < keys.length; i++)
        expect(readTyped(keys.slice(0, i).join(""))).toEqual({ is: "unfinished" });
      expect(whole).toMatchObject({ is: "line", rest: "" });
    }),
  );
});
