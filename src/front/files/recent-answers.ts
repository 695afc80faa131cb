// What was found out a moment ago, for who asks the same in the plainest way, which is what most do: small files with their
// fields, and paths at which there is no file. Nothing in it is older than a look at a file may be.

import { FRESH_MS } from "./file-cache.ts";

export type RecentAnswer = {
  fields: readonly string[];
  body: Uint8Array;
  /** Others get another form of it, by what they accept. */
  varies: boolean;
};

/** Paths are chosen by clients. */
const PATHS_MOST = 1024;

export class RecentAnswers {
  readonly #files = new Map<string, { answer: RecentAnswer; until: number }>();
  readonly #misses = new Map<string, number>();

  /** For a GET of this path with these fields, if the same was answered a moment ago. */
  answerFor(path: string, fields: readonly string[], now: number): RecentAnswer | undefined {
    const known = this.#files.get(path);
    return known && now < known.until && asksPlainly(fields, known.answer.varies) ? known.answer : undefined;
  }

  isMiss(path: string, now: number): boolean {
    const until = this.#misses.get(path);
    return until !== undefined && now < until;
  }

  /** `seenAt`: when the file was looked at. */
  keep(path: string, answer: RecentAnswer, seenAt: number): void {
    keepIn(this.#files, path, { answer, until: seenAt + FRESH_MS });
  }

  keepMiss(path: string, now: number): void {
    keepIn(this.#misses, path, now + FRESH_MS);
  }
}

function keepIn<T>(map: Map<string, T>, path: string, value: T): void {
  if (map.size >= PATHS_MOST) map.clear();
  map.set(path, value);
}

/** Nothing among the fields makes another answer of it. */
export function asksPlainly(fields: readonly string[], varies: boolean): boolean {
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    switch (name.charCodeAt(0) | LOWER) {
      case I:
        if (name.length >= IF_LEAST && name.slice(0, 3).toLowerCase() === "if-") return false;
        break;
      case R:
        if (name.length === "range".length && name.toLowerCase() === "range") return false;
        break;
      case A:
        if (varies && name.toLowerCase() === "accept-encoding") return false;
    }
  }
  return true;
}

const LOWER = 32;
const [A, I, R] = [97, 105, 114];
/** `If-Match`, `If-Range`. */
const IF_LEAST = 8;
