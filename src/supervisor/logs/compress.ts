// Puts a compressed file in the place of one that was put aside. The name of the whole one goes last, so that nothing is lost
// whenever that ends.

import { constants, createReadStream, createWriteStream } from "node:fs";
import { rename, unlink } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

const MODE = 0o640;
const READ = constants.O_RDONLY | constants.O_NOFOLLOW;
/** What an earlier try has left is made anew. */
const WRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;

/** To `PATH.gz`; rejects with the system's error, and leaves the file as it is. */
export async function compressFile(path: string): Promise<void> {
  const part = `${path}.gz.part`;
  try {
    const from = createReadStream(path, { flags: READ as unknown as string });
    await pipeline(
      from,
      createGzip(),
      createWriteStream(part, { flags: WRITE as unknown as string, mode: MODE }),
    );
    await rename(part, `${path}.gz`);
  } catch (error) {
    await unlink(part).catch(() => {});
    throw error;
  }
  await unlink(path);
}
