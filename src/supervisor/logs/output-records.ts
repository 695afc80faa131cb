// What processes print, line by line, put together to what belongs together: a line with the request that it is about, and for forms
// in which a line is a record, an error with its stack, or whatever was printed at once, as one. Frames of gw's own are left out of
// the stacks that the runtime prints: they would lead an app's author nowhere.

import type { Clock, Timer } from "../../core/clock.ts";
import { beginsError, continuesError, endsError } from "../../core/logging/stack-lines.ts";
import { CLOSE_MARK, openingWithin, readMark } from "../../link/marked-lines.ts";
import { isOwnFrame } from "../../sources/app-errors.ts";
import type { OutputStream } from "../child/spawn.ts";

/** One stream of one process; what gw itself prints in its name has no `pid`. */
export type OutputSource = { who: string; stream: OutputStream; pid: number | undefined };

/** `id`: of the request that it is about. */
export type Printed = { source: OutputSource; id: string | undefined; lines: readonly string[] };

export type RecordsSetup = {
  clock: Clock;
  emit(printed: Printed): void;
  /** Lines bear marks of requests. */
  readsMarks(): boolean;
  /** A record may have several lines; otherwise each is handed on as it comes. */
  joins(): boolean;
};

/** What belongs together comes at once; after that time without more of it, its process has ended, or an error is over. */
const MARKED_MS = 1_000;
const ERROR_MS = 100;
/** Of more, the rest is another record. */
const MOST_LINES = 500;
const MOST_CHARACTERS = 64 * 1024;

/** What the runtime shows of how gw keeps the request that code works on. */
const SCOPE_FRAME = /^\s+at run \(node:async_hooks:/;

type Gathering = {
  source: OutputSource;
  id: string | undefined;
  /** It ends with a mark, not with a line that does not belong to it. */
  isMarked: boolean;
  lines: string[];
  characters: number;
  timer: Timer | undefined;
};

export class OutputRecords {
  readonly #setup: RecordsSetup;
  readonly #open = new Map<string, Gathering>();
  /** Whose last line was a frame of gw's. */
  #afterOwnFrame: string | undefined;

  constructor(setup: RecordsSetup) {
    this.#setup = setup;
  }

  take(source: OutputSource, said: string): void {
    const key = `${source.who} ${source.pid} ${source.stream}`;
    if (!this.#setup.readsMarks()) return this.#line(key, source, undefined, said);
    if (said === CLOSE_MARK) return this.#close(key);
    const at = openingWithin(said);
    if (at > 0) this.take(source, said.slice(0, at));
    const { id, text, isOpening } = readMark(said.slice(at));
    if (isOpening) this.#begin(key, source, id, true);
    this.#line(key, source, isOpening ? undefined : id, text);
  }

  /** Nothing more comes of one process. */
  end(pid: number): void {
    for (const [key, { source }] of [...this.#open]) if (source.pid === pid) this.#close(key);
  }

  /** Nothing waits any more. */
  flush(): void {
    for (const key of [...this.#open.keys()]) this.#close(key);
  }

  /** `id`: what a mark of this line alone says. */
  #line(key: string, source: OutputSource, id: string | undefined, text: string): void {
    if (this.#isOurs(key, text)) return;
    const { emit, joins } = this.#setup;
    const open = this.#open.get(key);
    if (!joins()) {
      if (open) this.#await(key, open);
      return emit({ source, id: id ?? open?.id, lines: [text] });
    }
    if (open && belongs(open, id, text)) return this.#add(key, open, text);
    this.#close(key);
    if (!beginsError(text)) return emit({ source, id, lines: [text] });
    this.#add(key, this.#begin(key, source, id, false), text);
  }

  #isOurs(key: string, text: string): boolean {
    const isOurs = isOwnFrame(text) || (this.#afterOwnFrame === key && SCOPE_FRAME.test(text));
    if (isOurs) this.#afterOwnFrame = key;
    else if (this.#afterOwnFrame === key) this.#afterOwnFrame = undefined;
    return isOurs;
  }

  #begin(key: string, source: OutputSource, id: string | undefined, isMarked: boolean): Gathering {
    this.#close(key);
    const begun: Gathering = { source, id, isMarked, lines: [], characters: 0, timer: undefined };
    this.#open.set(key, begun);
    this.#await(key, begun);
    return begun;
  }

  #add(key: string, open: Gathering, text: string): void {
    open.lines.push(text);
    open.characters += text.length;
    if (endsError(text)) this.#close(key);
    else if (open.lines.length >= MOST_LINES || open.characters >= MOST_CHARACTERS)
      this.#begin(key, open.source, open.id, open.isMarked);
    else this.#await(key, open);
  }

  #await(key: string, open: Gathering): void {
    open.timer?.cancel();
    open.timer = this.#setup.clock.after(open.isMarked ? MARKED_MS : ERROR_MS, () => this.#close(key));
  }

  #close(key: string): void {
    const open = this.#open.get(key);
    if (!open) return;
    open.timer?.cancel();
    this.#open.delete(key);
    const { source, id, lines } = open;
    // The runtime sets what it prints apart.
    const end = lines.findLastIndex((line) => line !== "") + 1;
    if (end > 0) this.#setup.emit({ source, id, lines: lines.slice(0, end) });
  }
}

function belongs({ isMarked, id, lines }: Gathering, ownId: string | undefined, text: string): boolean {
  if (isMarked) return ownId === undefined;
  return id === ownId && continuesError(lines, text);
}
