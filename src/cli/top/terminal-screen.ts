// The terminal as a screen of its own, and as it was before: whatever ends this process but SIGKILL, the terminal is given back.
import { writeSync } from "node:fs";
import { systemClock } from "../../core/clock.ts";
import { codeOf } from "../../core/errors.ts";
import { readKeys, type TypedKey } from "./keys.ts";
import type { ScreenSize } from "./top-screen.ts";

/** The other screen, no cursor, no lines that are broken in two; and all of it back. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const REST_OF_LINE = "\x1b[K";
const REST_OF_SCREEN = "\x1b[J";
const RETRY_MS = 10;
/** A terminal that stands still (Ctrl-S) for longer gets no more of this picture. */
const MOST_TRIES = 20;

const ENDING = ["SIGTERM", "SIGHUP", "SIGQUIT"] as const;
const SIGNAL_NUMBERS = { SIGHUP: 1, SIGQUIT: 3, SIGTERM: 15 } as const;

export class TerminalScreen {
  #isEntered = false;
  #onKey: (key: TypedKey) => void = () => {};
  #onChange: () => void = () => {};

  /** `onChange`: what is shown is to be shown anew. */
  open(onKey: (key: TypedKey) => void, onChange: () => void): void {
    this.#onKey = onKey;
    this.#onChange = onChange;
    process.once("exit", () => this.close());
    for (const signal of ENDING) process.once(signal, () => process.exit(128 + SIGNAL_NUMBERS[signal]));
    process.on("SIGTSTP", () => this.suspend());
    process.on("SIGCONT", () => this.#enter());
    process.stdout.on("error", () => process.exit(0));
    process.stdin.on("end", () => process.exit(0));
    process.stdout.on("resize", () => this.#onChange());
    process.stdin.on("data", (bytes) => {
      for (const key of readKeys(bytes.toString())) this.#onKey(key);
    });
    this.#enter();
  }

  get size(): ScreenSize {
    const { columns, rows } = process.stdout;
    return { columns: columns || 80, rows: rows || 24 };
  }

  show(lines: readonly string[]): void {
    if (!this.#isEntered) return;
    const text = lines.map((line, at) => `\x1b[${at + 1};1H${line}${REST_OF_LINE}`).join("");
    this.#write(HOME + text + REST_OF_SCREEN);
  }

  /** Gives the terminal to the shell until it is told to go on. */
  suspend(): void {
    this.close();
    process.kill(process.pid, "SIGSTOP");
  }

  /** It is as it was before. */
  close(): void {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    this.#write(LEAVE);
    try {
      process.stdin.setRawMode(false);
    } catch {
      // There is no terminal any more.
    }
  }

  #enter(): void {
    this.#isEntered = true;
    process.stdin.setRawMode(true);
    process.stdin.resume();
    this.#write(ENTER);
    this.#onChange();
  }

  /** At once, also in the last moment of the process. */
  #write(text: string): void {
    let bytes: Uint8Array = Buffer.from(text);
    for (let tries = 0; bytes.length > 0 && tries < MOST_TRIES; ) {
      try {
        bytes = bytes.subarray(writeSync(1, bytes));
      } catch (error) {
        if (codeOf(error) !== "EAGAIN") return;
        tries++;
        wait(RETRY_MS);
      }
    }
  }
}

function wait(ms: number): void {
  const until = systemClock.now() + ms;
  while (systemClock.now() < until) Bun.sleepSync(1);
}
