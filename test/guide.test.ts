// The guide as a whole: no page is forgotten, each says at once what it is for, and each command line in it is one that gw takes.
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ENTRIES } from "../docs/contents.ts";
import { COMMANDS } from "../src/cli/commands.ts";
import { readCommand } from "../src/cli/read-command.ts";
import { rowOf } from "../src/options/declare/table.ts";
import { readCommandLine } from "../src/options/read/flags.ts";
import { callsIn, wordsOf } from "./support/guide-calls.ts";

const ROOT = join(import.meta.dir, "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const pages = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md") && name !== "README.md");

/** All lines of a page that call gw; not those with something left out, and not the usage lines. */
function callsOf(page: string): string[] {
  return callsIn(page).filter(
    (call) => !/…|─|\[(?:-|[A-Z])|\b(?:SLOT|NAME|FILE)\b|goes to generation| {4,}supervisor:/.test(call),
  );
}

/** What is wrong with the words of a call, however the machine looks that it is made on. */
function faultsOf([name = "", ...words]: string[]): string[] {
  const command = COMMANDS.find((one) => one.name === name);
  if (!command) return name === "help" ? [] : [`there is no command ${name}`];
  const switches = command.words.map((word) => word.name);
  if (command.options === "none") {
    const found = readCommand(command, words, {});
    return "problems" in found ? found.problems.map(({ what }) => what) : [];
  }
  const { values, problems } = readCommandLine(words, switches);
  const unread = values.filter(({ key, text }) => rowOf(key).kind.parse(text) === undefined);
  return [...problems.map(({ what }) => what), ...unread.map(({ spelled, text }) => `${spelled} ${text}`)];
}

describe("guide", () => {
  test("each page stands in its order once, and no other", () => {
    expect(ENTRIES.map(({ page }) => page).toSorted()).toEqual(pages.toSorted());
  });

  test("each page says what it is for before anything else", () => {
    const silent = pages.filter((page) => {
      const [title = "", ...rest] = read(`docs/${page}`).split("\n");
      const first = rest.find((line) => line !== "" && !line.startsWith("<!--")) ?? "";
      return !title.startsWith("# ") || !/^[*"`[]?\w/.test(first);
    });
    expect(silent).toEqual([]);
  });

  test("each command line is one that gw takes", () => {
    const calls = ["README.md", ...pages.map((page) => `docs/${page}`)].flatMap((path) =>
      callsOf(read(path)).map((call) => ({ path, call })),
    );
    expect(calls.length).toBeGreaterThan(100);
    const wrong = calls.flatMap(({ path, call }) =>
      faultsOf(wordsOf(call)).map((fault) => `${path}: gw ${call}: ${fault}`),
    );
    expect(wrong).toEqual([]);
  });

  test.each([
    "start-server app.ts --proceses 2",
    "start-server app.ts --queue-timeout soon",
    "scale",
    "relod",
    "status --jsno",
  ])("a line that gw would refuse is found: gw %s", (call) => {
    expect(faultsOf(wordsOf(call))).not.toEqual([]);
  });
});
