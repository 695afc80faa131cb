import { describe, expect, test } from "bun:test";
import { readWords, termOf, usageOf, type WordRow } from "../../../src/cli/terminal/words.ts";
import { count, text } from "../../../src/options/declare/kinds/kinds.ts";

const NAME = text({ placeholder: "NAME", accepts: "a name", read: (word) => word });
const ROWS: readonly WordRow[] = [
  { name: "group", kind: NAME, positional: "GROUP", meaning: "Whose" },
  { name: "number", kind: count({ min: 0, max: 9 }), positional: "N", isRequired: true, meaning: "How many" },
  { name: "follow", short: "f", meaning: "Go on" },
  { name: "most", kind: count({ min: 1 }), meaning: "At most" },
];

const read = (words: string, rows = ROWS) => readWords("try", rows, words.split(" ").filter(Boolean));

describe("words of a command", () => {
  test.each<[string, object]>([
    ["3", { number: 3 }],
    ["a 3 -f --most 2", { group: "a", number: 3, follow: true, most: 2 }],
    ["a=3", { group: "a", number: 3 }],
    ["--most=2 -- a 3", { most: 2, group: "a", number: 3 }],
  ])("words of a command: %j", (words, expected) => {
    const { values, problems } = read(words);
    expect({ ...Object.fromEntries(values), problems }).toEqual({ ...expected, problems: [] } as never);
  });

  test.each<[string, string[]]>([
    ["", ["gw try needs N"]],
    ["a 12", ['N cannot be "12"']],
    ["a 3 b", ['"b" is one word too many for gw try']],
    ["3 -- --most", ['N cannot be "--most"']],
    ["3 --most", ['"--most" has no value']],
  ])("words of a command: %j is refused", (words, expected) => {
    expect(read(words).problems.map(({ what }) => what)).toEqual(expected);
  });

  test("words of a command: where no place is, each word without a flag is one that it does not take", () => {
    const flags = ROWS.filter(({ positional }) => positional === undefined);
    const { problems } = read("a -f -- b", flags);
    expect(problems.map(({ what }) => what)).toEqual([
      'gw try does not take "a"',
      'gw try does not take "b"',
    ]);
  });

  test("words of a command: help lists them by their terms, and a usage line has them all", () => {
    expect(ROWS.map(termOf)).toEqual(["GROUP", "N", "--follow, -f", "--most N"]);
    expect(usageOf("try", ROWS)).toBe("gw try [GROUP] N [--follow] [--most N]");
  });
});
