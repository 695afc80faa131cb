// The page that shows what is in a directory: no more than what could be asked for by name. Pure, but for reading it.

import { readdir } from "node:fs/promises";
import { escapeHtml } from "../../http/pages.ts";
import { pathOf } from "./location.ts";
import type { Root } from "./root.ts";

const NAMES_MOST = 10_000;

export type Listed = { name: string; isDirectory: boolean };

/** The names in a directory below the root, without those that begin with a dot; undefined: it cannot be read. */
export async function listDirectory(root: Root, names: readonly string[]): Promise<Listed[] | undefined> {
  using directory = await root.openDirectory(names);
  if (!directory) return undefined;
  const entries = await root.inTurn(() => readdir(directory.path, { withFileTypes: true }));
  return entries
    .filter((entry) => !entry.name.startsWith(".") && (entry.isFile() || entry.isDirectory()))
    .slice(0, NAMES_MOST)
    .map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }))
    .toSorted((a, b) => Number(b.isDirectory) - Number(a.isDirectory) || (a.name < b.name ? -1 : 1));
}

/** `path`: decoded, as the client sees it. */
export function listingPage(path: string, listed: readonly Listed[], hasParent: boolean): string {
  const title = `Index of ${escapeHtml(path)}`;
  const lines = listed.map(({ name, isDirectory }) => {
    const slash = isDirectory ? "/" : "";
    // With the dot before it, no name can be read as a scheme or a host.
    return `<li><a href=".${pathOf([name])}${slash}">${escapeHtml(name)}${slash}</a></li>`;
  });
  const parent = hasParent ? '<li><a href="../">../</a></li>\n' : "";
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${title}</title>
<h1>${title}</h1>
<ul>
${parent}${lines.join("\n")}
</ul>
</html>
`;
}
