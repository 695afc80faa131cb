import { expect, test } from "bun:test";
import fc from "fast-check";
import { shellQuote, shellWord } from "../../src/os/shell-words.ts";

test("shell words: a word of a shell is what it was, whatever is in it", () => {
  const words = fc.string({
    unit: fc.constantFrom("a", "'", '"', "$", "`", "\\", " ", "\n", "!", "*", "ü"),
  });
  fc.assert(
    fc.property(fc.array(words, { maxLength: 20 }), (list) => {
      const script = `printf '%s\\0' ${list.map(shellQuote).join(" ")}; printf '%s\\0' ${list.map(shellWord).join(" ")}`;
      const { stdout } = Bun.spawnSync(["sh", "-c", script]);
      const expected = list.length === 0 ? ["", ""] : [...list, ...list];
      expect(stdout.toString().split("\0").slice(0, -1)).toEqual(expected);
    }),
    { numRuns: 20 },
  );
  expect(shellWord("/srv/gw")).toBe("/srv/gw");
});
