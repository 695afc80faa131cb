// What the tsconfig.json says that holds for a source file, with all that it extends. Read as Bun reads it: the nearest
// one upwards, which may be any text with comments, and none of it an error here.

import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { isFile } from "../../core/files.ts";
import { isRecord } from "../../core/records.ts";

export type CompilerOptions = Readonly<Record<string, unknown>>;

const NAME = "tsconfig.json";
const NONE: CompilerOptions = Object.freeze({});
/** More than anybody has; ends a circle. */
const DEEPEST = 32;

/** Remembers what it has read; files are taken to stay as they are. */
export class TsConfigs {
  readonly #byDirectory = new Map<string, CompilerOptions>();

  /** For files in this directory. */
  optionsIn(directory: string): CompilerOptions {
    const known = this.#byDirectory.get(directory);
    if (known) return known;
    const path = join(directory, NAME);
    const above = dirname(directory);
    const options = isFile(path) ? readOptions(path, 0) : above === directory ? NONE : this.optionsIn(above);
    this.#byDirectory.set(directory, options);
    return options;
  }
}

function readOptions(path: string, depth: number): CompilerOptions {
  const config = readConfig(path);
  if (!isRecord(config) || depth > DEEPEST) return NONE;
  const bases = [config.extends].flat().filter((base) => typeof base === "string");
  const inherited = bases.flatMap((base) => locateBase(base, dirname(path)) ?? []);
  const layers = inherited.map((base) => readOptions(base, depth + 1));
  const own = isRecord(config.compilerOptions) ? config.compilerOptions : NONE;
  return Object.freeze(Object.assign({}, ...layers, own));
}

function readConfig(path: string): unknown {
  try {
    return Bun.JSONC.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** A file, with or without its ending, or a package or a file in one. */
function locateBase(base: string, directory: string): string | undefined {
  if (isAbsolute(base) || /^\.{1,2}(?:[/\\]|$)/.test(base)) {
    const path = resolve(directory, base);
    return [path, `${path}.json`, join(path, NAME)].find(isFile);
  }
  for (const name of [base, `${base}.json`, `${base}/${NAME}`]) {
    const found = locateInPackages(name, directory);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a package exports does not bind here: a configuration is no module. */
function locateInPackages(name: string, directory: string): string | undefined {
  for (let at = directory; ; at = dirname(at)) {
    const path = join(at, "node_modules", name);
    if (path.endsWith(".json") && isFile(path)) return path;
    if (at === dirname(at)) return undefined;
  }
}
