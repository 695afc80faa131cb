// What is known of files for a moment, and the bytes of small ones: most requests are for the same few. It holds no
// descriptors. What it says is never older than FRESH_MS; then the file is looked at again, and what has changed in any way
// (another file, another size, another time) is read anew.

import { closeSync } from "node:fs";
import type { Clock } from "../../core/clock.ts";
import { CODINGS, type Coding, chooseCoding } from "../../http/content/content-codings.ts";
import { listValue } from "../../http/fields.ts";
import { type Version, versionOf } from "./reply/version.ts";
import type { Root, Sight } from "./root.ts";

/** For how long a change may not be seen. */
export const FRESH_MS = 200;
const ENTRIES_MOST = 4096;
export const SMALL_BYTES = 65_536;
const BYTES_MOST = 16 * 2 ** 20;

/** One form of a file: as it is, or one that somebody has compressed beside it. */
export type Stored = {
  readonly names: readonly string[];
  readonly coding: Coding | undefined;
  version: Version;
  /** All its bytes, where they are few and have been read. */
  content: Uint8Array | undefined;
};

export type FileEntry =
  | { kind: "file"; root: Root; plain: Stored; compressed: readonly Stored[]; seenAt: number }
  | Exclude<Sight, { kind: "file" }>;

type Kept = Extract<FileEntry, { kind: "file" }>;

const ENDINGS: Readonly<Record<Coding, string>> = { br: ".br", zstd: ".zst", gzip: ".gz" };
const NAME_MOST = 250;

export class FileCache {
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();
  /** Looks that take their time: whoever asks meanwhile waits for the same one. */
  readonly #pending = new Map<string, Promise<FileEntry>>();
  #bytes = 0;
  /** How often what was kept was good enough, and how often it was not. */
  readonly lookups = { kept: 0, looked: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What stands at these names below the root. */
  find(root: Root, names: readonly string[]): FileEntry | Promise<FileEntry> {
    const key = `${root.path}\0${names.join("/")}`;
    const kept = this.#kept.get(key);
    if (kept && this.#clock.now() - kept.seenAt < FRESH_MS) {
      this.lookups.kept++;
      return kept;
    }
    this.lookups.looked++;
    const pending = this.#pending.get(key);
    if (pending) return pending;
    const found = this.#inspect(root, names, kept);
    if (!(found instanceof Promise)) return this.#keep(key, found);
    const shared = found.then((entry) => this.#keep(key, entry)).finally(() => this.#pending.delete(key));
    this.#pending.set(key, shared);
    return shared;
  }

  /** What was found is not so any more. */
  forget(root: Root, names: readonly string[]): void {
    this.#drop(`${root.path}\0${names.join("/")}`);
  }

  /** The bytes of a small file, for who asks next. */
  store(stored: Stored, content: Uint8Array): void {
    if (stored.content || content.length > SMALL_BYTES) return;
    stored.content = content;
    this.#bytes += content.length;
    this.#makeRoom();
  }

  get size(): { entries: number; bytes: number } {
    return { entries: this.#kept.size, bytes: this.#bytes };
  }

  #inspect(root: Root, names: readonly string[], former: Kept | undefined): FileEntry | Promise<FileEntry> {
    const seen = root.look(names);
    if (!(seen instanceof Promise)) return this.#withCompressed(root, names, seen, former);
    return seen.then((sight) => this.#withCompressed(root, names, sight, former));
  }

  #withCompressed(
    root: Root,
    names: readonly string[],
    sight: Sight,
    former: Kept | undefined,
  ): FileEntry | Promise<FileEntry> {
    if (sight.kind !== "file") return sight;
    const seenAt = this.#clock.now();
    const plain = this.#storedOf(names, undefined, sight, former?.plain);
    const name = names.at(-1) ?? "";
    if (name.length > NAME_MOST || Object.values(ENDINGS).some((ending) => name.endsWith(ending)))
      return { kind: "file", root, plain, compressed: [], seenAt };
    const paths = CODINGS.map((coding) => [...names.slice(0, -1), name + ENDINGS[coding]]);
    const seen = paths.map((path) => root.look(path));
    const complete = (sights: readonly Sight[]): FileEntry => ({
      kind: "file",
      root,
      plain,
      seenAt,
      compressed: sights.flatMap((one, at) => {
        const [coding, path] = [CODINGS[at], paths[at]];
        if (one.kind !== "file" || !coding || !path) return [];
        const before = former?.compressed.find((other) => other.coding === coding);
        const stored = this.#storedOf(path, coding, one, before);
        // Older than what it was made from: that has been changed since.
        return stored.version.modifiedNs >= plain.version.modifiedNs ? [stored] : [];
      }),
    });
    if (seen.some((one) => one instanceof Promise)) return Promise.all(seen).then(complete);
    return complete(seen as Sight[]);
  }

  /** The same as before where it is the same file, with its bytes. */
  #storedOf(
    names: readonly string[],
    coding: Coding | undefined,
    { stat, fd }: Extract<Sight, { kind: "file" }>,
    former: Stored | undefined,
  ): Stored {
    closeSync(fd);
    const version = versionOf(stat, this.#clock.wall());
    const isSame = former?.version.identity === version.identity;
    return { names, coding, version, content: isSame ? former?.content : undefined };
  }

  /** Only files: what there is not has no end, and what else there is costs little to look at. */
  #keep(key: string, entry: FileEntry): FileEntry {
    this.#drop(key);
    if (entry.kind !== "file") return entry;
    this.#kept.set(key, entry);
    this.#bytes += bytesOf(entry);
    this.#makeRoom();
    return entry;
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    if (!kept) return;
    this.#kept.delete(key);
    this.#bytes -= bytesOf(kept);
  }

  /** Without those that were looked at longest ago. */
  #makeRoom(): void {
    for (const key of this.#kept.keys()) {
      if (this.#kept.size <= ENTRIES_MOST && this.#bytes <= BYTES_MOST) return;
      this.#drop(key);
    }
  }
}

function bytesOf({ plain, compressed }: Kept): number {
  return [plain, ...compressed].reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
}

/** The form of a file that a client with these fields likes best. */
export function preferredForm({ plain, compressed }: Kept, fields: readonly string[]): Stored {
  if (compressed.length === 0) return plain;
  const available = compressed.flatMap(({ coding }) => coding ?? []);
  const coding = chooseCoding(listValue(fields, "accept-encoding"), available);
  return compressed.find((one) => coding !== undefined && one.coding === coding) ?? plain;
}
