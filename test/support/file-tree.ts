// A directory of files for a test of what is served: names and contents; directories are made as they are needed.
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FilesSetup } from "../../src/link/setups.ts";
import { makePublicDir, type TempDir } from "./temp-dir.ts";

/** Before today, so that nothing of it can have been written a moment ago. */
export const WRITTEN_AT = new Date(Date.UTC(2024, 0, 2, 3, 4, 5, 678));

export type FileTree = TempDir & {
  put(name: string, content: string | Uint8Array): string;
};

export function makeFileTree(files: Record<string, string | Uint8Array>): FileTree {
  const dir = makePublicDir();
  const put = (name: string, content: string | Uint8Array) => {
    const path = join(dir.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    utimesSync(path, WRITTEN_AT, WRITTEN_AT);
    return path;
  };
  for (const [name, content] of Object.entries(files)) put(name, content);
  return { ...dir, put };
}

export const FILES: FilesSetup = {
  aliases: [],
  index: [],
  listing: false,
  followsLinks: false,
  caching: [],
  isWhole: false,
  sendfile: false,
};

/** Bytes of which each tells where it is. */
export function numberedBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8) * 17 + (at >> 16)) & 0xff;
  return bytes;
}
