// What someone is told who gives a flag of another server that gw does not have by that name.
import { describe, expect, test } from "bun:test";
import { FOREIGN_FLAGS } from "../../../src/options/declare/foreign-flags.ts";
import { flagOf, namesOf } from "../../../src/options/declare/names.ts";
import { KEYS } from "../../../src/options/declare/table.ts";
import { readCommandLine } from "../../../src/options/read/flags.ts";

const OWN = new Set(KEYS.flatMap((key) => namesOf(key).map(flagOf)));

describe("foreign flags", () => {
  test.each([...FOREIGN_FLAGS])(
    "%s is none of gw's, and what is advised in its place is",
    (spelling, { advice }) => {
      expect(OWN.has(spelling)).toBeFalse();
      for (const [flag] of advice.matchAll(/--[a-z-]+/g)) expect(OWN).toContain(flag.replace(/^--no-/, "--"));
    },
  );

  test("one mistake is one problem: its value is no app", () => {
    const { values, problems } = readCommandLine([
      "--working-directory",
      "/srv",
      "wsgi.py",
      "--disable-reloading",
    ]);
    expect(problems.map(({ what, advice }) => [what, advice])).toEqual([
      ['There is no option "--working-directory"', "Here it is --home"],
      ['There is no option "--disable-reloading"', "Here it is --no-script-reloading"],
    ]);
    expect(values.map(({ key, text }) => [key, text])).toEqual([["app", "wsgi.py"]]);
  });

  test("a value that is written with = takes no further word along", () => {
    const { values, problems } = readCommandLine(["--workers=3", "wsgi.py", "-w", "3"]);
    expect(problems.map(({ what, advice }) => [what, advice])).toEqual([
      ['There is no option "--workers"', "Here it is --processes"],
      ['There is no option "-w"', "Here it is --processes"],
    ]);
    expect(values.map(({ text }) => text)).toEqual(["wsgi.py"]);
  });

  test("a variable may be given as two words, as it is there", () => {
    const given = ["--setenv", "A", "b c", "--setenv", "D=e", "--setenv=F=g"];
    const { values, problems } = readCommandLine(given);
    expect([problems, values.map(({ text }) => text)]).toEqual([[], ["A=b c", "D=e", "F=g"]]);
  });
});
