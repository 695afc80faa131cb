// What a confined group may read and change, as far as it is not the same for all: its home and what can be imported from there,
// what its options name, and its interpreter. Found once for each generation, with every symbolic link resolved: what the app
// turns into a link later is not granted by it.

import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** Absolute paths without symbolic links. */
export type Granted = { readable: string[]; writable: string[] };

export type ToBeGranted = {
  home: string;
  /** Files from which others are imported: the app, and hooks. */
  sources: readonly string[];
  /** The interpreter that runs them. */
  interpreter?: string | undefined;
  readable: readonly string[];
  writable: readonly string[];
};

export function grantedTo({ home, sources, interpreter, readable, writable }: ToBeGranted): Granted {
  const starts = [home, ...sources.map((path) => dirname(path))];
  const all = [
    ...starts,
    ...starts.flatMap(importedFrom),
    ...readable,
    ...(interpreter === undefined ? [] : ofInterpreter(interpreter)),
  ];
  return {
    readable: withoutInner(realOnes(all)),
    writable: withoutInner(realOnes(writable)),
  };
}

/** Whether the path is one of these, or lies below one. */
export const isGranted = (path: string, places: readonly string[]): boolean =>
  places.some((place) => path === place || path.startsWith(`${place}/`));

/** What the runtime reads when it looks for a package, in each directory above. */
const LOOKED_AT = ["node_modules", "package.json", "tsconfig.json", "jsconfig.json", "bunfig.toml"];

function importedFrom(directory: string): string[] {
  const above = dirname(directory);
  const found = LOOKED_AT.map((name) => join(directory, name)).filter((path) => existsSync(path));
  const packages = join(directory, "node_modules");
  const own = [...found, ...linkedIn(packages)];
  return above === directory ? own : [...own, ...importedFrom(above)];
}

/** Packages that are links to elsewhere, as in a repository with several of them. */
function linkedIn(packages: string): string[] {
  return namesIn(packages).flatMap((name) => {
    const path = join(packages, name.name);
    if (name.isSymbolicLink()) return [path];
    const inside = name.name.startsWith("@") ? namesIn(path) : [];
    return inside.filter((one) => one.isSymbolicLink()).map((one) => join(path, one.name));
  });
}

function namesIn(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Its environment, and the installation that this is made from. */
function ofInterpreter(path: string): string[] {
  const real = realOnes([path])[0] ?? path;
  const prefixes = [path, real].map((one) => dirname(dirname(one)));
  // /usr is granted to everybody, and / to nobody.
  return [path, real, ...prefixes.filter((prefix) => prefix !== "/")];
}

function realOnes(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    try {
      return [realpathSync(path)];
    } catch {
      // What is not there cannot be granted; who needs it says so.
      return [];
    }
  });
}

/** Those that lie in no other one of them. */
function withoutInner(paths: readonly string[]): string[] {
  const unique = [...new Set(paths)].filter((path) => path !== "/");
  return unique.filter((path) => !unique.some((other) => other !== path && isIn(path, other))).sort();
}

const isIn = (path: string, directory: string) =>
  path.startsWith(`${directory}/`) && statSync(directory).isDirectory();
