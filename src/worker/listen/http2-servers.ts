// Servers of node:http2. What gw passes on is HTTP/1.1; a server that speaks it beside HTTP/2 (`allowHTTP1`) hands such
// requests to the same listeners, as objects of node:http, and can be served so. One that does not cannot.

import { createServer, type Server as HttpServer } from "node:http";
import type { Server as NetServer } from "node:net";

/** Servers of node:http2 are servers of node:net with a method more. */
export const isHttp2 = (server: NetServer): boolean => "updateSettings" in server;

/** Node keeps the connections of its other protocol apart. */
export const speaksHttp1 = (server: NetServer): boolean =>
  isHttp2(server) &&
  Object.getOwnPropertySymbols(server).some(({ description }) => description === "http1Connections");

const PASSED_ON = ["request", "checkContinue", "checkExpectation", "upgrade", "connect"];

/** Lets a server of node:http listen in its place, and pass on what comes. */
export function listenForHttp1(server: NetServer, args: readonly unknown[]): NetServer {
  const stand: HttpServer = createServer();
  for (const event of PASSED_ON) {
    if (server.listenerCount(event) > 0)
      stand.on(event, (...given: unknown[]) => server.emit(event, ...given));
  }
  for (const event of ["listening", "close", "error"]) {
    stand.on(event, (...given: unknown[]) => server.emit(event, ...given));
  }
  const callback = args.findLast((arg) => typeof arg === "function");
  if (callback) server.once("listening", callback as () => void);
  Object.defineProperties(server, {
    listening: { configurable: true, get: () => stand.listening },
    address: { configurable: true, writable: true, value: () => stand.address() },
    close: {
      configurable: true,
      writable: true,
      value(done?: (error?: Error) => void) {
        stand.close(done);
        return server;
      },
    },
  });
  stand.listen(...(args.filter((arg) => typeof arg !== "function") as []));
  return server;
}
