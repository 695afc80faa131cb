// What the guide tells its reader to type, so that a test can type it.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const DOCS = join(import.meta.dir, "../../docs");

/** The block of `page` that begins with a line that begins with `first`, without its indentation. Throws where there is none. */
export function guideBlock(page: string, first: string): string {
  const blocks = readFileSync(join(DOCS, page), "utf8").match(/(?:^ {4}.*\n)+/gm) ?? [];
  const found = blocks
    .map((block) => block.replaceAll(/^ {4}/gm, ""))
    .filter((block) => block.startsWith(first));
  const [block, another] = found;
  if (block === undefined || another !== undefined)
    throw new Error(`${page} has ${found.length} blocks that begin with: ${first}`);
  return block;
}
