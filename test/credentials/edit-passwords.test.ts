// Changes to a file of passwords: one user, and nothing else.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { withoutPassword, withPassword } from "../../src/credentials/edit-passwords.ts";
import { readPasswordLine } from "../../src/credentials/htpasswd.ts";

test.each([
  ["", "bob:H\n", true],
  ["alice:A\n", "alice:A\nbob:H\n", true],
  ["alice:A", "alice:A\nbob:H\n", true],
  ["alice:A\r\n", "alice:A\r\nbob:H\r\n", true],
  ["bob:B\nalice:A\n", "bob:H\nalice:A\n", false],
  ["bob:B:since May\n", "bob:H:since May\n", false],
  ["bob:B\n# bob:x\nalice:$apr1$A\nbob:C\n", "bob:H\n# bob:x\nalice:$apr1$A\n", false],
  ["bobby:B\nbo:b\n", "bobby:B\nbo:b\nbob:H\n", true],
  ["bob\n", "bob:H\n", false],
])("edit passwords: bob in %j", (before, after, isNew) => {
  expect(withPassword(before, "bob", "H")).toEqual({ text: after, isNew });
});

test.each([
  ["", undefined],
  ["alice:A\n", undefined],
  ["# bob:B\n", undefined],
  ["bob:B\n", ""],
  ["alice:A\nbob:B\n# x\nbob:C", "alice:A\n# x\n"],
])("edit passwords: bob out of %j", (before, after) => {
  expect(withoutPassword(before, "bob")).toBe(after as string);
});

test("edit passwords: whatever stands in a file, all other lines stay as they are", () => {
  const line = fc.string({ unit: fc.constantFrom("a", "b", ":", "#", " ", "$", "ö"), maxLength: 8 });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.constantFrom("\n", "\r\n"), (lines, end) => {
      const text = lines.map((one) => `${one}${end}`).join("");
      const others = (all: string) =>
        all.split(end).filter((one) => one !== "" && readPasswordLine(one).user !== "ab");
      const set = withPassword(text, "ab", "H").text;
      expect(others(set)).toEqual(others(text));
      expect(set.split(end).filter((one) => readPasswordLine(one).user === "ab")).toHaveLength(1);
      expect(others(withoutPassword(set, "ab") ?? "not there")).toEqual(others(text));
      expect(withoutPassword(withoutPassword(set, "ab") ?? "", "ab")).toBeUndefined();
    }),
  );
});
