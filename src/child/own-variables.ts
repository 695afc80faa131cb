// Variables that steer this worker and are not for the app or the programs that it starts. Taking one out of
// process.env hides it from the app; Bun.spawn passes on what the process was started with, and is told otherwise here.

import { isRecord } from "../core/records.ts";

const OWN =
  /^(BUN_JSC_forceRAMSize|BUN_RUNTIME_TRANSPILER_CACHE_PATH|NODE_CHANNEL_FD|NODE_CHANNEL_SERIALIZATION_MODE)$/;

type Spawn = (...args: unknown[]) => unknown;
/** Where Bun keeps its functions for starting programs. */
export type Spawner = { spawn: unknown; spawnSync: unknown };

/** node:cluster gives it to each of its workers; node:child_process starts programs by what is replaced here. */
const CLUSTER = "NODE_UNIQUE_ID";

/** Programs inherit what the process was started with, less our own. `onCluster`: the first worker of node:cluster is started. */
export function hideOwnVariables(
  environment: NodeJS.ProcessEnv,
  starter: Spawner,
  onCluster?: () => void,
): void {
  let tell = onCluster;
  const inherited: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(environment)) {
    if (OWN.test(name)) delete environment[name];
    else inherited[name] = value;
  }
  for (const name of ["spawn", "spawnSync"] as const) {
    const start = starter[name] as Spawn;
    starter[name] = (...args: unknown[]) => {
      const [options] = args;
      if (isRecord(options) && isRecord(options.env) && CLUSTER in options.env) {
        tell?.();
        tell = undefined;
      }
      return start(...withEnvironment(args, inherited));
    };
  }
}

/** `spawn(command, options?)` or `spawn({ cmd, ...options })`; an environment that the app gives is left alone. */
function withEnvironment([first, second, ...rest]: unknown[], env: NodeJS.ProcessEnv): unknown[] {
  if (isRecord(first)) return [{ ...first, env: first.env ?? env }, second, ...rest];
  if (second === undefined) return [first, { env }, ...rest];
  return isRecord(second)
    ? [first, { ...second, env: second.env ?? env }, ...rest]
    : [first, second, ...rest];
}
