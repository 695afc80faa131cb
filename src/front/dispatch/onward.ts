// A visit as its worker gets it: the client's own request, and beside it the facts that HTTP cannot carry. Pure.

import { invitation } from "../../http/handed-file.ts";
import { type PeerText, sayPeer, sayProtocol, visitPieces } from "../../http/reserved.ts";
import { traceparentOf } from "../../http/traces/trace-context.ts";
import type { Backend } from "../../link/messages.ts";
import type { RequestHead } from "../../upstream/request-head.ts";
import type { Visit } from "../visit/visit.ts";

/**
 * The head for the worker. `token`: what it knows the front by; `tellsProtocol`: it is to know the client's; `body`: its length, `chunked`, or undefined for none; `channel`: where
 * it may hand over a file instead of an answer's body.
 */
export function onwardHead(
  visit: Visit,
  { token, tellsProtocol, saysContinue }: Pick<Backend, "token" | "tellsProtocol" | "saysContinue">,
  body: number | "chunked" | undefined,
  channel?: string,
): RequestHead {
  const { client, peer, mount, script, trace } = visit;
  peer.said ??= sayPeer(peer);
  const prefix = mount === "/" ? script : script + mount;
  return {
    method: visit.method,
    target: visit.onward,
    host: visit.host,
    fields: visit.fields,
    visit: visitPieces(
      token,
      visit.id,
      saidOf(peer.said, tellsProtocol ? client.protocol : undefined, channel),
      Math.round(visit.queuedMs),
      visit.above,
      visit.tls,
    ),
    body,
    awaitsContinue: saysContinue === true && visit.intake?.awaitsContinue === true,
    webSocket: client.wantsWebSocket,
    prefix: prefix === "" ? undefined : prefix,
    trace: trace && { traceparent: traceparentOf(trace, trace.onwardId), tracestate: trace.state },
  };
}

function saidOf(said: PeerText, protocol: string | undefined, channel: string | undefined): PeerText {
  if (protocol === undefined && channel === undefined) return said;
  const spoken = protocol === undefined ? "" : sayProtocol(protocol);
  return { ...said, local: said.local + spoken + (channel === undefined ? "" : invitation(channel)) };
}
