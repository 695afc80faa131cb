import { expect, test } from "bun:test";
import fc from "fast-check";
import { readKeys } from "../../../src/cli/top/keys.ts";

test.each([
  ["q", [{ key: "text", text: "q" }]],
  [
    "ä€",
    [
      { key: "text", text: "ä" },
      { key: "text", text: "€" },
    ],
  ],
  ["\x1b[A\x1bOB\x1b[5~\x1b[6~", [{ key: "up" }, { key: "down" }, { key: "page up" }, { key: "page down" }]],
  ["\x1b[H\x1b[F", [{ key: "home" }, { key: "end" }]],
  ["\x1b", [{ key: "escape" }]],
  ["\r\t\x7f", [{ key: "enter" }, { key: "tab" }, { key: "backspace" }]],
  ["\x03\x1a", [{ key: "interrupt" }, { key: "suspend" }]],
  // A function key, a mouse, a bell: nothing here.
  ["\x1b[15~\x1b[<0;1;1M\x07", []],
])("keys: %j", (typed, keys) => expect(readKeys(typed)).toEqual(keys as never));

test("keys: nothing that is typed is an error, and no key's text begins with a control character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (typed) => {
      for (const key of readKeys(typed))
        if (key.key === "text") expect(key.text).not.toMatch(/[\x00-\x1f\x7f]/);
    }),
  );
});
