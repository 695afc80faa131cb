// The directory of the evidence: made where it is missing, looked at each time before something is written, and bounded. It is opened
// first, and what is done in it is done by that descriptor: whatever becomes of its name meanwhile, no other directory is written to.
// A file or a link that has a name already is not touched.

import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { EvidenceFile } from "../../control/evidence.ts";
import { codeOf, GwError } from "../../core/errors.ts";
import { faultOfPrivate } from "../../core/files.ts";
import type { OperatingSystem } from "../../os/operating-system.ts";
import { readEvidenceName } from "./record.ts";

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_DIRECTORY } = constants;
/** Of a file that somebody else has put there, no more is read. */
const MOST_READ = 8 * 2 ** 20;

export type EvidencePlace = { path: string; uid: number; os: Pick<OperatingSystem, "reopeningPath"> };

/** Makes the directory, or finds it as it must be; rejects with what is wrong. */
export function checkEvidenceDirectory(place: EvidencePlace): Promise<void> {
  return inDirectory(place, async () => {});
}

/** One more file; the oldest of gw's go, so that there are `keep` at most. Rejects when it cannot be written; then it is not there. */
export function writeEvidence(place: EvidencePlace, name: string, text: string, keep: number): Promise<void> {
  return inDirectory(place, async (directory) => {
    // First, so that a disk that is full has room.
    await removeBeyond(directory, keep - 1);
    const path = join(directory, name);
    const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      await file.writeFile(text);
    } catch (thrown) {
      // Half of one is none.
      await unlink(path).catch(() => {});
      throw thrown;
    } finally {
      await file.close();
    }
  });
}

/** Those that gw has written, the oldest first. */
export function listEvidence(place: EvidencePlace): Promise<EvidenceFile[]> {
  return inDirectory(place, async (directory) => {
    const files: EvidenceFile[] = [];
    for (const name of await namesIn(directory)) {
      const told = readEvidenceName(name);
      const stat = told && (await lstat(join(directory, name)).catch(() => undefined));
      if (told && stat?.isFile()) files.push({ ...told, bytes: stat.size });
    }
    return files;
  });
}

/** The text of one of them. */
export function readEvidence(place: EvidencePlace, name: string): Promise<string> {
  return inDirectory(place, async (directory) => {
    if (!readEvidenceName(name)) throw new Error("gw gives no file this name");
    const file = await open(join(directory, name), O_RDONLY | O_NOFOLLOW);
    try {
      const stat = await file.stat();
      if (!stat.isFile() || stat.size > MOST_READ) throw new Error("this is no file of gw's");
      return await file.readFile("utf8");
    } finally {
      await file.close();
    }
  });
}

async function inDirectory<T>(place: EvidencePlace, act: (path: string) => Promise<T>): Promise<T> {
  const handle = await openDirectory(place);
  try {
    const reopened = place.os.reopeningPath(handle.fd);
    return await act(reopened.ok ? reopened.value : place.path);
  } finally {
    await handle.close();
  }
}

async function openDirectory({ path, uid }: EvidencePlace): Promise<FileHandle> {
  await mkdir(path, { mode: 0o700 }).catch((thrown: unknown) => {
    // Only the last part is made: of a path that is wrong, nothing is.
    if (codeOf(thrown) !== "EEXIST") throw thrown;
  });
  refuse(await lstat(path), uid);
  const handle = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    refuse(await handle.stat(), uid);
    return handle;
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

function refuse(stat: Stats, uid: number): void {
  const fault = faultOfPrivate(stat, uid);
  if (fault !== undefined) throw new Error(fault);
}

async function removeBeyond(directory: string, keep: number): Promise<void> {
  const names = (await namesIn(directory)).filter((name) => readEvidenceName(name));
  // What somebody else was faster with is gone; what cannot go, a directory of that name, stays.
  for (const name of names.slice(0, Math.max(0, names.length - keep)))
    await unlink(join(directory, name)).catch(() => {});
}

const namesIn = async (directory: string) => (await readdir(directory)).toSorted();

/** At a start: what the operator is told of a directory that cannot be used. */
export const refusedDirectory = (path: string, reason: string) =>
  new GwError("evidence_refused", { path, reason });
