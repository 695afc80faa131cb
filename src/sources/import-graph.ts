// The files that an app's sources say they import, followed from its own file on. The runtime keeps nothing of a graph
// that did not hold, and which file will be mended is not known: so all of them are named, and for an import that leads
// nowhere the places at which its file would be found. Effects come in through SourceTools.

import { dirname, extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export type SourceTools = {
  /** Text of a file; undefined when it cannot be read. */
  read(path: string): string | undefined;
  /** Path of what a file imports; undefined when there is none. */
  find(specifier: string, from: string): string | undefined;
  /** What a source imports; throws when it cannot be parsed. */
  scan(source: string, loader: SourceLoader): string[];
};

export type SourceLoader = "ts" | "tsx" | "js" | "jsx";
export type ImportGraph = { files: string[]; missing: string[] };

const LOADERS: Readonly<Record<string, SourceLoader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".js": "jsx",
  ".mjs": "js",
  ".cjs": "js",
  ".jsx": "jsx",
};
const ENDINGS = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"];
/** Of a source that does not parse, what looks like an import. */
const LOOKS_IMPORTED = /\b(?:from|import|require)\s*\(?\s*(["'])([^"'\n]+)\1/g;
/** More than any app has; bounds what a failed start may cost. */
const MOST_FILES = 10_000;

export function followImports(entry: string, tools: SourceTools): ImportGraph {
  const files = new Set([entry]);
  const missing = new Set<string>();
  for (const file of files) {
    for (const specifier of importsOf(file, tools)) {
      const found = tools.find(specifier, file);
      if (found === undefined) for (const path of placesFor(specifier, file)) missing.add(path);
      else if (isOfApp(found) && files.size < MOST_FILES) files.add(found);
    }
  }
  return { files: [...files], missing: [...missing] };
}

/** A file of the app itself: not one of a package, of the runtime, or of gw's own executable. */
export function isOfApp(path: string): boolean {
  return path.startsWith("/") && !path.startsWith("/$bunfs/") && !path.includes("/node_modules/");
}

/** Where the file of a relative or absolute import would be found; nowhere for a package. */
export function placesFor(specifier: string, from: string): string[] {
  const plain = specifier.replace(/[?#].*$/s, "");
  if (!/^(?:\.{1,2}(?:\/|$)|\/|file:)/.test(plain)) return [];
  const path = plain.startsWith("file:") ? pathOf(plain) : resolve(dirname(from), plain);
  if (path === undefined) return [];
  const stem = path.replace(/\.[cm]?jsx?$/, "");
  return [
    ...new Set([
      path,
      // TypeScript's way to import ./a.ts is to write ./a.js.
      ...(stem === path ? [] : [".ts", ".tsx", ".mts", ".cts"].map((ending) => stem + ending)),
      ...ENDINGS.map((ending) => path + ending),
      ...ENDINGS.map((ending) => `${path}/index${ending}`),
    ]),
  ];
}

function pathOf(url: string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

function importsOf(file: string, { read, scan }: SourceTools): string[] {
  const loader = LOADERS[extname(file).toLowerCase()];
  const source = loader && read(file);
  if (loader === undefined || source === undefined) return [];
  try {
    return scan(source, loader);
  } catch {
    return [...source.matchAll(LOOKS_IMPORTED)].map(([, , specifier = ""]) => specifier);
  }
}
