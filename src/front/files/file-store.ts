// The files themselves: the directories that they are in, those that are open, and the bytes of small ones.

import { closeSync } from "node:fs";
import type { Clock } from "../../core/clock.ts";
import { FileCache, type Stored } from "./file-cache.ts";
import { closeInTurn, OpenFile, turnsOn } from "./open-file.ts";
import { versionOf } from "./reply/version.ts";
import { openSeen, Root } from "./root.ts";

export class FileStore {
  readonly cache: FileCache;
  readonly #clock: Clock;
  readonly #roots = new Map<string, Root>();
  /** By the identity of their versions: however many read a file, it is open once. */
  readonly #open = new Map<string, OpenFile>();
  readonly #loading = new Map<string, Promise<Uint8Array | undefined>>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.cache = new FileCache(clock);
  }

  /** Throws the system's error. */
  rootAt(path: string, followsLinks: boolean): Root {
    const key = `${followsLinks}${path}`;
    const root = this.#roots.get(key) ?? new Root(path, followsLinks, this.#clock);
    this.#roots.set(key, root);
    return root;
  }

  /** How many are open. */
  get opened(): number {
    return this.#open.size;
  }

  /** All bytes of a small file. Undefined: it is not the same any more. Rejects with the system's error. */
  load(root: Root, stored: Stored): Promise<Uint8Array | undefined> {
    const { identity } = stored.version;
    const pending = this.#loading.get(identity);
    if (pending) return pending;
    const loading = this.#load(root, stored).finally(() => this.#loading.delete(identity));
    this.#loading.set(identity, loading);
    return loading;
  }

  async #load(root: Root, stored: Stored): Promise<Uint8Array | undefined> {
    const file = (await this.open(root, stored))?.acquire();
    if (!file) return undefined;
    try {
      const bytes = new Uint8Array(new ArrayBuffer(stored.version.size));
      for (let at = 0; at < bytes.length; ) {
        const rest = bytes.subarray(at);
        const count = file.readNow(rest, at) ?? (await file.read(rest, at));
        if (count === 0) return undefined;
        at += count;
      }
      if (!(await file.isUnchanged())) return undefined;
      this.cache.store(stored, bytes);
      return bytes;
    } finally {
      file.release();
    }
  }

  /** For whoever acquires it at once. Undefined: it is not the same any more. Rejects with the system's error. */
  async open(root: Root, { names, version }: Stored): Promise<OpenFile | undefined> {
    const { identity, written } = version;
    const known = this.#open.get(identity);
    if (known) return known;
    const sight = await root.look(names);
    if (sight.kind !== "file") return undefined;
    if (versionOf(sight.stat, 0).identity !== identity) {
      closeSync(sight.fd);
      return undefined;
    }
    const turns = turnsOn(sight.stat.dev);
    const fd = await openSeen(sight.fd, root.isLocal ? undefined : turns);
    // Somebody else may have opened it meanwhile.
    const other = this.#open.get(identity);
    if (other) {
      closeInTurn(fd, turns);
      return other;
    }
    const file = new OpenFile(fd, written, sight.stat.dev, () => this.#open.delete(identity));
    this.#open.set(identity, file);
    return file;
  }
}
