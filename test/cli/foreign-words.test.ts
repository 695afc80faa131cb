// What someone is told who types a command of another program.
import { expect, test } from "bun:test";
import { COMMANDS } from "../../src/cli/commands.ts";
import { FOREIGN_COMMANDS } from "../../src/cli/foreign-words.ts";
import { flagOf, namesOf } from "../../src/options/declare/names.ts";
import { KEYS } from "../../src/options/declare/table.ts";

const OWN = new Set(COMMANDS.map(({ name }) => name));
const FLAGS = new Set(KEYS.flatMap((key) => namesOf(key).map(flagOf)));

test.each([...FOREIGN_COMMANDS])("foreign words: %s is no command of gw's, and %s is one", (word, here) => {
  const [, name = ""] = /^gw (\S+)/.exec(here) ?? [];
  expect([OWN.has(word), OWN.has(name)]).toEqual([false, true]);
  for (const [flag] of here.matchAll(/--[a-z-]+/g)) expect(FLAGS).toContain(flag);
});
