// Each error that gw can name is one that somebody has met: a test of the executable, or of a whole front end, has it said.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { type Cause, ERRORS, type ErrorRow } from "../src/core/errors.ts";

/** Whose words are lines of something else, with exit codes that tests of every command look at. */
const WORDS_OF_OTHERS: readonly Cause[] = ["usage", "configuration", "command_failed"];
/** What nothing from outside brings about, and why. */
const UNREACHABLE: Readonly<Partial<Record<Cause, string>>> = {
  bug: "it would be mended",
  child_mismatch: "processes are started from the file that runs, also when another one has taken its name",
};

const texts = ["process/*.test.ts", "cli/**/*.test.ts"].flatMap((pattern) =>
  [...new Glob(pattern).scanSync(import.meta.dir)].map((name) =>
    readFileSync(join(import.meta.dir, name), "utf8"),
  ),
);

/** Four words in a row of the message, or all of a shorter piece of it: what stands between facts. */
function piecesOf({ message }: ErrorRow): string[] {
  return message.split(/\{\w+\}/).flatMap((piece) => {
    const words = piece.trim().split(/\s+/);
    if (words.length < 2) return [];
    return words.flatMap((_, at) =>
      at === 0 || at + 4 <= words.length ? [words.slice(at, at + 4).join(" ")] : [],
    );
  });
}

const rows = (Object.entries(ERRORS) as [Cause, ErrorRow][]).filter(
  ([cause]) => !WORDS_OF_OTHERS.includes(cause) && UNREACHABLE[cause] === undefined,
);

test.each(rows)("%s is said by the executable in a test", (cause, row) => {
  const signs = [...(row.exit === undefined ? [cause] : []), ...piecesOf(row)];
  expect(signs.filter((sign) => texts.some((text) => text.includes(sign)))).not.toBeEmpty();
});
