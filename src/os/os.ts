// The system that gw runs on, chosen once. Whoever wants to know something of processes, sockets or the machine asks here.

import { platform } from "node:os";
import { libproc } from "../../ffi/libproc.ts";
import { createDarwin } from "./darwin/darwin.ts";
import { linux } from "./linux/linux.ts";
import type { OperatingSystem } from "./operating-system.ts";

/** On a system that gw does not know, whatever is asked for as on Linux is not there, and the answers say so. */
export const os: OperatingSystem = platform() === "darwin" ? createDarwin(libproc) : linux;
