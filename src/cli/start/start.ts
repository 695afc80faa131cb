// From the words after `gw start-server` to settings, and on to the server. Nothing starts on a bad configuration.

import { reportProblems, reportWarnings } from "../config/inspect.ts";
import { loadSettings } from "../config/load-settings.ts";

export async function startServer(argv: readonly string[], switches: readonly string[]): Promise<number> {
  const resolution = await loadSettings(argv, switches);
  if (resolution.switches.has("setup-only"))
    return (await import("../setup/setup-server.ts")).setupFrom(resolution);
  if (resolution.problems) return reportProblems(resolution.problems);
  reportWarnings(resolution);
  const { runStartServer } = await import("./start-server.ts");
  return runStartServer(resolution, () => loadSettings(argv, switches));
}
