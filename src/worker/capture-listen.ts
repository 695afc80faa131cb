// The first time that the app listens, it gets gw's place instead of the port it asked for. Every way to listen over
// HTTP, node:http included, ends in Bun.serve; so that one function is replaced, and node's `listen` only tells which
// server is about to call it. Must not know what a place is; worker/place does.

import { Server } from "node:http";
import type { Log } from "../core/log.ts";
import type { BunServer } from "./adapt-fetch.ts";
import { OpenServers } from "./open-servers.ts";
import type { Place, Serve } from "./place.ts";
import type { ServeOptions } from "./recognize-app.ts";

export interface ListenCapture {
  hasListener(): boolean;
  /** Resolves when the app has listened. */
  readonly listened: Promise<void>;
  /** The port of the first listener, where it is on one. */
  port(): number | undefined;
  /** Requests being answered, on all listeners of the app. */
  active(): number;
  stopAccepting(): void;
  /** What the app has not stopped itself keeps its process alive no more. */
  letGo(): void;
}

export type CaptureOptions = {
  place: Place;
  /** Bun's own Bun.serve. */
  serve: Serve;
  publicPort: number;
  log: Log;
  /** The place is taken or forbidden. Called before the app learns of it. */
  onRefused(thrown: unknown): void;
};

/** What becomes of a listener. A twin asks for the first one's port on another address, as Fastify does for localhost. */
export type Fate = "first" | "twin" | "second";

export function decideFate(asked: ServeOptions, first: ServeOptions | undefined, publicPort: number): Fate {
  if (!first) return "first";
  const port = Number(asked.port ?? 0);
  const isSamePort = port !== 0 && (port === Number(first.port) || port === publicPort);
  return isSamePort && asked.unix === undefined ? "twin" : "second";
}

/** Replaces Bun.serve and node's listen for the rest of the process; to be called before the app is imported. */
export function captureListen({ place, serve, publicPort, log, onRefused }: CaptureOptions): ListenCapture {
  const { promise: listened, resolve: onListened } = Promise.withResolvers<void>();
  const servers = new OpenServers();
  const nodeServer = noteNodeServers();
  let first: ServeOptions | undefined;
  const reportSecond = once((asked: ServeOptions) =>
    log.warn(
      "The app listens a second time; gw serves its first listener and leaves this one alone",
      nameOf(asked),
    ),
  );
  const open = (asked: ServeOptions): BunServer => {
    const listening = { asked, node: nodeServer() };
    const fate = decideFate(asked, first, publicPort);
    if (fate === "twin") return place.openTwin(listening);
    if (fate === "second") {
      reportSecond(asked);
      return serve(asked);
    }
    const server = takePlace(() => place.open(listening), onRefused);
    first = asked;
    onListened();
    return server;
  };
  Object.assign(Bun, {
    serve(asked: ServeOptions) {
      const server = open(asked);
      servers.add(server);
      return server;
    },
  });
  return {
    hasListener: () => first !== undefined,
    listened,
    port: () => servers.firstPort,
    active: () => servers.active,
    stopAccepting: () => servers.stop(),
    letGo: () => servers.letGo(),
  };
}

function takePlace(open: () => BunServer, onRefused: (thrown: unknown) => void): BunServer {
  try {
    return open();
  } catch (thrown) {
    if (isRefusal(thrown)) onRefused(thrown);
    throw thrown;
  }
}

/** The server whose `listen` is running: Bun's runs to Bun.serve without leaving the turn. */
function noteNodeServers(): () => Server | undefined {
  const listen = Server.prototype.listen as (this: Server, ...args: unknown[]) => Server;
  let current: Server | undefined;
  Object.assign(Server.prototype, {
    listen(this: Server, ...args: unknown[]): Server {
      current = this;
      try {
        return listen.apply(this, args);
      } finally {
        current = undefined;
      }
    },
  });
  return () => current;
}

/** An error of the system, not one about the options that the app gave. */
function isRefusal(thrown: unknown): boolean {
  return thrown instanceof Error && /^E[A-Z]+$/.test(String((thrown as { code?: unknown }).code));
}

function nameOf({ port, hostname, unix }: ServeOptions): Record<string, string | number> {
  return unix
    ? { socket: String(unix) }
    : { port: Number(port ?? 0), ...(hostname ? { host: String(hostname) } : {}) };
}

function once<T>(act: (argument: T) => void): (argument: T) => void {
  let isDone = false;
  return (argument) => {
    if (!isDone) act(argument);
    isDone = true;
  };
}
