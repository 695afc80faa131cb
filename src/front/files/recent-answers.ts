// What was found out a moment ago, for who asks the same in the plainest way, which is what most do: small files with their
// fields, and paths at which there is no file. Nothing in it is older than a look at a file may be.

import { FRESH_MS } from "./file-cache.ts";

/** A small file with its fields, as it is sent. */
export class RecentAnswer {
  readonly body: Uint8Array;
  /** The Accept-Encoding of those who get this form of it; undefined where there is no other one. */
  readonly accepted: string | undefined;
  readonly #fields: readonly string[];
  #date = "";
  #dated: readonly string[] = [];

  constructor(fields: readonly string[], body: Uint8Array, accepted?: string) {
    this.#fields = fields;
    this.body = body;
    this.accepted = accepted;
  }

  /** With the Date field, which is another one each second: the same list again until then. */
  fieldsAt(date: string): readonly string[] {
    if (date !== this.#date) {
      this.#date = date;
      this.#dated = [...this.#fields, "Date", date];
    }
    return this.#dated;
  }
}

/** Paths are chosen by clients. */
const PATHS_MOST = 1024;
/** And so is what they accept: of one path so many forms are kept. */
const FORMS_MOST = 4;

type KeptForm = { answer: RecentAnswer; until: number };

export class RecentAnswers {
  readonly #files = new Map<string, readonly KeptForm[]>();
  readonly #misses = new Map<string, number>();

  /** For a GET of this path with these fields, if the same was answered a moment ago. */
  answerFor(path: string, fields: readonly string[], now: number): RecentAnswer | undefined {
    const forms = this.#files.get(path);
    const accepted = forms && plainlyAccepted(fields);
    if (accepted === undefined) return undefined;
    const known = forms?.find(({ answer }) => answer.accepted === undefined || answer.accepted === accepted);
    return known && now < known.until ? known.answer : undefined;
  }

  isMiss(path: string, now: number): boolean {
    const until = this.#misses.get(path);
    return until !== undefined && now < until;
  }

  /** `seenAt`: when the file was looked at. */
  keep(path: string, answer: RecentAnswer, seenAt: number): void {
    const until = seenAt + FRESH_MS;
    // One that has other forms now has not those that it had before.
    const others = (this.#files.get(path) ?? []).filter(
      (one) => one.until === until && one.answer.accepted !== answer.accepted,
    );
    keepIn(this.#files, path, [{ answer, until }, ...others.slice(0, FORMS_MOST - 1)]);
  }

  keepMiss(path: string, now: number): void {
    keepIn(this.#misses, path, now + FRESH_MS);
  }
}

function keepIn<T>(map: Map<string, T>, path: string, value: T): void {
  if (map.size >= PATHS_MOST) map.clear();
  map.set(path, value);
}

/** The Accept-Encoding of who asks plainly, empty without one; undefined where something among the fields makes another answer of it. */
export function plainlyAccepted(fields: readonly string[]): string | undefined {
  let accepted = "";
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    switch (name.charCodeAt(0) | LOWER) {
      case I:
        if (name.length >= IF_LEAST && name.slice(0, 3).toLowerCase() === "if-") return undefined;
        break;
      case R:
        if (name.length === "range".length && name.toLowerCase() === "range") return undefined;
        break;
      case A:
        if (name.length !== ACCEPT_ENCODING.length || name.toLowerCase() !== ACCEPT_ENCODING) break;
        if (accepted !== "") return undefined;
        accepted = fields[i + 1] as string;
    }
  }
  return accepted;
}

const ACCEPT_ENCODING = "accept-encoding";
const LOWER = 32;
const [A, I, R] = [97, 105, 114];
/** `If-Match`, `If-Range`. */
const IF_LEAST = 8;
