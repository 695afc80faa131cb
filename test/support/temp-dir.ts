// A directory of its own for one test, gone when the test ends. Short names: UNIX socket paths must fit 100 bytes.
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type TempDir = {
  path: string;
  /** Writes a file below the directory and returns its absolute path. */
  write(name: string, text: string): string;
  /** Removes what has this name below the directory. */
  remove(name: string): void;
  /** Makes the directory again after somebody has removed it. */
  make(): void;
  [Symbol.dispose](): void;
};

/** The same, and any user may read it. */
export function makePublicDir(): TempDir {
  const dir = makeTempDir();
  chmodSync(dir.path, 0o755);
  return dir;
}

export function makeTempDir(): TempDir {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "gwt-")));
  return {
    path,
    write(name, text) {
      const file = join(path, name);
      writeFileSync(file, text);
      return file;
    },
    remove: (name) => rmSync(join(path, name), { recursive: true, force: true }),
    make: () => void mkdirSync(path, { recursive: true }),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
