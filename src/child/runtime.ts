// What an app finds where it looks for the program that runs it: a plain runtime, not gw. Programs, forks and scripts that it
// starts by that name are then what they would be under `bun app.ts`.

import { dirname } from "node:path";

export type RuntimeSight = {
  execPath: string;
  argv0: string;
  execArgv: string[];
  readonly env: Record<string, string | undefined>;
};

/** `path`: see WorkerSetup.runtime. */
export function showRuntime(program: RuntimeSight, path: string | undefined): void {
  // What the executable was built with concerns nobody else.
  program.execArgv = [];
  program.argv0 = "bun";
  if (path === undefined) return;
  program.execPath = path;
  // Behind everything else: a node or bun of the machine's own comes first. Without any PATH the system has its own idea.
  const { PATH } = program.env;
  const directory = dirname(path);
  if (PATH && !PATH.split(":").includes(directory)) program.env.PATH = `${PATH}:${directory}`;
}
