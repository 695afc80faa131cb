// From the words after `gw start-server` to settings, and on to the server. Nothing starts on a bad configuration.

import type { Followed } from "../../supervisor/upgrade/follow.ts";
import { reportProblems, reportWarnings } from "../config/inspect.ts";
import { loadSettings } from "../config/load-settings.ts";
import { listProblems } from "../terminal/output.ts";

/** `followed`: a gw that this one takes over from. */
export async function startServer(
  argv: readonly string[],
  switches: readonly string[],
  followed?: Followed,
): Promise<number> {
  const resolution = await loadSettings(argv, switches);
  if (resolution.switches.has("setup-only"))
    return (await import("../setup/setup-server.ts")).setupFrom(resolution);
  if (resolution.problems) {
    const detail = listProblems(resolution.problems).join("\n");
    await followed?.gw.refuse({ message: "the configuration has problems", detail });
    return reportProblems(resolution.problems);
  }
  reportWarnings(resolution);
  const { runStartServer } = await import("./start-server.ts");
  const words = ["start-server", ...argv];
  return runStartServer(resolution, () => loadSettings(argv, switches), { words, followed });
}
