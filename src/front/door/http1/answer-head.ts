// Heads of HTTP/1.1 that are no final answer. Pure.

import { fieldLines } from "../../../http/fields.ts";
import { reasonPhrase } from "../../../http/status.ts";

/** The only protocol that is switched to is the one that was asked for. */
export function switchHead(reason: string, fields: readonly string[]): string {
  const line = `HTTP/1.1 101 ${reason || "Switching Protocols"}\r\n`;
  return `${line}Connection: Upgrade\r\nUpgrade: websocket\r\n${fieldLines(fields)}\r\n`;
}

/** An answer before the answer. Without a reason, which HTTP/2 does not have, it gets the usual one. */
export function interimHead(status: number, reason: string, fields: readonly string[]): string {
  return `HTTP/1.1 ${status} ${reason || reasonPhrase(status)}\r\n${fieldLines(fields)}\r\n`;
}
