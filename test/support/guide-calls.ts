// The command lines of a page of the guide, as somebody would type them.
import { readFileSync } from "node:fs";

export const readPage = (name: string): string =>
  readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");

/** Words as a shell would find them, up to the first operator, comment, or gap behind which something is explained. */
export function wordsOf(line: string): string[] {
  const word = /((?:"([^"]*)"|'([^']*)'|[^\s"'|>;#&])+)(?: (?! )|$)?/y;
  const words: string[] = [];
  for (let found = word.exec(line); found; found = word.exec(line)) {
    words.push(found[1]!.replaceAll(/"([^"]*)"|'([^']*)'/g, "$1$2"));
    if (!found[0].endsWith(" ")) break;
  }
  return words;
}

/** What stands behind `gw` in each line of the page that calls it, in its order. */
export const callsIn = (page: string): string[] =>
  [...page.matchAll(/^ {4}(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\.\/)?gw ([a-z].*)$/gm)].map(([, call = ""]) => call);
