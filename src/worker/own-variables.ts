// Variables that steer this worker and are not for the app or the programs that it starts. Taking one out of
// process.env hides it from the app; Bun.spawn passes on what the process was started with, and is told otherwise here.

const OWN =
  /^(BUN_JSC_forceRAMSize|BUN_RUNTIME_TRANSPILER_CACHE_PATH|NODE_CHANNEL_FD|NODE_CHANNEL_SERIALIZATION_MODE)$/;

type Environment = Record<string, string | undefined>;
type Spawn = (...args: unknown[]) => unknown;
/** Where Bun keeps its functions for starting programs. */
export type Starter = { spawn: unknown; spawnSync: unknown };

/** Programs inherit what the process was started with, less our own. */
export function hideOwnVariables(environment: Environment, starter: Starter): void {
  const inherited: Environment = {};
  for (const [name, value] of Object.entries(environment)) {
    if (OWN.test(name)) delete environment[name];
    else inherited[name] = value;
  }
  for (const name of ["spawn", "spawnSync"] as const) {
    const start = starter[name] as Spawn;
    starter[name] = (...args: unknown[]) => start(...withEnvironment(args, inherited));
  }
}

type Constructor = abstract new (...args: never[]) => object;

/** A thread of the web's kind would begin with what the process was started with; one of node's has its parent's. */
export function shareEnvironment<T extends Constructor>(thread: T, environment: Environment): T {
  return new Proxy(thread, {
    construct(made, [script, options, ...rest]: unknown[], newTarget) {
      const given = isRecord(options) ? options : {};
      const args = [script, { ...given, env: given.env ?? environment }, ...rest];
      return Reflect.construct(made, args, newTarget);
    },
  });
}

/** `spawn(command, options?)` or `spawn({ cmd, ...options })`; an environment that the app gives is left alone. */
function withEnvironment([first, second, ...rest]: unknown[], env: Environment): unknown[] {
  if (!Array.isArray(first) && isRecord(first)) return [{ ...first, env: first.env ?? env }, second, ...rest];
  if (second === undefined) return [first, { env }, ...rest];
  return isRecord(second)
    ? [first, { ...second, env: second.env ?? env }, ...rest]
    : [first, second, ...rest];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
