// Takes a file from where a worker has left it to where the command was typed. The directory is the worker's: whatever is no plain
// file of its own there is nothing for us, and we may be root.
import {
  closeSync,
  constants,
  createReadStream,
  createWriteStream,
  fstatSync,
  openSync,
  rmSync,
} from "node:fs";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { codeOf, GwError, reasonOf } from "../../core/errors.ts";

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** Answers with the path of the new file, which only we can read. `name`: its name, to which a number is added where it is taken. */
export async function takeFile(
  path: string,
  directory: string,
  name: { stem: string; ending: string },
): Promise<string> {
  const from = openPlain(path);
  const { file, fd } = openNew(directory, name, from);
  try {
    await pipeline(createReadStream("", { fd: from }), createWriteStream("", { fd }));
  } catch (thrown) {
    rmSync(file, { force: true });
    throw notTaken(path, reasonOf(thrown));
  }
  rmSync(path, { force: true });
  return file;
}

function openPlain(path: string): number {
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (thrown) {
    throw notTaken(path, reasonOf(thrown));
  }
  const stat = fstatSync(fd);
  if (stat.isFile() && stat.nlink === 1) return fd;
  closeSync(fd);
  throw notTaken(path, "it is not the file that the worker was to write");
}

const MOST_TRIES = 1_000;

function openNew(directory: string, { stem, ending }: { stem: string; ending: string }, from: number) {
  for (let count = 1; ; count++) {
    const file = resolve(directory, `${stem}${count === 1 ? "" : `-${count}`}${ending}`);
    try {
      return { file, fd: openSync(file, "wx", 0o600) };
    } catch (thrown) {
      if (codeOf(thrown) === "EEXIST" && count < MOST_TRIES) continue;
      closeSync(from);
      throw notTaken(file, reasonOf(thrown));
    }
  }
}

const notTaken = (path: string, reason: string) =>
  new GwError("command_failed", { what: `The file ${path} could not be had: ${reason}` });
