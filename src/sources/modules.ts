// Tells the supervisor which files the app is made of, so that a change of one of them can be noticed: each time the
// set has grown, and before a failure is told. What an app reads by itself, with fs or Bun.file, is no module.

import { dirname } from "node:path";
import { isFile, textOf } from "../core/files.ts";
import type { FromChild } from "../link/messages.ts";
import { filesNamedIn, importsNamedIn } from "./app-errors.ts";
import { followImports, isOfApp, placesFor, type SourceTools } from "./import-graph.ts";

export type ModulesOptions = {
  /** Paths of all that the runtime has loaded, gw's own included. */
  loaded(): readonly string[];
  say(message: Extract<FromChild, { type: "modules" }>): void;
};

export class Modules {
  readonly #options: ModulesOptions;
  /** What was loaded before the app, and what is no file. */
  readonly #ignored: Set<string>;
  readonly #files = new Set<string>();
  /** What was looked for beside the modules and is not there: its coming is a change, too. */
  #absent: readonly string[] = [];

  constructor(options: ModulesOptions) {
    this.#options = options;
    this.#ignored = new Set(options.loaded());
  }

  /** Files that are no modules and are read at the start, with the places where one was not. Told with what comes next. */
  noteRead({ files, missing }: { files: readonly string[]; missing: readonly string[] }): void {
    for (const path of files) this.#files.add(path);
    this.#absent = missing;
  }

  /** Says nothing when nothing has come in since the last time. */
  tellGrown(): void {
    if (this.#add(this.#options.loaded())) this.#say([]);
  }

  /** What sources name, from this one on, before any of it is loaded: loading may never come to an end. */
  tellNamed(entry: string): void {
    this.tellFailure([entry], undefined);
  }

  /** `entries`: the app's file, and those that are loaded before it. */
  tellFailure(entries: readonly string[], thrown: unknown): void {
    const graphs = entries.map((entry) =>
      isFile(entry) ? followImports(entry, SOURCES) : { files: [], missing: [entry] },
    );
    const unfound = importsNamedIn(thrown).flatMap(({ specifier, from }) => placesFor(specifier, from));
    this.#add([...this.#options.loaded(), ...graphs.flatMap(({ files }) => files), ...filesNamedIn(thrown)]);
    this.#say(
      [...new Set([...graphs.flatMap(({ missing }) => missing), ...unfound])].filter((path) => !isFile(path)),
    );
  }

  #add(paths: readonly string[]): boolean {
    const before = this.#files.size;
    for (const path of paths) {
      if (this.#files.has(path) || this.#ignored.has(path)) continue;
      if (isOfApp(path) && !isOurs(path) && isFile(path)) this.#files.add(path);
      else this.#ignored.add(path);
    }
    return this.#files.size > before;
  }

  #say(missing: string[]): void {
    this.#options.say({ type: "modules", files: [...this.#files], missing: [...missing, ...this.#absent] });
  }
}

/** Files that a source imports, and those import, itself among them; nothing of it is run. */
export const importsOf = (entry: string): string[] => followImports(entry, SOURCES).files;

/** Where gw is started from its sources, its files are files like others. */
const SOURCE_TREE = `${import.meta.dir.replace(/\/sources$/, "")}/`;
const isOurs = (path: string) => path.startsWith(SOURCE_TREE);

const SOURCES: SourceTools = {
  read: textOf,
  find(specifier, from) {
    try {
      return Bun.resolveSync(specifier, dirname(from));
    } catch {
      return undefined;
    }
  },
  scan: (source, loader) => new Bun.Transpiler({ loader }).scanImports(source).map(({ path }) => path),
};
