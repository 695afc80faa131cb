// Where a process stands, by its own word: asked for by a signal, and read from among the lines that it prints. Nothing here
// waits for longer than it was told to.
import { type Clock, within } from "../../core/clock.ts";
import type { StackWriting } from "../../link/messages.ts";
import { FAULTHANDLER } from "../languages/faulthandler.ts";

/** Characters that are kept of each line. */
const LINE_LENGTH = 300;
/** For an answer, which takes milliseconds where there is a processor for it. Deadlocks come when there is none. */
export const STACK_MS = 3_000;
/**
 * A process that was just in the middle of an allocation cannot answer; the next time it is elsewhere. Then after twice that, and so
 * on: where a copy takes so long because all do, another one would make it no faster.
 */
const AGAIN_MS = 250;

/** What of a line belongs to a stack: `text`, and what `rest` of it is the app's. */
export type StackPiece = { text?: string; isEnd?: boolean; rest?: string };

/** How processes of a kind write their stacks. */
export type StackForm = {
  /** Most lines that are kept of one. */
  mostLines: number;
  /** Undefined for a line that has nothing of a stack. `isAsked`: somebody waits for one. */
  read(line: string, mark: string, isAsked: boolean): StackPiece | undefined;
  /** The innermost first, without what is gw's own. */
  frames(lines: readonly string[], mark: string): string[];
};

/** Each line bears the mark, and the last one has nothing else. */
const MARKED: StackForm = {
  mostLines: 64,
  read(line, mark) {
    const at = line.indexOf(mark);
    if (at < 0) return undefined;
    const text = line.slice(at + mark.length).trim();
    const rest = at > 0 ? { rest: line.slice(0, at) } : {};
    return text === "" ? { isEnd: true, ...rest } : { text, ...rest };
  },
  frames: framesOf,
};

export const STACK_FORMS: Readonly<Record<StackWriting, StackForm>> = {
  marked: MARKED,
  faulthandler: FAULTHANDLER,
};

export class StackReader {
  readonly #mark: string;
  readonly #signal: () => void;
  readonly #form: StackForm;
  #lines: string[] = [];
  #asked: PromiseWithResolvers<string[]> | undefined;

  /** `signal` makes the process answer. */
  constructor(mark: string, signal: () => void, writing: StackWriting = "marked") {
    this.#mark = mark;
    this.#signal = signal;
    this.#form = STACK_FORMS[writing];
  }

  /** The frames, the innermost first; none when its loop waits for something to happen. Undefined: it has not answered. */
  async ask(clock: Clock, withinMs = STACK_MS): Promise<string[] | undefined> {
    this.#asked ??= Promise.withResolvers();
    const asked = this.#asked;
    const untilMs = clock.now() + withinMs;
    let frames: string[] | undefined;
    for (let waitMs = AGAIN_MS; !frames && clock.now() < untilMs; waitMs *= 2) {
      this.#lines = [];
      this.#signal();
      frames = await within(clock, Math.min(waitMs, untilMs - clock.now()), asked.promise, undefined);
    }
    if (this.#asked === asked) this.#asked = undefined;
    return frames;
  }

  /** Takes from a line what belongs to a stack; what is left of it is the app's, undefined for nothing. */
  take(line: string): string | undefined {
    const piece = this.#form.read(line, this.#mark, this.#asked !== undefined);
    if (!piece) return line;
    const { text, isEnd, rest } = piece;
    if (text !== undefined && this.#lines.length < this.#form.mostLines)
      this.#lines.push(text.slice(0, LINE_LENGTH));
    if (isEnd) this.#finish();
    return rest;
  }

  #finish(): void {
    this.#asked?.resolve(this.#form.frames(this.#lines, this.#mark));
    this.#asked = undefined;
  }
}

/**
 * Without what is gw's own, and what of the runtime gw has called: its program has its files where no app has any. What has called
 * gw is the runtime's too, where it keeps the request that code works on.
 */
export function framesOf(lines: readonly string[]): string[] {
  const isOurs = (frame: string | undefined) => frame?.includes("/$bunfs/") === true;
  const isForUs = (frame: string, at: number) =>
    (frame.includes("(node:") && isOurs(lines[at + 1])) ||
    (frame.startsWith("run (node:async_hooks:") && isOurs(lines[at - 1]));
  return lines.filter((frame, at) => !isOurs(frame) && !isForUs(frame, at));
}

/** Frames that are told in a line of the log: of a recursion the first of each run. */
const FRAMES_TOLD = 12;

/** In one line of a log. */
export function describeStack(frames: readonly string[]): string {
  if (frames.length === 0) return "none: its event loop waits";
  const runs: { frame: string; count: number }[] = [];
  for (const frame of frames) {
    const last = runs.at(-1);
    if (last && functionOf(last.frame) === functionOf(frame)) last.count++;
    else runs.push({ frame, count: 1 });
  }
  const told = runs
    .slice(0, FRAMES_TOLD)
    .map(({ frame, count }) => (count > 1 ? `${frame} and ${count - 1} more of it` : frame));
  return [...told, ...(runs.length > told.length ? ["…"] : [])].join(" < ");
}

/** Without the line, and the column where there is one. */
const functionOf = (frame: string) => frame.replace(/(?::\d+){1,2}\)?$/, "");
