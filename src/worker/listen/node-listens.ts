// Node's servers on their way to Bun.serve and Bun.listen: which one is listening at this moment, and how one that
// listens is moved elsewhere without its program's noticing.

import { Server as HttpServer } from "node:http";
import { Server as NetServer } from "node:net";
import type { Emit } from "../serve/adapt-node.ts";
import { listenForHttp1, speaksHttp1 } from "./http2-servers.ts";

export type NodeListen = { server: HttpServer; args: readonly unknown[] };

export type NodeListens = {
  /** The server of node:net whose `listen` is running, up to Bun.listen. */
  currentRaw(): NetServer | undefined;
  /** The HTTP server whose `listen` is running: Bun's runs to Bun.serve without leaving the turn. */
  current(): NodeListen | undefined;
  /**
   * Closes a server where it is and lets it listen again. Node's server takes no other listener in any other way. An
   * error reaches the program as one of its own `listen`.
   */
  again(listen: NodeListen): void;
};

/** Replaces `listen` of node:http and of node:net, which is that of node:http2 as well. `onListen` comes before either. */
export function noteNodeListens(onListen: (server: NetServer) => void): NodeListens {
  const http = replaceListen<HttpServer>(HttpServer.prototype, (server) =>
    onListen(server as unknown as NetServer),
  );
  const raw = replaceListen<NetServer>(NetServer.prototype, onListen, (server, args) =>
    speaksHttp1(server) ? listenForHttp1(server, args) : undefined,
  );
  return {
    current: http.current,
    currentRaw: () => raw.current()?.server,
    again({ server, args }) {
      hideOnce(server, ["close", "listening"]);
      server.close();
      // Its callback waits for `listening` already, or has been called.
      http.run(
        server,
        args.filter((arg) => typeof arg !== "function"),
      );
    },
  };
}

/** `instead` may do what is to be done, and then returns the server. */
function replaceListen<S>(
  prototype: object,
  onListen: (server: S) => void,
  instead: (server: S, args: readonly unknown[]) => S | undefined = () => undefined,
) {
  const { listen } = prototype as { listen: (this: S, ...args: unknown[]) => S };
  let current: { server: S; args: readonly unknown[] } | undefined;
  const run = (server: S, args: readonly unknown[]): S => {
    current = { server, args };
    try {
      return listen.apply(server, [...args]);
    } finally {
      current = undefined;
    }
  };
  Object.assign(prototype, {
    listen(this: S, ...args: unknown[]): S {
      const done = instead(this, args);
      if (done) return done;
      onListen(this);
      return run(this, args);
    },
  });
  return { current: () => current, run };
}

/** The next of each of these events reaches nobody. Where an error comes, there is no `listening` to hide. */
function hideOnce(server: HttpServer, events: string[]): void {
  const hidden = new Set<unknown>(events);
  const emit = server.emit.bind(server) as Emit;
  server.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    if (event === "error") hidden.delete("listening");
    return hidden.delete(event) || emit(event, ...args);
  };
}
