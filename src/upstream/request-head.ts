// Writes the head of a request to a worker. Framing is made from what will really be sent; nothing hop-by-hop and
// nothing under the reserved prefix gets past. Pure.

import { fateOf, nominees, withoutFields } from "../http/fields.ts";
import { VISIT_HEADER } from "../http/reserved.ts";

export type RequestHead = {
  method: string;
  /** Origin form: a path, with a query if there is one. */
  target: string;
  host: string;
  /** The client's fields, flat [name, value …]. */
  fields: readonly string[];
  /** Value of the reserved header, in pieces that are written one behind the other. */
  visit: readonly string[];
  /** Bytes of body to come: a count, "chunked" for an unknown count, or undefined for no body at all. */
  body: number | "chunked" | undefined;
  /** The body comes once the worker has answered with 100, and not before. */
  awaitsContinue?: boolean;
  /** Ask the worker to speak WebSocket on the connection. */
  webSocket?: boolean;
  /** Path below which the app is mounted; undefined at the top. What clients say of it is dropped then. */
  prefix?: string | undefined;
  /** The trace that the request belongs to; undefined where gw has no say in it. What clients say of it is dropped then. */
  trace?: TraceFields | undefined;
};

/** W3C Trace Context. */
export type TraceFields = { traceparent: string; tracestate: string | undefined };

/** The head as text of Latin-1 characters, one for each byte, with its final empty line. */
export function writeHead({
  method,
  target,
  host,
  fields,
  visit,
  body,
  awaitsContinue = false,
  webSocket = false,
  prefix,
  trace,
}: RequestHead): string {
  let text = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${VISIT_HEADER}: ${visit.join("")}\r\n`;
  if (prefix !== undefined) text += `X-Forwarded-Prefix: ${prefix}\r\n`;
  if (trace) text += traceLines(trace);
  let dropped: Set<string> | undefined;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    const fate = fateOf(name);
    if (fate === "pass" || (fate === "trace" && !trace)) text += `${name}: ${fields[i + 1]}\r\n`;
    else if (fate === "connection") dropped = nominees(dropped, fields[i + 1] as string);
    else if (fate === "prefix" && prefix === undefined) text += `${name}: ${fields[i + 1]}\r\n`;
  }
  if (dropped)
    return writeHead({
      method,
      target,
      host,
      // Without Connection itself, so that the writer runs once more at most.
      fields: withoutFields(fields, dropped.add("connection")),
      visit,
      body,
      awaitsContinue,
      webSocket,
      prefix,
      trace,
    });
  if (webSocket) text += "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  if (body === "chunked") text += "Transfer-Encoding: chunked\r\n";
  else if (body !== undefined) text += `Content-Length: ${body}\r\n`;
  if (awaitsContinue) text += "Expect: 100-continue\r\n";
  return `${text}\r\n`;
}

function traceLines({ traceparent, tracestate }: TraceFields): string {
  const line = `traceparent: ${traceparent}\r\n`;
  return tracestate === undefined ? line : `${line}tracestate: ${tracestate}\r\n`;
}
