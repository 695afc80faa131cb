import { describe, expect, test } from "bun:test";
import { COMMANDS, type Command } from "../../src/cli/commands.ts";
import { readCommand } from "../../src/cli/read-command.ts";
import type { WordRow } from "../../src/cli/terminal/words.ts";
import { COMMAND_NAMES } from "../../src/control/commands.ts";
import { flagOf, namesOf } from "../../src/options/declare/names.ts";
import { KEYS, rowOf } from "../../src/options/declare/table.ts";
import { readCommandLine } from "../../src/options/read/flags.ts";

/** A value that is right for each flag that takes one. */
/** Each of them means something beside that one only. */
const OF_A_TRIAL = ["watch", "errors", "slower"];
const SAMPLES: Readonly<Record<string, string>> = {
  port: "8000",
  "server-root": "/srv/gw",
  worker: "2",
  level: "debug",
  source: "front",
  for: "30s",
  since: "1h",
  group: "api",
  most: "20",
  every: "2",
  times: "3",
  requests: "100",
  concurrency: "4",
  percent: "5",
  watch: "2m",
  errors: "1",
  slower: "50",
  path: "/a",
  host: "a.example",
  "self-signed": "tls",
  name: "shop.test,::1",
  only: "api",
  env: "production",
  days: "30",
  "most-p99-ratio": "2.5",
  algorithm: "bcrypt",
};
const PLACES: Readonly<Record<string, string>> = {
  APP: "app.ts",
  SHELL: "zsh",
  GROUP: "api",
  N: "4",
  SLOT: "3",
  FILE: "users",
  USER: "alice",
};

/** What is wrong, as the command itself would say it. */
function problemsOf(command: Command, argv: readonly string[]): string[] {
  const read = readCommand(command, argv, {});
  if ("asksForHelp" in read) return ["asks for help"];
  const problems =
    "problems" in read
      ? read.problems
      : command.options === "none"
        ? []
        : readCommandLine(argv, read.switches).problems;
  return problems.map(({ what }) => what);
}

/** The words without which it does not begin. */
const needed = ({ words }: Command) =>
  words.flatMap(({ positional, isRequired }) => (positional && isRequired ? [PLACES[positional] ?? ""] : []));

const flagsOf = ({ words }: Command) => words.filter(({ positional }) => positional === undefined);
const cases = COMMANDS.map((command) => [command.name, command] as const);
const flagCases = COMMANDS.flatMap((command) =>
  flagsOf(command).map((row): [string, string, Command, WordRow] => [command.name, row.name, command, row]),
);

describe("commands", () => {
  test("commands: each has one row, control commands included", () => {
    const names = COMMANDS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(COMMAND_NAMES));
  });

  test("commands: all that tell something tell it as JSON, too; others write texts for a shell or a file", () => {
    const isText = (name: string) =>
      /^(start-server|setup-server|completions|man|import-pm2|print-.*)$/.test(name);
    const without = COMMANDS.filter(({ words }) => !words.some(({ name }) => name === "json"));
    expect(without.map(({ name }) => name).filter((name) => !isText(name))).toEqual([]);
  });

  test.each(cases)("commands: gw %s reads its words strictly", (_name, command) => {
    const must = needed(command);
    expect(problemsOf(command, must)).toEqual([]);
    expect(problemsOf(command, [...must, "--xyzzy-xyzzy"])).toEqual([
      expect.stringMatching(/^(?:There is no option|gw [\w-]+ does not take) "--xyzzy-xyzzy"$/),
    ]);
    expect(problemsOf(command, [...must, "--help=1"])).toEqual([
      '"--help" takes no value, but "1" was given',
    ]);
    expect(problemsOf(command, ["--xyzzy-xyzzy", "-h"])).toEqual(["asks for help"]);
    expect(problemsOf(command, [...must, "--", "--help"])).not.toContain("asks for help");
    expect(problemsOf(command, [...must, "a", "b", "c"])).not.toEqual([]);
  });

  test.each(flagCases)(
    "commands: gw %s reads --%s strictly",
    (_name, _flag, command, { name, short, kind }) => {
      const must = [...needed(command), ...(OF_A_TRIAL.includes(name) ? ["--percent", "5"] : [])];
      const flag = `--${name}`;
      const sample = kind ? [flag, SAMPLES[name] ?? `no sample of ${flag}`] : [flag];
      expect(problemsOf(command, [...must, ...sample])).toEqual([]);
      expect(problemsOf(command, [...sample, ...must, ...sample])).toEqual([
        expect.stringMatching(new RegExp(`^${flag} was given 2 times, as `)),
      ]);
      if (short) expect(problemsOf(command, [...must, `-${short}`])).toEqual([]);
      expect(problemsOf(command, [...must, `--no-${name}`])).toEqual([
        `"--no-${name}" does not exist, because ${flag} ${kind ? "takes a value" : "is off unless it is given"}`,
      ]);
      if (kind) {
        expect(problemsOf(command, [...must, sample.join("=")])).toEqual([]);
        expect(problemsOf(command, [...must, flag])).toEqual([`"${flag}" has no value`]);
        expect(problemsOf(command, [...must, flag, "--xyzzy-xyzzy"])).toHaveLength(2);
      } else
        expect(problemsOf(command, [...must, `${flag}=1`])).toEqual([
          `"${flag}" takes no value, but "1" was given`,
        ]);
    },
  );

  const optionCases = COMMANDS.filter(({ options }) => options !== "none").map(
    (command) => [command.name, command] as const,
  );
  test.each(optionCases)("commands: gw %s takes each option by all of its names", (_name, command) => {
    for (const key of KEYS) {
      const { kind } = rowOf(key);
      const value = kind.words === 2 ? "a=b" : "x";
      for (const flag of namesOf(key).map(flagOf))
        expect([flag, problemsOf(command, [kind.name === "switch" ? flag : `${flag}=${value}`])]).toEqual([
          flag,
          [],
        ]);
    }
  });
});
