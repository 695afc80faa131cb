// A program that gw runs beside the app: it gets no requests, listens where it likes, and is ready once it has been
// imported. How it is told to go is what it would meet anywhere else, SIGTERM, if it has a handler for it.

import { idleClock } from "../core/clock.ts";
import type { Work } from "./departure.ts";

const SIGTERM = 15;

type Listener = (...args: unknown[]) => void;
type Program = Pick<NodeJS.Process, "rawListeners" | "prependListener">;

/** To be called before the program is imported: handlers that are there already are not the program's. */
export function serviceWork(program: Program): Work {
  const ours = new Set(program.rawListeners("SIGTERM"));
  const own = () => (program.rawListeners("SIGTERM") as Listener[]).filter((act) => !ours.has(act));
  let isTold = false;
  let isFinishing = false;
  const note = () => {
    // The system has called the program's handlers itself, or is about to.
    isFinishing = own().length > 0;
    isTold = true;
  };
  program.prependListener("SIGTERM", note);
  ours.add(note);
  return {
    active: () => (isFinishing ? 1 : 0),
    stopAccepting() {
      if (isTold) return;
      const handlers = own();
      isTold = true;
      isFinishing = handlers.length > 0;
      for (const handle of handlers) handle.call(program, "SIGTERM", SIGTERM);
    },
    describe: () => "the program had not ended",
    clock: idleClock,
  };
}
