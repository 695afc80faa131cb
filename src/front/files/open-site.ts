// Opens what a group's files are to be served from, or says in the operator's words why that cannot be.

import { statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { GwError, reasonOf } from "../../core/errors.ts";
import { readMediaTypesFile } from "../../http/content/media-types-file.ts";
import type { FilesSetup } from "../../link/setups.ts";
import { FileSite } from "./file-site.ts";
import type { FileStore } from "./file-store.ts";

/** Throws a GwError that names the directory, or the file of types. */
export function openSite(setup: FilesSetup, store: FileStore): FileSite {
  return new FileSite({
    setup,
    cache: store.cache,
    open: (path) => openPlace(path, setup.followsLinks, store),
    ownTypes: setup.mimeTypes === undefined ? undefined : readOwnTypes(setup.mimeTypes),
  });
}

/** Whoever names one file says where that is by naming it, links and all. */
function openPlace(path: string, followsLinks: boolean, store: FileStore) {
  try {
    if (!statSync(path).isFile()) return { root: store.rootAt(path, followsLinks) };
    return { root: store.rootAt(dirname(path), true), file: basename(path) };
  } catch (thrown) {
    throw new GwError("files_refused", { path, reason: reasonOf(thrown) });
  }
}

function readOwnTypes(path: string): ReadonlyMap<string, string> {
  const read = readMediaTypesFile(path);
  if ("types" in read) return read.types;
  throw new GwError("files_refused", { path, reason: read.reason });
}
