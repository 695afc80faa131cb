// What is known beforehand of a group's environment: NODE_ENV, and which files of variables its workers will read. Their
// contents are read by the workers alone. Pure.

import { join } from "node:path";
import type { Environment } from "../../core/environment.ts";
import { conventionalEnvFiles } from "../../core/environment.ts";
import { splitPair } from "../declare/kinds/list-kinds.ts";
import type { Settings } from "../declare/table.ts";
import { isPython } from "../declare/worker-kinds.ts";
import type { HostFacts } from "./inputs.ts";

/** Apps run in production, unless somebody says otherwise. */
const DEFAULT_NODE_ENV = "production";

export type KnownEnvironment = {
  nodeEnv: string;
  /** Those that are named, or else those that are there now; the strongest last. */
  envFiles: readonly string[];
};

export function foreseeEnvironment(settings: Settings, env: Environment, facts: HostFacts): KnownEnvironment {
  const { setenv, envFile, home } = settings;
  const set = new Map(setenv.map(splitPair).map(({ left, right }) => [left, right]));
  const lookup = (name: string) => set.get(name) ?? env[name];
  const nodeEnv = lookup("NODE_ENV") ?? DEFAULT_NODE_ENV;
  // Programs of Python read such files themselves, if they want to.
  const found = isPython(settings)
    ? []
    : conventionalEnvFiles((name) => (name === "NODE_ENV" ? nodeEnv : lookup(name)))
        .map((name) => join(home, name))
        .filter((path) => facts.kindOf(path) === "file");
  return { nodeEnv, envFiles: envFile ?? found.toReversed() };
}
