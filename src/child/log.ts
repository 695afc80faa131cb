// The log of a child: each line goes to the supervisor, which alone writes. Whose line it is, the supervisor knows by itself.

import { createLog, type Fields, type Log } from "../core/log.ts";
import type { Channel } from "./channel.ts";

export function createChannelLog(channel: Pick<Channel, "say">): Log {
  return createLog(({ level, text, fields }) =>
    channel.say({ type: "log", level, text, fields: plainFields(fields) }),
  );
}

/** As the channel carries them: a field that has no value is left out. */
function plainFields(fields: Fields): Record<string, string | number> {
  const plain: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) plain[name] = typeof value === "boolean" ? String(value) : value;
  }
  return plain;
}
