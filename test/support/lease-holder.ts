// Run with a path: holds a lease on the file, so that whoever opens it waits, until there is no more of its own input. To
// the one who waits that is a disk that does not answer.
import { openSync } from "node:fs";
import { libc } from "../../ffi/libc.ts";

const F_SETSIG = 10;
const F_SETLEASE = 1024;
const F_WRLCK = 1;
/** Told by this signal that somebody waits, which ends nobody. */
const SIGWINCH = 28;

const [path = ""] = process.argv.slice(2);
const library = libc();
if (!library.available || !library.linux) throw new Error("only Linux has leases");
const fd = openSync(path, "r+");
const { fcntl } = library.linux;
if (fcntl(fd, F_SETSIG, SIGWINCH) !== 0 || fcntl(fd, F_SETLEASE, F_WRLCK) !== 0)
  throw new Error(`no lease on ${path}: ${library.lastError()}`);
process.stdout.write("held\n");
await Bun.stdin.text();
process.exit(0);
