// `gw` started by another gw, to take over from it: with that one's command line, and what that one hands over. See
// docs/upgrade.md.

import { closeSync } from "node:fs";
import { setProcessName } from "../../../ffi/process.ts";
import { asGwError } from "../../core/errors.ts";
import { type OldChannel, Predecessor } from "../../supervisor/upgrade/predecessor.ts";
import { COMMANDS } from "../commands.ts";
import { keepPlaceOf } from "../config/load-settings.ts";
import { finish } from "../root.ts";
import { startServer } from "./start.ts";

/** `words`: those behind `start-server`. Ends the process with its exit code. */
export function runHeir(words: readonly string[]): Promise<never> {
  // It was started by a descriptor, whose number would be its name.
  setProcessName("gw");
  const gw = new Predecessor(openChannel());
  return finish(() => serve(gw, words).catch((error) => giveUp(gw, error)));
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

/** Whatever it was: who has asked for the upgrade hears of it as well. */
async function giveUp(gw: Predecessor, error: unknown): Promise<never> {
  await gw.refuse(asGwError(error));
  throw error;
}

async function serve(gw: Predecessor, words: readonly string[]): Promise<number> {
  const inheritance = await Promise.race([gw.inherited, gw.whenAbandoned]);
  closeSync(inheritance.program);
  // They are this process's own now.
  if (inheritance.handed > 0) process.env.LISTEN_PID = String(process.pid);
  keepPlaceOf(inheritance);
  const command = COMMANDS.find(({ name }) => name === "start-server");
  const switches = command?.words.map(({ name }) => name) ?? [];
  return startServer(words, switches, { gw, inheritance });
}
