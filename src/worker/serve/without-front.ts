// Requests of embedded mode, where nothing stands before an app's handlers but what it has asked for: to know of its requests, which no
// front has named, and to answer with files.

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { FetchHandler } from "../app/recognize-app.ts";
import { type NodeFilesOptions, watchResponse } from "../files/node-files.ts";
import { ScopedRequest } from "../module/request-info.ts";
import type { Requests } from "../module/requests.ts";
import type { Emit } from "./adapt-node.ts";

export function knowRequests(handler: FetchHandler, requests: Requests): FetchHandler {
  return function (this: unknown, request, server) {
    if (!requests.isOn) return handler.call(this, request, server);
    const asked = new ScopedRequest(request, "", requests.newId());
    return requests.handle(asked, () => handler.call(this, request, server));
  };
}

export function knowNodeRequests(server: Server, requests: Requests): void {
  const emit = server.emit.bind(server) as Emit;
  server.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    if (event !== "request" || !requests.isOn) return emit(event, ...args);
    const [request, response] = args as [IncomingMessage, ServerResponse];
    const asked = new ScopedRequest(request, "", requests.newId());
    return requests.handleNode(asked, response, () => emit(event, ...args));
  };
}

/** A program on node:http that names a file in the field X-Sendfile answers with it; nobody is there to take it open. */
export function sendNodeFiles(server: Server, options: Omit<NodeFilesOptions, "hands">): void {
  const emit = server.emit.bind(server) as Emit;
  server.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    const [request, response] = args as [IncomingMessage, ServerResponse];
    if (event === "request") watchResponse(request, response, "", { ...options, hands: undefined });
    return emit(event, ...args);
  };
}
