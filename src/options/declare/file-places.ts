// Which groups have files, and which have nothing else. Pure.

import type { Settings } from "./table.ts";

type FilePlaces = Pick<Settings, "app" | "documentRoot" | "urlAlias">;

export const servesFiles = ({ documentRoot, urlAlias }: FilePlaces): boolean =>
  documentRoot !== undefined || urlAlias.length > 0;

/** There is nothing that a worker could run. */
export const servesFilesOnly = (settings: FilePlaces): boolean =>
  settings.app === undefined && servesFiles(settings);
