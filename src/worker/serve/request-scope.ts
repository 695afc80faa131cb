// Which request a line of the app's output belongs to: the handler, and all that it awaits, runs in a scope that knows the
// request's id, and console writes that id before what it prints. Only where the operator asks for it: `console` is the app's.

import { AsyncLocalStorage } from "node:async_hooks";
import { markLine } from "../../link/marked-lines.ts";

/** Runs what belongs to a request. */
export type InRequest = <T>(id: string, act: () => T) => T;

type Printer = (...args: unknown[]) => void;
type Console = Record<(typeof PRINTERS)[number], Printer>;

const PRINTERS = ["log", "info", "debug", "warn", "error"] as const;
/** These two go to standard error. */
const ERRORS: readonly string[] = ["warn", "error"];
const [STDOUT, STDERR] = [1, 2];

/** `write` must not return before the bytes are in the pipe: what console prints comes behind them. */
export function markOutput(console: Console, write: (fd: number, text: string) => void): InRequest {
  const scope = new AsyncLocalStorage<string>();
  for (const name of PRINTERS) {
    const print = console[name];
    const fd = ERRORS.includes(name) ? STDERR : STDOUT;
    console[name] = function (this: unknown, ...args: unknown[]) {
      const id = scope.getStore();
      if (id !== undefined) write(fd, markLine(id));
      return print.apply(this, args);
    };
    Object.defineProperty(console[name], "name", { value: name, configurable: true });
  }
  return (id, act) => scope.run(id, act);
}
