// The bill of materials in CycloneDX: what npm knows, by the tool of CycloneDX for npm, and the parts of the runtime.

import { spawnSync } from "node:child_process";
import type { RuntimePart } from "./runtime-parts.ts";

type Component = { type: string; name: string; version?: string; [key: string]: unknown };
export type Bom = { components?: Component[]; metadata?: Record<string, unknown>; [key: string]: unknown };

const TOOL = "@cyclonedx/cyclonedx-npm@6.0.1";

/** Installs the tool where npm keeps such; throws with its words when it fails. */
export function bomOfPackages(root: string): Bom {
  const words = ["--omit", "dev", "--output-reproducible", "--package-lock-only", "--output-format", "JSON"];
  const run = spawnSync("npm", ["exec", "--yes", "--", TOOL, ...words], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 2 ** 20,
  });
  if (run.status !== 0) throw new Error(`${TOOL} has failed: ${run.stderr}`);
  return JSON.parse(run.stdout);
}

export function withRuntime(bom: Bom, parts: readonly RuntimePart[], runtime: string): Bom {
  const own = parts.map(
    ({ name, licence, source }): Component => ({
      type: "library",
      name,
      ...(name === "Bun" && { version: runtime }),
      licenses: [{ license: { id: licence } }],
      externalReferences: [{ type: "vcs", url: source }],
    }),
  );
  return { ...bom, components: [...(bom.components ?? []), ...own] };
}
