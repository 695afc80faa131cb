// A visit as its worker gets it: the client's own request, and beside it the facts that HTTP cannot carry. Pure.

import { invitation } from "../../http/handed-file.ts";
import { type PeerText, sayPeer, visitPieces } from "../../http/reserved.ts";
import { traceparentOf } from "../../http/trace-context.ts";
import type { RequestHead } from "../../upstream/request-head.ts";
import type { Visit } from "../visit/visit.ts";

/**
 * The head for the worker. `token`: what it knows the front by; `body`: its length, `chunked`, or undefined for none; `channel`: where
 * it may hand over a file instead of an answer's body.
 */
export function onwardHead(
  visit: Visit,
  token: string,
  body: number | "chunked" | undefined,
  channel?: string,
): RequestHead {
  const { client, peer, mount, script, trace } = visit;
  peer.said ??= sayPeer(peer);
  const prefix = mount === "/" ? script : script + mount;
  return {
    method: client.method,
    target: visit.onward,
    host: visit.host,
    fields: visit.fields,
    visit: visitPieces(
      token,
      visit.id,
      saidOf(peer.said, channel),
      Math.round(visit.queuedMs),
      visit.above,
      visit.tls,
    ),
    body,
    webSocket: client.wantsWebSocket,
    prefix: prefix === "" ? undefined : prefix,
    trace: trace && { traceparent: traceparentOf(trace, trace.onwardId), tracestate: trace.state },
  };
}

const saidOf = (said: PeerText, channel: string | undefined): PeerText =>
  channel === undefined ? said : { ...said, local: said.local + invitation(channel) };
