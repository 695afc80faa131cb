// Holds docs/faults.md against the tests: each row names a test that exists, and words that gw really says.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ERRORS } from "../src/core/errors.ts";
import { ENDINGS, REASONS } from "../src/core/reasons.ts";
import { SERVER_EVENTS } from "../src/link/server-events.ts";

const ROOT = resolve(import.meta.dir, "..");
const WORDS = new Set([ERRORS, REASONS, ENDINGS, SERVER_EVENTS].flatMap((table) => Object.keys(table)));
/** What cause, reason and kind look like. */
const WORD = /^[a-z]+(_[a-z]+)*$/;

type Row = { fault: string; log: string; place: string; title: string | undefined };

const rows: Row[] = readFileSync(`${ROOT}/docs/faults.md`, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (Fault|-+) \|/.test(line))
  .map((line) => {
    const [fault = "", , log = "", , named = ""] = line.slice(2, -2).split(" | ");
    const [place = "", ...title] = named.split(": ");
    return { fault, log, place, title: title.length > 0 ? title.join(": ") : undefined };
  });

/** `process/crash` is test/process/crash.test.ts; a case of test/requests is its bytes. */
function fileOf({ place, title }: Row): string {
  if (title === undefined) return `${ROOT}/test/${place}.http`;
  return `${ROOT}/test/${place}${place.startsWith("slow/") ? ".check.ts" : ".test.ts"}`;
}

/** Titles of the tests in a file, as they are written there. */
function titlesIn(source: string): string[] {
  const calls = /(\S*)\(\s*(["'`])((?:\\.|(?!\2)[^\\])*)\2,\s*(?:async\s*)?\(/g;
  return [...source.matchAll(calls)]
    .filter(([, callee = ""]) => !callee.includes("describe"))
    .map(([, , , title = ""]) => title);
}

/** Where a title has holes, what fills them must stand in the file as well. */
function isOneOf(title: string, source: string): boolean {
  return titlesIn(source).some((written) => {
    const parts = written.split(/\$\{[^}]*\}|%[sdj]/).map((part) => RegExp.escape(part));
    const found = new RegExp(`^${parts.join("(.+?)")}$`).exec(title);
    return found?.slice(1).every((filling) => source.includes(filling)) ?? false;
  });
}

describe("faults", () => {
  test("there are more than sixty, and no test stands for two", () => {
    expect(rows.length).toBeGreaterThanOrEqual(60);
    const named = rows.map(({ place, title }) => `${place}: ${title}`);
    expect(named.filter((name, at) => named.indexOf(name) !== at)).toEqual([]);
  });

  test("each row names a test that exists", () => {
    const lies = rows.filter((row) => {
      const file = fileOf(row);
      if (!existsSync(file)) return true;
      return row.title !== undefined && !isOneOf(row.title, readFileSync(file, "utf8"));
    });
    expect(lies).toEqual([]);
  });

  test("each word of the log is one that gw says", () => {
    const words = rows.flatMap(({ log }) => [...log.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word));
    expect(words.length).toBeGreaterThan(60);
    expect(words.filter((word) => WORD.test(word) && !WORDS.has(word))).toEqual([]);
  });

  test("a title that no file has is not found, whatever its holes", () => {
    const source =
      'test.each(ways)("by %s, at once", async (way) => {}); describe("by nobody", () => {}); const ways = ["exit"];';
    const asked = ["by exit, at once", "by chance, at once", "by nobody", "exit"];
    expect(asked.filter((title) => isOneOf(title, source))).toEqual(["by exit, at once"]);
  });
});
