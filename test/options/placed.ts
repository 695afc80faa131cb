// Settings of a gw that listens at places, on a machine with a directory for its sockets.
import type { HandedSocket } from "../../src/core/addresses.ts";
import { type HostFacts, resolve } from "../../src/options/resolve/resolve.ts";
import { factsWith } from "./facts.ts";

const FILES = ["/srv/shop/app.ts", "/srv/shop/package.json", "/run/other.pid"];

export function resolveWith(
  argv: string[],
  changes: Partial<HostFacts> = {},
  env: Record<string, string> = {},
) {
  return resolve({ argv, env, facts: factsWith(FILES, changes) });
}

/** A service manager has opened these. */
export const handedOver = (...sockets: HandedSocket[]): Partial<HostFacts> => ({
  handed: { sockets, wrong: [] },
});
