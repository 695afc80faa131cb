// Archives whose bytes depend on nothing but their contents: no owner, one time for all files, names in order.

import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { create } from "tar";

const GZIP_LEVEL = 9;
const ZSTD_LEVEL = 19;

/** All that is in `directory`, below `prefix`. `at`: the time that all files get. */
export async function packTar(directory: string, prefix: string, at: Date): Promise<Buffer> {
  // In an order of our own: that of a directory is the file system's.
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" }).toSorted();
  const options = { cwd: directory, prefix, portable: true, mtime: at, noDirRecurse: true };
  return Buffer.concat(await create(options, [".", ...names]).collect());
}

/** `level`: of zlib; the smallest file when absent. */
export const gzip = (bytes: Buffer, level = GZIP_LEVEL): Buffer => gzipSync(bytes, { level });

/** `directory` below `parent`, with all in it; `path` without its ending. */
export async function writeArchives(
  parent: string,
  directory: string,
  path: string,
  at: Date,
): Promise<string[]> {
  const bytes = await packTar(join(parent, directory), directory, at);
  const made = [
    [`${path}.tar.gz`, gzip(bytes)],
    [`${path}.tar.zst`, Bun.zstdCompressSync(bytes, { level: ZSTD_LEVEL })],
  ] as const;
  for (const [name, content] of made) writeFileSync(name, content);
  return made.map(([name]) => name);
}
