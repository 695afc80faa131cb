// Requests of embedded mode, for an app that wants to know of them: no front has named them, and nothing stands before its handlers.

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { FetchHandler } from "../app/recognize-app.ts";
import { ScopedRequest } from "../module/request-info.ts";
import type { Requests } from "../module/requests.ts";
import type { Emit } from "./adapt-node.ts";

export function knowRequests(handler: FetchHandler, requests: Requests): FetchHandler {
  return function (this: unknown, request, server) {
    if (!requests.isOn) return handler.call(this, request, server);
    const asked = new ScopedRequest(requests.newId(), "", request.headers);
    return requests.handle(asked, () => handler.call(this, request, server));
  };
}

export function knowNodeRequests(server: Server, requests: Requests): void {
  const emit = server.emit.bind(server) as Emit;
  server.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    if (event !== "request" || !requests.isOn) return emit(event, ...args);
    const [request, response] = args as [IncomingMessage, ServerResponse];
    const asked = new ScopedRequest(requests.newId(), "", request.headers);
    return requests.handleNode(asked, response, () => emit(event, ...args));
  };
}
