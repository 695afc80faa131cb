// Archives whose bytes depend on nothing but their contents: no owner, one time for all files, names in order.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { create } from "tar";

const GZIP_LEVEL = 9;
const ZSTD_LEVEL = 19;

/** `directory` below `parent`, with all in it; `path` without its ending. `at`: the time that all files get. */
export async function writeArchives(
  parent: string,
  directory: string,
  path: string,
  at: Date,
): Promise<string[]> {
  const tar = `${path}.tar`;
  // In an order of our own: that of a directory is the file system's.
  const inside = readdirSync(join(parent, directory), { recursive: true, encoding: "utf8" });
  const names = [directory, ...inside.map((name) => `${directory}/${name}`)].toSorted();
  await create({ cwd: parent, file: tar, portable: true, mtime: at, noDirRecurse: true }, names);
  const bytes = readFileSync(tar);
  const made = [
    [`${path}.tar.gz`, gzipSync(bytes, { level: GZIP_LEVEL })],
    [`${path}.tar.zst`, Bun.zstdCompressSync(bytes, { level: ZSTD_LEVEL })],
  ] as const;
  for (const [name, content] of made) writeFileSync(name, content);
  await Bun.file(tar).delete();
  return made.map(([name]) => name);
}
