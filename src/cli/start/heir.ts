// `gw` started by another gw, to take over from it: with that one's command line, and what that one hands over. See
// docs/upgrade.md.

import { closeSync } from "node:fs";
import { openChannel } from "../../child/channel.ts";
import type { FromNew } from "../../supervisor/upgrade/messages.ts";
import { Predecessor } from "../../supervisor/upgrade/predecessor.ts";
import { COMMANDS } from "../commands.ts";
import { finish } from "../root.ts";
import { startServer } from "./start.ts";

/** `words`: those behind `start-server`. Ends the process with its exit code. */
export function runHeir(words: readonly string[]): Promise<never> {
  const gw = new Predecessor(openChannel<FromNew, unknown>());
  return finish(() => serve(gw, words));
}

async function serve(gw: Predecessor, words: readonly string[]): Promise<number> {
  const inheritance = await Promise.race([gw.inherited, gw.whenAbandoned]);
  closeSync(inheritance.program);
  // They are this process's own now.
  if (inheritance.handed > 0) process.env.LISTEN_PID = String(process.pid);
  const command = COMMANDS.find(({ name }) => name === "start-server");
  const switches = command?.words.map(({ name }) => name) ?? [];
  return startServer(words, switches, { gw, inheritance });
}
