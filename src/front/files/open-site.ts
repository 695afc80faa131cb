// Opens what a group's files are to be served from, or says in the operator's words why that cannot be.

import { statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { GwError, reasonOf } from "../../core/errors.ts";
import { readWhole } from "../../core/files.ts";
import type { FilesSetup } from "../../link/setups.ts";
import { FileSite } from "./file-site.ts";
import type { FileStore } from "./file-store.ts";
import { readMediaTypes } from "./reply/media-types.ts";

const MIME_TYPES_MOST_BYTES = 2 ** 20;

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
  const read = readWhole(path, MIME_TYPES_MOST_BYTES);
  const found = "text" in read ? readMediaTypes(read.text) : { wrong: 0 };
  if ("types" in found) return found.types;
  const reason = "reason" in read ? read.reason : `line ${found.wrong} does not begin with a media type`;
  throw new GwError("files_refused", { path, reason });
}
