// Called by one of these names, gw is the runtime that it contains, and nothing else.

/** The first is the runtime's own; the other is what `#!/usr/bin/env node` asks for. */
export const RUNTIME_NAMES = ["bun", "node"] as const;

/** Whether a program that was started as `argv0` is meant to be the runtime. */
export function isRuntimeName(argv0: string): boolean {
  const name = argv0.slice(argv0.lastIndexOf("/") + 1);
  return (RUNTIME_NAMES as readonly string[]).includes(name);
}
