// The settings of a gw that was started with an app and nothing else: what a test does not say is as it is for everybody,
// also when an option is added.

import type { Settings } from "../../src/options/declare/table.ts";
import { resolve } from "../../src/options/resolve/resolve.ts";
import { factsWith } from "../options/facts.ts";

export function defaultSettings(): Settings {
  const resolution = resolve({ argv: ["app.ts"], env: {}, facts: factsWith() });
  if (resolution.problems) throw new Error(resolution.problems.map(({ what }) => what).join("; "));
  return resolution.settings;
}
