// Notices that files have changed, by looking at them again and again: that holds on every file system, and for every
// way in which editors and deployments replace a file. What there is to see comes from a function that is handed in.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock, Timer } from "../../core/clock.ts";
import { realPathOf } from "../../core/files.ts";

/** What one look at a path shows; a link is looked through. */
export type Look = {
  /** Which file it is. */
  id: string;
  /** Differs from one version of the file to the next. */
  mark: string;
  /** Wall time of its last change, of whatever kind, in milliseconds. */
  changedAtMs: number;
  /** Names in a directory. */
  entries?: readonly string[];
};
/** Undefined when there is nothing. */
export type LookAt = (path: string) => Look | undefined;

/** Every path that is watched, those in directories included, with what was there. */
export type Snapshot = ReadonlyMap<string, string>;

/** There is nothing at this path. */
const ABSENT = "";
/** Differs from everything that a look can show. */
const CHANGED = "changed";
const MOST_ENTRIES = 10_000;
/** What editors put beside a file while they work on it. */
const OF_EDITORS = /~$|^\.#|^#.*#$|\.sw[a-z]$|^4913$/;

const POLL_MS = 150;
/** Between two looks, while changes go on. */
const SETTLING_POLL_MS = 50;
const SETTLED_AFTER_MS = 100;
/** What changes without end is told all the same. */
const LONGEST_WAIT_MS = 2_000;
const CHEAP_MS = 20;
/** Of the time between two looks, the looking takes no more than one part. */
const COST_PARTS = 20;
const SLOWEST_POLL_MS = 5_000;
/** File systems take the time from a clock that ticks every few milliseconds. */
const CLOCK_TICK_MS = 20;

export function snapshot(paths: Iterable<string>, look: LookAt): Snapshot {
  return new Map([...survey(paths, look)].map(([path, seen]) => [path, seen?.mark ?? ABSENT]));
}

/** Paths at which something else is now, or nothing any more, or something at last; in order. */
export function differs(before: Snapshot, after: Snapshot): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths]
    .filter((path) => (before.get(path) ?? ABSENT) !== (after.get(path) ?? ABSENT))
    .sort((a, b) => (a < b ? -1 : 1));
}

/** All paths, and what is in those that are directories. */
function survey(paths: Iterable<string>, look: LookAt): Map<string, Look | undefined> {
  const seen = new Map<string, Look | undefined>();
  const directories = new Set<string>();
  const waiting = [...paths];
  for (const path of waiting) {
    if (seen.has(path)) continue;
    const found = look(path);
    seen.set(path, found);
    // A link that leads back up is a directory that has been seen.
    if (!found?.entries || directories.has(found.id)) continue;
    directories.add(found.id);
    const room = Math.max(0, MOST_ENTRIES - waiting.length);
    for (const name of found.entries.filter((one) => isWatched(path, one, look)).slice(0, room))
      waiting.push(join(path, name));
  }
  return seen;
}

function isWatched(directory: string, name: string, look: LookAt): boolean {
  if (name === "node_modules" || OF_EDITORS.test(name)) return false;
  return !name.startsWith(".") || look(join(directory, name))?.entries === undefined;
}

export type ChangesOptions = {
  clock: Clock;
  look: LookAt;
  /** Runs once the changes have come to rest, with the paths that they were at. */
  onChange(paths: string[]): void;
};

export type Since = {
  /** What was seen when the app began to load. */
  known?: Snapshot;
  /** Wall time at which it began to load: a file that has changed since is a change. */
  beganAtMs?: number;
};

export class Changes {
  readonly #options: ChangesOptions;
  #paths: readonly string[] = [];
  #state: Snapshot = new Map();
  readonly #changed = new Set<string>();
  #firstAt = 0;
  #lastAt = 0;
  #timer: Timer | undefined;

  constructor(options: ChangesOptions) {
    this.#options = options;
  }

  /**
   * Files and directories to watch from now on, in place of those before. What was watched already is compared with
   * what was seen then; of the rest `since` tells what was there when the app read it.
   */
  watch(paths: readonly string[], { known, beganAtMs = Number.POSITIVE_INFINITY }: Since = {}): void {
    this.#look();
    const before = this.#state;
    this.#paths = [...paths];
    const found = survey(this.#paths, this.#options.look);
    this.#state = new Map(
      [...found].map(([path, seen]) => {
        const isNew = (seen?.changedAtMs ?? Number.NEGATIVE_INFINITY) > beganAtMs - CLOCK_TICK_MS;
        const current = isNew ? CHANGED : (seen?.mark ?? ABSENT);
        return [path, before.get(path) ?? known?.get(path) ?? current];
      }),
    );
    this.#timer ??= this.#options.clock.after(POLL_MS, () => this.#poll());
  }

  /** Nothing is told any more until the next `watch`. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#paths = [];
    this.#state = new Map();
    this.#changed.clear();
  }

  #poll(): void {
    const { clock } = this.#options;
    const begunAt = clock.now();
    this.#look();
    const now = clock.now();
    const costMs = now - begunAt;
    const base = this.#changed.size > 0 ? SETTLING_POLL_MS : POLL_MS;
    const waitMs = costMs > CHEAP_MS ? Math.min(costMs * COST_PARTS, SLOWEST_POLL_MS) : base;
    this.#timer = clock.after(waitMs, () => this.#poll());
    const isAtRest = now - this.#lastAt >= SETTLED_AFTER_MS || now - this.#firstAt >= LONGEST_WAIT_MS;
    if (this.#changed.size > 0 && isAtRest) this.#tell();
  }

  #look(): void {
    if (this.#paths.length === 0) return;
    const state = snapshot(this.#paths, this.#options.look);
    const changed = differs(this.#state, state);
    this.#state = state;
    if (changed.length === 0) return;
    this.#lastAt = this.#options.clock.now();
    if (this.#changed.size === 0) this.#firstAt = this.#lastAt;
    for (const path of changed) this.#changed.add(path);
  }

  #tell(): void {
    const paths = [...this.#changed].sort((a, b) => (a < b ? -1 : 1));
    this.#changed.clear();
    this.#options.onChange(paths);
  }
}

/** A look at the file system itself. What may not be read is as good as absent. */
export function lookAtFile(path: string): Look | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return undefined;
    const id = `${stat.dev}:${stat.ino}`;
    const changedAtMs = Math.max(stat.mtimeMs, stat.ctimeMs);
    // A directory changes with what is in it, and that is looked at by itself.
    if (stat.isDirectory())
      return { id, mark: "directory", changedAtMs: 0, entries: readdirSync(path).sort() };
    return { id, mark: `${id}:${stat.size}:${stat.mtimeMs}:${stat.ctimeMs}`, changedAtMs };
  } catch {
    return undefined;
  }
}

/**
 * Where a path leads: what is there may be the very same file, as in releases that share what has not changed. Of what is
 * not there the look at the file tells.
 */
export function lookAtPlace(path: string): Look {
  return { id: path, mark: realPathOf(path), changedAtMs: 0 };
}
