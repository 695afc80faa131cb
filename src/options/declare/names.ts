// What an option is called on each surface. All names follow from its key, so that nobody can spell them twice.

import { KEYS, type Key, rowOf } from "./table.ts";

export const VARIABLE_PREFIX = "GW_";

/** queueTimeout -> --queue-timeout */
export function flagOf(name: string): string {
  return `--${kebab(name)}`;
}

/** queueTimeout -> GW_QUEUE_TIMEOUT */
export function variableOf(name: string): string {
  return VARIABLE_PREFIX + kebab(name).replaceAll("-", "_").toUpperCase();
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The key and its alias, in that order. */
export function namesOf(key: Key): string[] {
  const { alias } = rowOf(key);
  return alias === undefined ? [key] : [key, alias];
}

/** From every spelling on one surface to its option. */
export function spellings(spell: (name: string) => string): Map<string, Key> {
  return new Map(KEYS.flatMap((key) => namesOf(key).map((name): [string, Key] => [spell(name), key])));
}

/** By any of its names, as a flag, a variable or a key, in whatever case. */
export function optionCalled(word: string): Key | undefined {
  const wanted = bare(word);
  return wanted === "" ? undefined : KEYS.find((key) => namesOf(key).some((name) => bare(name) === wanted));
}

/** The word most like `word`, or undefined when none is worth naming. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const wanted = bare(word);
  if (wanted === "") return undefined;
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of words) {
    const name = bare(candidate);
    const steps = isCutOf(name, wanted) ? 1 : distance(wanted, name);
    // Half of the longer one has to be the same: any two letters are two steps apart.
    if (steps < least && steps * 2 <= Math.max(wanted.length, name.length)) {
      best = candidate;
      least = steps;
    }
  }
  return best;
}

/** One of them is the beginning of the other: all that was typed, or at least half of it. */
function isCutOf(name: string, wanted: string): boolean {
  return name.startsWith(wanted) || (wanted.startsWith(name) && name.length * 2 >= wanted.length);
}

/** Case and punctuation are not what tells two names apart. */
function bare(word: string): string {
  return word.toLowerCase().replace(/^gw_|[^\p{L}\p{N}]/gu, "");
}

/** Insertions, deletions, replacements and swaps of neighbours between two words. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let steps = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        steps = Math.min(steps, (before[j - 2] ?? 0) + 1);
      next.push(steps);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
