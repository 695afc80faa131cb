// Which request the app's output belongs to: console writes the request's id before what it prints, and where it ends behind it; and so
// does gw for errors that are printed outside of any handler. Only where the operator asks for it: `console` is the app's.

import { CLOSE_MARK, markText, openMark } from "../../link/marked-lines.ts";

/** Each takes something else, and all of it is handed on. */
type Printer = (...args: never[]) => void;
type Console = Record<(typeof PRINTERS)[number], Printer>;

const ERRORS = ["warn", "error", "assert", "timeLog", "timeEnd"] as const;
const PRINTERS = [
  "log",
  "info",
  "debug",
  "table",
  "dir",
  "dirxml",
  "trace",
  "count",
  "group",
  ...ERRORS,
] as const;
const [STDOUT, STDERR] = [1, 2];

/** Must not return before the bytes are in the pipe: what console and the runtime print comes behind them. */
type Write = (fd: number, text: string) => void;

/** Of the request whose code runs. */
type CurrentId = () => string | undefined;

export function markOutput(console: Console, currentId: CurrentId, write: Write): void {
  for (const name of PRINTERS) {
    const print = console[name];
    const fd = (ERRORS as readonly string[]).includes(name) ? STDERR : STDOUT;
    console[name] = function (this: unknown, ...args: unknown[]) {
      const id = currentId();
      if (id === undefined) return print.apply(this, args as never[]);
      write(fd, openMark(id));
      try {
        return print.apply(this, args as never[]);
      } finally {
        write(fd, `${CLOSE_MARK}\n`);
      }
    };
    Object.defineProperty(console[name], "name", { value: name, configurable: true });
  }
}

type ErrorSource = Pick<NodeJS.EventEmitter, "on" | "listenerCount">;

/** What the runtime prints of an error that ends the process. Of a promise that nobody has awaited it does not know whose it was. */
export function markLastError(program: ErrorSource, currentId: CurrentId, write: Write): void {
  program.on("uncaughtExceptionMonitor", () => {
    const id = currentId();
    if (id !== undefined && program.listenerCount("uncaughtException") === 0) write(STDERR, openMark(id));
  });
}

/** A printer of texts without their last line feed that says whose they are. */
export function markReports(currentId: CurrentId, print: (text: string) => void): (text: string) => void {
  return (text) => {
    const id = currentId();
    print(id === undefined ? `${text}\n` : markText(id, `${text}\n`));
  };
}
