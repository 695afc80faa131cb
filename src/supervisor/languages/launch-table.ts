// The launch table: for each kind of worker the program that runs it, and its environment. Whoever is not gw's own
// program begins as that all the same, and becomes the other one when it is who it is to be (child/launch-other). Pure.

import pythonWorker from "../../../python/worker.py" with { type: "text" };
import type { Environment } from "../../core/environment.ts";
import type { Settings } from "../../options/declare/table.ts";
import type { WorkerKind } from "../../options/declare/worker-kinds.ts";
import type { WorkerProgram } from "./programs.ts";

export type LaunchRow = {
  /** Variables below what the operator says. */
  defaults: Environment;
  /** Variables above all others, which the worker takes out again before its app sees them. */
  switches(settings: Settings): Environment;
  /** Variables that mean nothing to apps of this kind, or would steer what is not theirs. */
  withholds: RegExp | undefined;
  /** What its interpreter runs; absent for what gw itself is. */
  program?: WorkerProgram;
};

export const LAUNCHES: Readonly<Record<WorkerKind, LaunchRow>> = {
  bun: {
    // Bun fixes JSX mode and NODE_ENV at process start; in production unless the operator says otherwise.
    defaults: { NODE_ENV: "production" },
    switches: ({ memoryLimit, dontWriteBytecode }) => ({
      // The garbage collector works harder as the heap comes near to what it takes for the machine's memory.
      ...(memoryLimit > 0 && { BUN_JSC_forceRAMSize: String(memoryLimit) }),
      ...(dontWriteBytecode && { BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0" }),
    }),
    withholds: undefined,
  },
  python: {
    defaults: {},
    switches: ({ hashSeed, dontWriteBytecode, pythonOptimize, pythonWarnings }) => ({
      ...(hashSeed !== "random" && { PYTHONHASHSEED: String(hashSeed) }),
      ...(dontWriteBytecode && { PYTHONDONTWRITEBYTECODE: "1" }),
      ...(pythonOptimize > 0 && { PYTHONOPTIMIZE: String(pythonOptimize) }),
      ...(pythonWarnings.length > 0 && { PYTHONWARNINGS: pythonWarnings.join() }),
    }),
    // What has an interpreter stop and ask somebody, or run a program before the worker.
    withholds: /^PYTHON(?:STARTUP|INSPECT|HOME)$/,
    program: { name: "worker.py", text: pythonWorker },
  },
};
