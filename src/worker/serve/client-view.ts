// What an app sees of a request that came through a front: the client's address and scheme, never the front's own
// words. One reserved header carries the facts and the front's token; whoever cannot show the token is refused before
// the app is touched. Runs for every request: no URL is parsed and no fact decoded unless somebody asks.

import type { IncomingMessage } from "node:http";
import type { Log } from "../../core/log.ts";
import { withoutField } from "../../http/fields.ts";
import { decodeVisit, VISIT_HEADER } from "../../http/reserved.ts";
import { addressOfClient, type SocketAddress, showClient } from "./client-socket.ts";

export interface ClientView {
  /** Makes a Request the client's own; false when it does not come from the front. */
  admit(request: Request): boolean;
  /** The client's address, or null where it is unknown, as with a UNIX listener. */
  addressOf(request: Request): SocketAddress | null;
  /** What the front says of a request that was admitted. */
  factsOf(request: Request): string;
  /** The same as `admit` for the request of a node:http server. */
  admitIncoming(request: IncomingMessage): boolean;
}

const FACTS = Symbol("gw facts");
type Marked = Request & { [FACTS]?: string };

export type ClientViewOptions = {
  token: string;
  log: Log;
  /** Shown instead of what the client used. */
  scheme?: string;
  /** What the front takes off each path; "/" for nothing. */
  mount: string;
  /** Where clients reach the front, where it does not say it. */
  publicAddress: { host: string; port: number };
};

export function createClientView({
  token,
  log,
  scheme,
  mount,
  publicAddress,
}: ClientViewOptions): ClientView {
  const prefix = `${token} `;
  const shown = { scheme, publicAddress };
  const refuse = (): false => {
    log.warn("A request that did not come from the front was refused");
    return false;
  };
  return {
    admit(request: Marked) {
      const { headers } = request;
      const facts = headers.get(VISIT_HEADER);
      if (!facts?.startsWith(prefix)) return refuse();
      headers.delete(VISIT_HEADER);
      request[FACTS] = facts;
      if (scheme === "https" || (!scheme && facts.startsWith("https ", prefix.length))) showHttps(request);
      return true;
    },
    addressOf(request: Marked) {
      const facts = decodeVisit(request[FACTS] ?? "");
      return (facts && addressOfClient(facts)) ?? null;
    },
    factsOf: (request: Marked) => request[FACTS] ?? "",
    admitIncoming(request) {
      const facts = takeFacts(request);
      if (!facts?.startsWith(prefix)) return refuse();
      showClient(request.socket, facts, shown);
      if (mount !== "/") showMount(request, mount, decodeVisit(facts)?.above);
      return true;
    },
  };
}

/** The listener is a UNIX socket, for which Bun always says http; `upgrade` goes on working with an own property. */
function showHttps(request: Request): void {
  Object.defineProperty(request, "url", {
    value: request.url.replace(/^http:/, "https:"),
    configurable: true,
  });
}

function takeFacts(request: IncomingMessage): string | undefined {
  const value = request.headers[VISIT_HEADER];
  if (typeof value !== "string") return undefined;
  delete request.headers[VISIT_HEADER];
  request.rawHeaders = withoutField(request.rawHeaders, VISIT_HEADER);
  return value;
}

/**
 * As Express shows a program that is mounted in another one; Connect, Express and Fastify take it up, Koa does not. The
 * target of a request that is about no path, `OPTIONS *`, stays what it is.
 */
function showMount(request: IncomingMessage, mount: string, above: string | undefined): void {
  const { url = "/" } = request;
  Object.assign(request, { baseUrl: mount, originalUrl: above === undefined ? url : above + url.slice(1) });
}
