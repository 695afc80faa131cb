// Runs first in each thread that an app starts (see worker/life/threads.ts), and gives it the same sight of the process that the
// app's main thread has.

import { hideOwnVariables } from "../child/own-variables.ts";
import { showRuntime } from "../child/runtime.ts";
import { makeOutputWait } from "./life/blocking-output.ts";
import { prepareThreads, readThreadSetup } from "./life/threads.ts";
import { divideThreadPorts } from "./listen/thread-ports.ts";
import { provideModuleWithoutRequests } from "./module/gw-module.ts";

const threads = process.getBuiltinModule("node:worker_threads");
const setup = readThreadSetup(threads);
showRuntime(process, setup.runtime);
hideOwnVariables(process.env, Bun);
// The main thread has told if it cannot be.
makeOutputWait(process);
prepareThreads(import.meta.path, setup, { threads, global: globalThis, environment: process.env });

provideModuleWithoutRequests();

const { ports } = setup;
if (ports) {
  const { publicPort, found } = ports;
  const onDiverted = () => {
    Atomics.store(new Int32Array(found), 0, publicPort);
    process.stderr.write(
      `gw: a thread of the app listens on port ${publicPort}, where gw's clients are; none of them gets there\n`,
    );
  };
  divideThreadPorts(Bun, { publicPort, environment: process.env, onDiverted });
}
