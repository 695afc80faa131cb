// Ports for programs that must be told one. They are none that the kernel gives out by itself, to whoever binds port 0 or
// connects, and test processes that run side by side take theirs from different rows.

/** Below what Linux (32768), macOS and Windows (49152) give out by themselves. */
const FIRST = 12_000;
const ROW = 64;
const ROWS = 320;

const row = FIRST + (process.pid % ROWS) * ROW;
// Where two processes have the same row, as their numbers are a multiple of ROWS apart, they begin at other ports of it.
let taken = Math.floor(process.pid / ROWS);

/** One that nobody listens on, and that this process has not named for a while. */
export function freePort(): number {
  for (let tries = 0; tries < ROW; tries++) {
    const port = row + (taken++ % ROW);
    if (isFree(port)) return port;
  }
  throw new Error(`none of the ports ${row} to ${row + ROW - 1} is free`);
}

function isFree(port: number): boolean {
  try {
    Bun.listen({ hostname: "0.0.0.0", port, socket: { data() {} } }).stop(true);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
}
