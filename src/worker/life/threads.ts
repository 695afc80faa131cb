// Threads that the app starts see the process as the app does. Each has a process object and a Bun of its own, so that what
// gw changes there is changed again in each of them: worker/thread.ts runs there first.

import { join } from "node:path";
import type * as WorkerThreads from "node:worker_threads";
import { IS_COMPILED } from "../../core/version.ts";

/** The executable holds it as deploy/build.ts has put it there. */
export const THREAD_ENTRY = join(import.meta.dir, IS_COMPILED ? "worker/thread.js" : "../thread.ts");

/** Under this name threads find what they must know; inherited by threads of threads. */
const KEY = "gw:thread";

/** `runtime`: see WorkerSetup.runtime. `ports`: absent in services, which listen where they like. */
export type ThreadSetup = { runtime: string | undefined; ports?: ThreadPorts };

/** `found`: one number of 32 bits; not 0 when a thread has tried to listen on the public port. */
export type ThreadPorts = { publicPort: number; found: SharedArrayBuffer };

type Construct = new (url: unknown, options?: Record<string, unknown>) => object;
type Threads = Pick<typeof WorkerThreads, "getEnvironmentData" | "setEnvironmentData"> & { Worker: unknown };
type Global = { Worker: unknown };

export function readThreadSetup({ getEnvironmentData }: Threads): ThreadSetup {
  return getEnvironmentData(KEY) as unknown as ThreadSetup;
}

export type ThreadPlace = {
  threads: Threads;
  global: Global;
  environment: Record<string, string | undefined>;
};

/**
 * To be called before anything imports node:worker_threads by name: such an import keeps what it has found. `first`: path of
 * the module that is to run before the app's in each thread.
 */
export function prepareThreads(
  first: string,
  setup: ThreadSetup,
  { threads, global, environment }: ThreadPlace,
): void {
  threads.setEnvironmentData(KEY, setup as never);
  threads.Worker = withDefaults(threads.Worker as Construct, first, {});
  // A thread of the web's kind would begin with what the process was started with; one of node's has its parent's.
  global.Worker = withDefaults(global.Worker as Construct, first, { env: environment });
}

function withDefaults(original: Construct, first: string, defaults: Record<string, unknown>): Construct {
  return new Proxy(original, {
    construct(target, [url, options, ...rest], newTarget: Construct) {
      const preload = [first, ...[options?.preload ?? []].flat()];
      return Reflect.construct(target, [url, { ...defaults, ...options, preload }, ...rest], newTarget);
    },
  });
}
