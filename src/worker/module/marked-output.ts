// Which request a line of the app's output belongs to: console writes the request's id before what it prints. Only where the
// operator asks for it: `console` is the app's.

import { markLine } from "../../link/marked-lines.ts";

/** Each takes something else, and all of it is handed on. */
type Printer = (...args: never[]) => void;
type Console = Record<(typeof PRINTERS)[number], Printer>;

const PRINTERS = ["log", "info", "debug", "warn", "error", "table", "dir"] as const;
/** These two go to standard error. */
const ERRORS: readonly string[] = ["warn", "error"];
const [STDOUT, STDERR] = [1, 2];

/**
 * `currentId`: of the request whose code runs. `write` must not return before the bytes are in the pipe: what console prints comes
 * behind them.
 */
export function markOutput(
  console: Console,
  currentId: () => string | undefined,
  write: (fd: number, text: string) => void,
): void {
  for (const name of PRINTERS) {
    const print = console[name];
    const fd = ERRORS.includes(name) ? STDERR : STDOUT;
    console[name] = function (this: unknown, ...args: unknown[]) {
      const id = currentId();
      if (id !== undefined) write(fd, markLine(id));
      return print.apply(this, args as never[]);
    };
    Object.defineProperty(console[name], "name", { value: name, configurable: true });
  }
}
