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
  return stampDirectories(Buffer.concat(await create(options, [".", ...names]).collect()), at);
}

/** Where a header of tar(5) has what, in bytes. */
const BLOCK = 512;
const SIZE = [124, 136] as const;
const MTIME = [136, 147] as const;
const CHECKSUM = [148, 156] as const;
const TYPE = 156;
const DIRECTORY = "5".charCodeAt(0);

/** Gives directories the time that files have: what writes portable archives has none for them, which reads as 1970. */
function stampDirectories(bytes: Buffer, at: Date): Buffer {
  const time = Math.floor(at.getTime() / 1000).toString(8);
  for (let start = 0; start < bytes.length; ) {
    const header = bytes.subarray(start, start + BLOCK);
    const size = Number.parseInt(header.toString("latin1", ...SIZE), 8) || 0;
    if (header[TYPE] === DIRECTORY) {
      header.write(time.padStart(MTIME[1] - MTIME[0], "0"), MTIME[0], "latin1");
      header.fill(" ", ...CHECKSUM);
      const sum = header.reduce((total, byte) => total + byte, 0);
      header.write(`${sum.toString(8).padStart(6, "0")}\0`, CHECKSUM[0], "latin1");
    }
    start += BLOCK * (1 + Math.ceil(size / BLOCK));
  }
  return bytes;
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
