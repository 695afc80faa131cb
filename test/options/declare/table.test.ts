import { expect, test } from "bun:test";
import { version } from "../../../package.json";
import { flagOf, namesOf, variableOf } from "../../../src/options/declare/names.ts";
import { KEYS, rowOf } from "../../../src/options/declare/table.ts";

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

test("table: no option is said to come with a version that is not there yet", () => {
  const later = KEYS.filter((key) => Bun.semver.order(rowOf(key).since, version) > 0);
  expect(later).toEqual([]);
});

test("table: summaries are one line without a final full stop", () => {
  expect(KEYS.filter((key) => /[.\n]$/.test(rowOf(key).summary))).toEqual([]);
});

test("table: what only a new start takes up holds for gw as a whole", () => {
  expect(KEYS.filter((key) => rowOf(key).change === "restart" && rowOf(key).scope === "group")).toEqual([]);
});

test("table: what a route, a mount, a host and a service may look like", () => {
  const table = [
    ["route", "/reports/*=slow", true],
    ["route", "/reports=slow", true],
    ["route", "/*=slow", true],
    ["route", "/=slow", true],
    ["route", "/a/b/*=slow", true],
    ["route", "/reports*=slow", false],
    ["route", "/a//b=slow", false],
    ["route", "/a/*/b=slow", false],
    ["route", "reports/*=slow", false],
    ["route", "/reports/*=1slow", false],
    ["route", "/reports/*=", false],
    ["mount", "/api", true],
    ["mount", "/api/v1/", true],
    ["mount", "/", true],
    ["mount", "api", false],
    ["mount", "/a//b", false],
    ["mount", "/a b", false],
    ["serverName", "www.example.com", true],
    ["serverName", "bücher.example", true],
    ["serverName", "пример.испытание.", true],
    ["serverName", "a b.example", false],
    ["serverName", "*.example.com", false],
    ["serverName", "example.com:80", false],
    ["serverAlias", "*.example.com,b.example", true],
    ["serverAlias", "w*.example.com", false],
    ["serviceScript", "mail=mail.ts", true],
    ["serviceScript", "=mail.ts", false],
    ["defaultGroup", `a${"b".repeat(31)}`, true],
    ["defaultGroup", `a${"b".repeat(32)}`, false],
    ["defaultGroup", "service:mail", false],
  ] as const;
  expect(table.map(([key, text]) => [key, text, rowOf(key).kind.parse(text) !== undefined])).toEqual(
    table.map((row) => [...row]),
  );
});
