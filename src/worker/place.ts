// Where the app's first listener really goes: a private socket behind a front, or the public port in embedded mode.
// Opening it dresses the program's server so that program and client see what they would see without gw.

import { chmodSync } from "node:fs";
import type { Server } from "node:http";
import type { Log } from "../core/log.ts";
import type { WorkerSetup } from "../link/messages.ts";
import type { Activity } from "./activity.ts";
import {
  type BunServer,
  dressServer,
  gateServeOptions,
  override,
  placeOnLoopback,
  placeOnSocket,
  type ReportAppError,
  wrapHandlers,
} from "./adapt-fetch.ts";
import { gateNodeServer } from "./adapt-node.ts";
import { rememberChallenges } from "./challenges.ts";
import { createClientView } from "./client-view.ts";
import type { ServeOptions } from "./recognize-app.ts";

export type Serve = (options: ServeOptions) => BunServer;

/** `node` is the node:http server on whose behalf Bun.serve was called. */
export type Listening = { asked: ServeOptions; node: Server | undefined };

export interface Place {
  open(listening: Listening): BunServer;
  /** For a further listener on the port of the first: nobody is to reach it, and it must not fail. */
  openTwin(listening: Listening): BunServer;
  /** Options that lead a listener to where nobody looks for it, until it is known where it belongs. */
  hidden(): ServeOptions;
}

export type PlaceOptions = {
  setup: WorkerSetup;
  serve: Serve;
  activity: Activity;
  log: Log;
  report: ReportAppError;
};

export function choosePlace(options: PlaceOptions): Place {
  const { listen } = options.setup;
  if (listen === null) throw new Error("a service has no place");
  return "unix" in listen ? socketPlace(options, listen) : publicPlace(options, listen);
}

function socketPlace(
  { setup, serve, activity, log, report }: PlaceOptions,
  { unix, token, mode }: { unix: string; token: string; mode?: number },
): Place {
  const view = createClientView({
    token,
    log,
    mount: setup.mount,
    place: { host: setup.publicHost, port: setup.publicPort },
    ...(setup.scheme && { scheme: setup.scheme }),
  });
  const through = { view, challenges: rememberChallenges(globalThis), report };
  const shown = { host: setup.publicHost, port: setup.publicPort };
  let others = 0;
  /** Once and for all: a server may be closed and listen again. */
  const gated = new WeakSet<Server>();
  const openOn = (socket: string, { asked, node }: Listening): BunServer => {
    if (asked.tls) log.warn("The app's own TLS settings are not used: clients speak to gw, not to the app");
    if (node) {
      if (!gated.has(node)) {
        activity.meterNodeServer(node);
        gateNodeServer(node, shown, view, report);
      }
      gated.add(node);
      return serve(override(asked, placeOnSocket(socket)));
    }
    const meter = activity.meterHandler.bind(activity);
    const gate = (options: ServeOptions) => gateServeOptions(options, socket, meter, through);
    const server = serve(gate(asked));
    dressServer(server, shown, view, gate);
    return server;
  };
  return {
    open(listening) {
      const server = openOn(unix, listening);
      // The front may be somebody else; the directory of the socket says who.
      if (mode !== undefined) chmodSync(unix, mode);
      return server;
    },
    openTwin: (listening) => openOn(`${unix}.${++others}`, listening),
    hidden: () => placeOnSocket(`${unix}.${++others}`),
  };
}

/** The app's handlers are counted and nothing else: embedded mode gives up the front for the speed of a bare server. */
function publicPlace(
  { setup, serve, activity }: PlaceOptions,
  { host, port }: { host: string; port: number },
): Place {
  const limitBytes = setup.limitRequestBodyBytes > 0 ? setup.limitRequestBodyBytes : Number.MAX_SAFE_INTEGER;
  const metered = new WeakSet<Server>();
  return {
    open({ asked, node }) {
      if (node && !metered.has(node)) activity.meterNodeServer(node);
      if (node) metered.add(node);
      return serve(
        override(asked, {
          ...(!node && wrapHandlers(asked, activity.meterHandler.bind(activity))),
          hostname: host,
          port,
          // Several workers share the port; the supervisor has made sure that nobody else does.
          reusePort: true,
          unix: undefined,
          tls: undefined,
          development: false,
          // The longest that Bun knows: an honest slow client is not cut.
          idleTimeout: asked.idleTimeout ?? 255,
          maxRequestBodySize: Math.min(Number(asked.maxRequestBodySize ?? limitBytes), limitBytes),
        }),
      );
    },
    openTwin: ({ asked }) => serve(asked),
    hidden: placeOnLoopback,
  };
}

/** Opens a place; whoever is to know that it cannot be had hears so before the program. */
export function takePlace(open: () => BunServer, onRefused: (thrown: unknown) => void): BunServer {
  try {
    return open();
  } catch (thrown) {
    if (isRefusal(thrown)) onRefused(thrown);
    throw thrown;
  }
}

/** An error of the system, not one about the options that the app gave. */
function isRefusal(thrown: unknown): boolean {
  return thrown instanceof Error && /^E[A-Z]+$/.test(String((thrown as { code?: unknown }).code));
}
