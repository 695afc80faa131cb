// A program in a terminal of its own: what it shows, as the last picture that it has drawn, and the terminal's own settings.
import { eventually } from "./gw.ts";

/** Bits of termios' local flags on Linux. */
const ICANON = 2;
const ECHO = 8;

export class Screen {
  readonly #terminal: Bun.Terminal;
  readonly #child: Bun.Subprocess;
  #shown = "";

  constructor(
    words: string[],
    { columns = 80, rows = 24, env = {} as Record<string, string | undefined> } = {},
  ) {
    this.#child = Bun.spawn(words, {
      env: { ...process.env, TERM: "xterm-256color", NO_COLOR: "1", ...env },
      terminal: {
        cols: columns,
        rows,
        data: (_, bytes) => {
          this.#shown += Buffer.from(bytes).toString();
        },
      },
    });
    if (!this.#child.terminal) throw new Error("there is no terminal");
    this.#terminal = this.#child.terminal;
  }

  get pid(): number {
    return this.#child.pid;
  }

  get exited(): Promise<number> {
    return this.#child.exited;
  }

  /** All that was written, unread. */
  get written(): string {
    return this.#shown;
  }

  /** The lines of the last picture that is whole. */
  get lines(): string[] {
    const pictures = this.#shown.split("\x1b[H").slice(1);
    const whole = pictures.findLast((picture) => picture.includes("\x1b[J")) ?? "";
    const rows = whole.slice(0, whole.indexOf("\x1b[J")).split(/\x1b\[\d+;1H/);
    return rows.slice(1).map((row) => Bun.stripANSI(row));
  }

  /** Lines and keys as the shell has left them, and no other screen. */
  get isAsBefore(): boolean {
    const flags = this.#terminal.localFlags;
    const isLeft = this.#shown.lastIndexOf("\x1b[?1049l") > this.#shown.lastIndexOf("\x1b[?1049h");
    const hasCursor = this.#shown.lastIndexOf("\x1b[?25h") > this.#shown.lastIndexOf("\x1b[?25l");
    return (flags & ICANON) > 0 && (flags & ECHO) > 0 && isLeft && hasCursor;
  }

  type(text: string): void {
    this.#terminal.write(text);
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
  }

  /** As when its window is closed. */
  hangUp(): void {
    this.#terminal.close();
  }

  /** Resolves when the picture has this in it. */
  async until(wanted: RegExp): Promise<string[]> {
    await eventually(() => wanted.test(this.lines.join("\n")), `the screen shows ${wanted}`, 20_000).catch(
      (error) => {
        throw new Error(`${error.message}; it shows:\n${this.lines.join("\n")}`);
      },
    );
    return this.lines;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    if (!this.#terminal.closed) this.#terminal.close();
  }
}
