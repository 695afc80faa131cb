// Files of media types in the form of /etc/mime.types, as operators have them.

import { readWhole } from "../../core/files.ts";

const MOST_BYTES = 2 ** 20;

/** `reason`: the end of a sentence, what is wrong with it, by its line where it is one. */
export function readMediaTypesFile(path: string): { types: Map<string, string> } | { reason: string } {
  const read = readWhole(path, MOST_BYTES);
  if ("reason" in read) return read;
  const found = readMediaTypes(read.text);
  return "types" in found ? found : { reason: `line ${found.wrong} does not begin with a media type` };
}

const TYPE = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:;[^\x00-\x1f\x7f]*)?$/;

/**
 * A file in the form of /etc/mime.types: a type in each line, and behind it the endings that have it; from # on, comments.
 * `wrong`: the first line that is none, by its number.
 */
export function readMediaTypes(text: string): { types: Map<string, string> } | { wrong: number } {
  const types = new Map<string, string>();
  for (const [at, line] of text.split("\n").entries()) {
    const [type = "", ...endings] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (type === "") continue;
    if (!TYPE.test(type)) return { wrong: at + 1 };
    for (const ending of endings) types.set(ending.toLowerCase().replace(/^\./, ""), type);
  }
  return { types };
}
