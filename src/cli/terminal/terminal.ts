// gw's own stdout and stderr. What happens to lines that nobody takes is decided in core/outlet; here is only how
// they are written so that the process goes on meanwhile.

import { constants, openSync, writeSync } from "node:fs";
import { systemClock } from "../../core/clock.ts";
import { codeOf } from "../../core/errors.ts";
import { Outlet, type WriteText } from "../../core/outlet.ts";
import { os } from "../../os/os.ts";

/** How often a terminal that stands still is asked again. */
const RETRY_MS = 25;

/** A stream that is closed or broken must not end the server: who made the outlet is told of it by the outlet. */
export function openOutlet(stream: NodeJS.WriteStream & { fd: number }): Outlet {
  stream.on("error", () => {});
  const patient: WriteText = (text, done) => void stream.write(text, (error) => done(error));
  return new Outlet((stream.isTTY && writeToTerminal(stream.fd)) || patient, { clock: systemClock });
}

/**
 * The runtime waits for a terminal that stands still (Ctrl-S), and gw with it. Opened anew it need not wait, and the shell's
 * own descriptor stays as it is. Undefined where it cannot be opened: it is another user's, after su for example.
 */
function writeToTerminal(fd: number): WriteText | undefined {
  const path = os.reopeningPath(fd);
  if (!path.ok) return undefined;
  try {
    const own = openSync(path.value, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    return createWriter((bytes) => writeSync(own, bytes));
  } catch {
    return undefined;
  }
}

/** Over a call that writes a part of the bytes, or throws EAGAIN when it would have to wait. */
export function createWriter(write: (bytes: Uint8Array) => number, clock = systemClock): WriteText {
  const waiting: { bytes: Uint8Array; done: () => void }[] = [];
  const go = () => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      const count = attempt(write, next.bytes);
      if (count === undefined) return void clock.after(RETRY_MS, go);
      next.bytes = next.bytes.subarray(count);
      if (next.bytes.length > 0) continue;
      waiting.shift();
      next.done();
    }
  };
  return (text, done) => {
    waiting.push({ bytes: Buffer.from(text), done });
    if (waiting.length === 1) go();
  };
}

/** How many bytes are off our hands; undefined when it is to be tried again. */
function attempt(write: (bytes: Uint8Array) => number, bytes: Uint8Array): number | undefined {
  try {
    return write(bytes);
  } catch (error) {
    return codeOf(error) === "EAGAIN" ? undefined : bytes.length;
  }
}
