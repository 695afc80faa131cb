// A node:http server, of the program's own or made for an exported handler, made to fit behind a front. Requests pass
// the client view on their way to the server's listeners, whatever framework has put them there.

import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { PublicAddress } from "../../link/setups.ts";
import { renderAppError } from "../../sources/app-errors.ts";
import { type NodeFilesOptions, watchResponse } from "../files/node-files.ts";
import { ScopedRequest } from "../module/request-info.ts";
import type { Requests } from "../module/requests.ts";
import { ANSWERED } from "./activity.ts";
import { type ReportAppError, socketAddress } from "./adapt-fetch.ts";
import { factsOn } from "./client-socket.ts";
import type { ClientView } from "./client-view.ts";

/** Events whose listeners get a request and the bare socket. */
const TAKEN_OVER = new Set<unknown>(["upgrade", "connect"]);

/** What every request passes on its way to the server's listeners. */
export type NodePassage = { view: ClientView } & WhoHears;

/** Who is told of what a handler has thrown. */
export type WhoHears = { report: ReportAppError; requests: Requests };

/** The method of a server of node by which all that happens to it comes. */
export type Emit = (event: string | symbol, ...args: unknown[]) => boolean;

export function gateNodeServer(
  server: Server,
  publicAddress: PublicAddress,
  { view, report, requests }: NodePassage,
  files?: Omit<NodeFilesOptions, "report">,
): void {
  const emit = server.emit.bind(server) as Emit;
  const tell = (error: Error) => report(error.message);
  const seen = new WeakSet<IncomingMessage>();
  server.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    if (ANSWERED.has(event)) {
      const [request, response] = args as [IncomingMessage, ServerResponse];
      // A listener for another event may hand it to those for requests.
      if (seen.has(request)) return emit(event, ...args);
      if (!view.admitIncoming(request)) return refuse(response);
      if (event !== "request") seen.add(request);
      if (files) watchResponse(request, response, factsOn(request.socket), { ...files, report: tell });
      const run = () => guard(() => emit(event, ...args), response, { report, requests });
      if (!requests.isOn) return run();
      const asked = new ScopedRequest(request, factsOn(request.socket));
      return requests.handleNode(asked, response, run);
    }
    if (TAKEN_OVER.has(event)) {
      const [request, socket] = args as [IncomingMessage, { destroy(): void }];
      if (view.admitIncoming(request)) return emit(event, ...args);
      socket.destroy();
      return true;
    }
    return emit(event, ...args);
  };
  server.address = () => socketAddress(publicAddress);
  silenceTimers(server);
  // Frameworks set theirs up to the moment of listening.
  server.once("listening", () => silenceTimers(server));
}

/** The front closes idle connections; a worker that did could cut a request that is already on its way. */
function silenceTimers(server: Server): void {
  server.keepAliveTimeout = 0;
  server.headersTimeout = 0;
  server.requestTimeout = 0;
}

/** An exported handler may be async; what it rejects with is its client's 500 as well. */
export function catchRejections(handler: RequestListener, who: WhoHears): RequestListener {
  return (request, response) => {
    const running: unknown = handler(request, response);
    if (running instanceof Promise) running.catch((thrown: unknown) => fail(thrown, response, who));
  };
}

/** Without this, Bun answers 200 with an empty body when a listener throws. */
function guard(act: () => boolean, response: ServerResponse, who: WhoHears): boolean {
  try {
    return act();
  } catch (thrown) {
    fail(thrown, response, who);
    return true;
  }
}

function fail(thrown: unknown, response: ServerResponse, { report, requests }: WhoHears): void {
  report(renderAppError(thrown));
  requests.noteException(thrown);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(500, { "content-type": "text/plain;charset=utf-8" }).end("Internal Server Error\n");
}

function refuse(response: ServerResponse): true {
  response.writeHead(403, { "content-type": "text/plain;charset=utf-8" }).end("Forbidden\n");
  return true;
}
