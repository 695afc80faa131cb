import { expect, test } from "bun:test";
import { flagOf, namesOf } from "../../../src/options/declare/names.ts";
import { KEYS } from "../../../src/options/declare/table.ts";
import {
  HELP_COLUMNS,
  renderEntry,
  renderOptionHelp,
  renderOptionPage,
} from "../../../src/options/render/help.ts";

const lines = renderOptionHelp().flatMap((section) => section.lines);

test("help: no line is wider than a terminal", () => {
  expect(lines.filter((line) => line.length > HELP_COLUMNS)).toEqual([]);
});

test("help: the page of an option is as narrow, and has no Markdown", () => {
  const pages = KEYS.flatMap(renderOptionPage);
  // Words that are longer than a line stay whole.
  expect(pages.filter((line) => line.length > HELP_COLUMNS && line.trim().includes(" "))).toEqual([]);
  expect(pages.filter((line) => /\]\(|`|docs\/docs/.test(line))).toEqual([]);
  expect(renderOptionPage("concurrency").join("\n")).toContain("See docs/overload.md.");
});

test("help: every option is there, aliases included", () => {
  expect(
    KEYS.flatMap(namesOf).filter((name) => !new RegExp(`${flagOf(name)}\\b`).test(lines.join("\n"))),
  ).toEqual([]);
});

test("help: a long text is wrapped under its own column, its default in one piece", () => {
  expect(renderEntry("--flag N", "one two three four [a b c]", 40, 24)).toEqual([
    "  --flag N              one two three",
    "                        four [a b c]",
  ]);
});

test("help: a term too long for its column has a line of its own", () => {
  expect(renderEntry("--a-very-long-flag NAME", "text", 40, 20)).toEqual([
    "  --a-very-long-flag NAME",
    "                    text",
  ]);
});
