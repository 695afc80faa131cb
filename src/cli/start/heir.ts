// `gw` started by another gw, to take over from it: with that one's command line, and what that one hands over. See
// docs/upgrade.md.

import { closeSync } from "node:fs";
import { type OldChannel, Predecessor } from "../../supervisor/upgrade/predecessor.ts";
import { COMMANDS } from "../commands.ts";
import { keepRootOf } from "../config/load-settings.ts";
import { finish } from "../root.ts";
import { startServer } from "./start.ts";

/** `words`: those behind `start-server`. Ends the process with its exit code. */
export function runHeir(words: readonly string[]): Promise<never> {
  const gw = new Predecessor(openChannel());
  return finish(() => serve(gw, words));
}

/** To be listened to in the same turn of the loop: what has come by then is not kept. */
function openChannel(): OldChannel {
  const send = process.send?.bind(process);
  if (!send) throw new Error("this role is started by gw itself, never by hand");
  return {
    say: (message) => void send(message),
    deliver: (message) => new Promise((resolve) => send(message, undefined, undefined, () => resolve())),
    listen: (onMessage) => void process.on("message", onMessage),
    onLost: (act) => void process.on("disconnect", act),
  };
}

async function serve(gw: Predecessor, words: readonly string[]): Promise<number> {
  const inheritance = await Promise.race([gw.inherited, gw.whenAbandoned]);
  closeSync(inheritance.program);
  keepRootOf(inheritance.rootPid);
  // They are this process's own now.
  if (inheritance.handed > 0) process.env.LISTEN_PID = String(process.pid);
  const command = COMMANDS.find(({ name }) => name === "start-server");
  const switches = command?.words.map(({ name }) => name) ?? [];
  return startServer(words, switches, { gw, inheritance });
}
