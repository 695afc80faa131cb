// Opening a path step by step, each step below a directory that is held open, so that it cannot lead out of the first one
// whatever somebody does to the directories meanwhile: no link is followed but by reading where it leads and going there in
// the same way. On the runtime's threads, not on the loop: any step may wait for a disk.

import { close, constants, fstat, open, readlink } from "node:fs";
import { promisify } from "node:util";
import { ELOOP, ENOTDIR, EXDEV } from "../../../ffi/files/open-beneath.ts";
import { codeOf } from "../../core/errors.ts";
import { os } from "../../os/os.ts";

/** Opens what nothing can be read by, whatever it is. The same number on all Linux. */
export const O_PATH = 0o10000000;
/** As many as the kernel follows. */
const LINKS_MOST = 40;

const openAsync = promisify(open);
const statAsync = promisify(fstat);
const readLinkAsync = promisify(readlink);

/** The system's error, by its number. */
export class WalkError extends Error {
  override readonly name = "WalkError";
  readonly errno: number;

  constructor(errno: number) {
    super(`the path cannot be followed (errno ${errno})`);
    this.errno = errno;
  }
}

/** What this process has open, as the start of a path: it leads there whatever that is called by now. Throws where there is no such thing. */
export function pathOfDescriptor(fd: number): string {
  const path = os.reopeningPath(fd);
  if (!path.ok) throw new Error(path.reason);
  return path.value;
}

/** A descriptor (O_PATH) of what the names lead to, below the directory `root`. Throws what the system says, or a WalkError. */
export async function walkBeneath(root: number, names: readonly string[]): Promise<number> {
  const dirs: number[] = [];
  const rest = [...names];
  let links = 0;
  try {
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      if (name === "" || name === ".") continue;
      if (name === "..") {
        const left = dirs.pop();
        if (left === undefined) throw new WalkError(EXDEV);
        close(left);
        continue;
      }
      const step = `${pathOfDescriptor(dirs.at(-1) ?? root)}/${name}`;
      const fd = await openAsync(step, O_PATH | constants.O_NOFOLLOW);
      dirs.push(fd);
      const stat = await statAsync(fd);
      if (stat.isSymbolicLink()) {
        dirs.pop();
        close(fd);
        if (++links > LINKS_MOST) throw new WalkError(ELOOP);
        const target = await readLink(step);
        rest.unshift(...(target === undefined ? [name] : namesIn(target)));
      } else if (!stat.isDirectory() && rest.length > 0) throw new WalkError(ENOTDIR);
    }
    return dirs.pop() ?? (await openAsync(`${pathOfDescriptor(root)}/.`, O_PATH));
  } finally {
    for (const dir of dirs) close(dir);
  }
}

/** Undefined: it is no link any more. */
async function readLink(path: string): Promise<string | undefined> {
  try {
    return await readLinkAsync(path);
  } catch (thrown) {
    if (codeOf(thrown) === "EINVAL") return undefined;
    throw thrown;
  }
}

function namesIn(target: string): string[] {
  if (target.startsWith("/")) throw new WalkError(EXDEV);
  return target.split("/");
}
