import { expect, test } from "bun:test";
import { flagOf, namesOf, variableOf } from "../../src/options/names.ts";
import { KEYS, rowOf } from "../../src/options/table.ts";

test("table: every default is a value that its own kind accepts", () => {
  const wrong = KEYS.filter((key) => {
    const row = rowOf(key);
    return (
      row.default !== undefined && !Bun.deepEquals(row.kind.parse(row.kind.print(row.default)), row.default)
    );
  });
  expect(wrong).toEqual([]);
});

test("table: no row has both a default and a derivation", () => {
  expect(KEYS.filter((key) => rowOf(key).default !== undefined && rowOf(key).derived !== undefined)).toEqual(
    [],
  );
});

test("table: no two options share a flag or a variable, aliases included", () => {
  const names = KEYS.flatMap(namesOf);
  expect(new Set(names.map(flagOf)).size).toBe(names.length);
  expect(new Set(names.map(variableOf)).size).toBe(names.length);
});

test("table: no option begins with no-, which is how switches are turned off", () => {
  expect(
    KEYS.flatMap(namesOf)
      .map(flagOf)
      .filter((flag) => flag.startsWith("--no-")),
  ).toEqual([]);
});

test("table: summaries are one line without a final full stop", () => {
  expect(KEYS.filter((key) => /[.\n]$/.test(rowOf(key).summary))).toEqual([]);
});
