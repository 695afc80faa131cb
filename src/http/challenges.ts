// Lines of WWW-Authenticate that the runtime of a worker has joined into one. A challenge may hold commas itself, so
// nobody can tell afterwards where one line ended; the worker, which saw the app append them, says it with one reserved
// field of the answer: the length of each line, separated by commas. Only what fits the joined value exactly is believed.

import { RESERVED_PREFIX } from "./reserved.ts";

export const CHALLENGES_HEADER = `${RESERVED_PREFIX}challenges`;

/** What the runtime puts between two lines. */
const JOINT = ", ";
const NAME = "www-authenticate";
const LENGTHS = /^\d{1,6}(?:,\d{1,6})+$/;

export function encodeLengths(lengths: readonly number[]): string {
  return lengths.join(",");
}

/** The lines of a joined value, or undefined where the lengths are not its own. */
export function splitAt(value: string, lengths: readonly number[]): string[] | undefined {
  const lines: string[] = [];
  let from = 0;
  for (const length of lengths) {
    if (from > 0) {
      if (!value.startsWith(JOINT, from)) return undefined;
      from += JOINT.length;
    }
    if (length === 0) return undefined;
    lines.push(value.slice(from, from + length));
    from += length;
  }
  return from === value.length ? lines : undefined;
}

/** Fields [name, value …] with the lines of WWW-Authenticate as the app gave them; the same list where nothing fits. */
export function separateChallenges(fields: readonly string[], encoded: string): readonly string[] {
  if (!LENGTHS.test(encoded)) return fields;
  const lengths = encoded.split(",").map(Number);
  return fields.flatMap((field, i) => {
    if (i % 2 === 1) return [];
    const value = fields[i + 1] as string;
    const lines = field.toLowerCase() === NAME ? splitAt(value, lengths) : undefined;
    return lines ? lines.flatMap((line) => [field, line]) : [field, value];
  });
}
