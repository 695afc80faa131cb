// Where a process stands, by its own word: asked for by a signal, and read from among the lines that it prints. Nothing here
// waits for longer than it was told to.
import { type Clock, within } from "../../core/clock.ts";

/** Most lines that are kept of one stack, and of each line. */
const MOST_LINES = 64;
const LINE_LENGTH = 300;
/** A process that was just in the middle of an allocation cannot answer; the next time it is elsewhere. */
const AGAIN_MS = 250;

export class StackReader {
  readonly #mark: string;
  readonly #signal: () => void;
  #lines: string[] = [];
  #asked: PromiseWithResolvers<string[]> | undefined;

  /** `signal` makes the process answer. */
  constructor(mark: string, signal: () => void) {
    this.#mark = mark;
    this.#signal = signal;
  }

  /** The frames, the innermost first; none when its loop waits for something to happen. Undefined: it has not answered. */
  async ask(clock: Clock, withinMs: number): Promise<string[] | undefined> {
    this.#asked ??= Promise.withResolvers();
    const asked = this.#asked;
    const untilMs = clock.now() + withinMs;
    let frames: string[] | undefined;
    while (!frames && clock.now() < untilMs) {
      this.#lines = [];
      this.#signal();
      frames = await within(clock, Math.min(AGAIN_MS, untilMs - clock.now()), asked.promise, undefined);
    }
    if (this.#asked === asked) this.#asked = undefined;
    return frames;
  }

  /** Takes from a line what belongs to a stack; what is left of it is the app's, undefined for nothing. */
  take(line: string): string | undefined {
    const at = line.indexOf(this.#mark);
    if (at < 0) return line;
    const frame = line.slice(at + this.#mark.length).trim();
    if (frame === "") this.#finish();
    else if (this.#lines.length < MOST_LINES) this.#lines.push(frame.slice(0, LINE_LENGTH));
    return at > 0 ? line.slice(0, at) : undefined;
  }

  #finish(): void {
    this.#asked?.resolve(framesOf(this.#lines));
    this.#asked = undefined;
  }
}

/** Without what is gw's own: its program has its files where no app has any. */
export function framesOf(lines: readonly string[]): string[] {
  return lines.filter((frame) => !frame.includes("/$bunfs/"));
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

/** Without the line and the column. */
const functionOf = (frame: string) => frame.replace(/:\d+:\d+\)?$/, "");
