// The files of one group: which one a path leads to, where several directories are laid over the paths of the app.

import type { FilesSetup } from "../../link/setups.ts";
import type { FileCache, FileEntry } from "./file-cache.ts";
import { below, type Location } from "./location.ts";
import { RecentAnswers } from "./recent-answers.ts";
import { createCaching } from "./reply/caching.ts";
import { createMediaTypes, type MediaTypes } from "./reply/media-types.ts";
import type { Root } from "./root.ts";

/** What a path leads to. */
export type Found =
  /** `isFallback`: it stands for a page that is not there. */
  | (Extract<FileEntry, { kind: "file" }> & { isFallback?: true })
  | Extract<FileEntry, { kind: "refused" }>
  /** A directory with something to show, asked for without the slash at its end. */
  | { kind: "needs slash" }
  | { kind: "listing"; root: Root; names: readonly string[] }
  /** `isOurs`: nobody else is to be asked for it. */
  | { kind: "nothing"; isOurs: boolean };

/** A part of the paths that leads to a directory, or to one file: `root` is then the directory that it is in. */
type FilePlace = { top: readonly string[]; root: Root; file: string | undefined; isOurs: boolean };

export type SiteParts = {
  setup: FilesSetup;
  cache: FileCache;
  /** The directory at a path; or that of the one `file` that is there. */
  open: (path: string) => { root: Root; file?: string };
  ownTypes: ReadonlyMap<string, string> | undefined;
};

export class FileSite {
  readonly cachingOf: (path: string) => string | undefined;
  readonly typeOf: MediaTypes;
  readonly cache: FileCache;
  readonly recent = new RecentAnswers();
  readonly #setup: FilesSetup;
  readonly #places: readonly FilePlace[];
  /** The document root. */
  readonly #ground: FilePlace | undefined;

  constructor({ setup, cache, open, ownTypes }: SiteParts) {
    this.#setup = setup;
    this.cache = cache;
    this.cachingOf = createCaching(setup.caching);
    this.typeOf = createMediaTypes(ownTypes);
    const { isWhole } = setup;
    const aliases = setup.aliases.map(({ url, path }): FilePlace => {
      const top = url.split("/").filter((segment) => segment !== "");
      return { file: undefined, ...open(path), top, isOurs: true };
    });
    if (setup.root !== undefined)
      this.#ground = { file: undefined, ...open(setup.root), top: [], isOurs: isWhole };
    this.#places = [
      ...aliases.toSorted((a, b) => b.top.length - a.top.length),
      ...(this.#ground ? [this.#ground] : []),
    ];
  }

  get nothing(): Extract<Found, { kind: "nothing" }> {
    return { kind: "nothing", isOurs: this.#setup.isWhole };
  }

  /** What was found at these names is not so any more. */
  forget(names: readonly string[]): void {
    for (const { root } of this.#places) this.cache.forget(root, names);
  }

  get sendsByKernel(): boolean {
    return this.#setup.sendfile;
  }

  get hasFallback(): boolean {
    return this.#setup.fallback !== undefined;
  }

  /** What stands at this place below the mount of the group; `navigates`: or for a page that is not there. */
  find(location: Location, navigates = false): Found | Promise<Found> {
    for (const place of this.#places) {
      const rest = below(location.segments, place.top);
      if (!rest) continue;
      if (location.isHidden) return { kind: "nothing", isOurs: place.isOurs };
      const found = this.#findIn(place, rest, location.isDirectory);
      if (!navigates || place !== this.#ground) return found;
      return whenKnown(found, (known) => (known.kind === "nothing" ? this.#fallBack(place, known) : known));
    }
    return this.nothing;
  }

  #fallBack({ root }: FilePlace, nothing: Found): Found | Promise<Found> {
    const { fallback } = this.#setup;
    if (fallback === undefined) return nothing;
    return whenKnown(this.cache.find(root, [fallback]), (entry) =>
      entry.kind === "file" ? { ...entry, isFallback: true } : nothing,
    );
  }

  #findIn(place: FilePlace, rest: readonly string[], isDirectory: boolean): Found | Promise<Found> {
    const nothing: Found = { kind: "nothing", isOurs: place.isOurs };
    if (place.file !== undefined) {
      if (rest.length > 0 || isDirectory) return nothing;
      return whenKnown(this.cache.find(place.root, [place.file]), (entry) => asFound(entry, nothing));
    }
    if (isDirectory) return this.#findIndex(place, rest, nothing);
    if (rest.length === 0) return this.#orSlash(place, rest, nothing);
    return whenKnown(this.cache.find(place.root, rest), (entry) =>
      entry.kind === "directory" ? this.#orSlash(place, rest, nothing) : asFound(entry, nothing),
    );
  }

  #orSlash(place: FilePlace, rest: readonly string[], nothing: Found): Found | Promise<Found> {
    return whenKnown(this.#findIndex(place, rest, nothing), (found) =>
      found.kind === "nothing" ? nothing : { kind: "needs slash" },
    );
  }

  #findIndex(place: FilePlace, rest: readonly string[], nothing: Found, at = 0): Found | Promise<Found> {
    const name = this.#setup.index[at];
    if (name === undefined) return this.#findListing(place, rest, nothing);
    return whenKnown(this.cache.find(place.root, [...rest, name]), (entry) =>
      entry.kind === "file" ? entry : this.#findIndex(place, rest, nothing, at + 1),
    );
  }

  #findListing({ root }: FilePlace, rest: readonly string[], nothing: Found): Found | Promise<Found> {
    if (!this.#setup.listing) return nothing;
    if (rest.length === 0) return { kind: "listing", root, names: rest };
    return whenKnown(this.cache.find(root, rest), (entry) =>
      entry.kind === "directory" ? { kind: "listing", root, names: rest } : nothing,
    );
  }
}

function asFound(entry: FileEntry, nothing: Found): Found {
  return entry.kind === "file" || entry.kind === "refused" ? entry : nothing;
}

/** At once where it is known at once: most files are, and a promise would put each of them off. */
export function whenKnown<T, R>(value: T | Promise<T>, act: (known: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(act) : act(value);
}
