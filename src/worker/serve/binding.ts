// Where the app's first listener really goes: a private socket behind a front, or the public port in embedded mode.
// Opening it dresses the program's server so that program and client see what they would see without gw.

import { chmodSync } from "node:fs";
import http, { type Server } from "node:http";
import type { Log } from "../../core/log.ts";
import { WORKER_HEAD_BYTES } from "../../core/requests/head-bounds.ts";
import type { WorkerSetup } from "../../link/messages.ts";
import type { PublicAddress } from "../../link/setups.ts";
import type { FetchHandler, ServeOptions } from "../app/recognize-app.ts";
import { FetchFiles } from "../files/fetch-files.ts";
import { type FileHands, openHands } from "../files/file-hands.ts";
import type { Requests } from "../module/requests.ts";
import type { Activity } from "./activity.ts";
import {
  type BunServer,
  bindToLoopback,
  bindToSocket,
  dressServer,
  type ErrorHandler,
  forItsRequest,
  gateServeOptions,
  override,
  type ReportAppError,
  sendFiles,
  takesHttp2,
  wrapHandlers,
} from "./adapt-fetch.ts";
import { gateNodeServer } from "./adapt-node.ts";
import { rememberChallenges } from "./challenges.ts";
import { type ClientView, createClientView } from "./client-view.ts";
import { knowNodeRequests, knowRequests, sendNodeFiles } from "./without-front.ts";

export type Serve = (options: ServeOptions) => BunServer;

/** `node` is the node:http server on whose behalf Bun.serve was called. */
export type ListenCall = { asked: ServeOptions; node: Server | undefined };

export interface Binding {
  /** Whether what was opened takes HTTP/2 by prior knowledge as well: programs that serve by `fetch` do. */
  speaksHttp2(): boolean;
  /** Whether the app says itself when the body of a request is to come that its client holds back: as listeners of node may. */
  saysContinue(): boolean;
  open(listening: ListenCall): BunServer;
  /** For a further listener on the port of the first: nobody is to reach it, and it must not fail. */
  openTwin(listening: ListenCall): BunServer;
  /** Options that lead a listener to where nobody looks for it, until it is known where it belongs. */
  hidden(): ServeOptions;
}

export type BindingOptions = {
  setup: WorkerSetup;
  serve: Serve;
  activity: Activity;
  log: Log;
  report: ReportAppError;
  requests: Requests;
};

export function chooseBinding(options: BindingOptions): Binding {
  const { listen } = options.setup;
  if (listen === null) throw new Error("a service listens nowhere");
  return "unix" in listen ? socketBinding(options, listen) : publicBinding(options, listen);
}

function socketBinding(
  { setup, serve, activity, log, report, requests }: BindingOptions,
  { unix, token, mode }: { unix: string; token: string; mode?: number },
): Binding {
  takeLargeHeads();
  const shown = { host: setup.publicHost, port: setup.publicPort };
  const view = viewFor(setup, token, log, shown);
  const meter = activity.meterHandler.bind(activity);
  const { handsOver = false, byField = false } = setup.files ?? {};
  const hands = handsOver ? handsAt({ unix, token, mode }, log) : undefined;
  const files = new FetchFiles({ hands, byField, home: setup.home });
  const through = { view, challenges: rememberChallenges(globalThis), files, report, requests };
  let others = 0;
  let opened: ListenCall | undefined;
  const gateNode = onceEach((node) => {
    activity.meterNodeServer(node);
    gateNodeServer(node, shown, through, byField ? { hands, home: setup.home } : undefined);
  });
  const openOn = (socket: string, { asked, node }: ListenCall): BunServer => {
    if (asked.tls) log.warn("The app's own TLS settings are not used: clients speak to gw, not to the app");
    if (node) {
      gateNode(node);
      return serve(override(asked, bindToSocket(socket)));
    }
    const gate = (options: ServeOptions) => gateServeOptions(options, socket, meter, through);
    const server = serve(gate(asked));
    dressServer(server, shown, view, gate);
    return server;
  };
  return {
    speaksHttp2: () => opened !== undefined && opened.node === undefined && takesHttp2(opened.asked),
    saysContinue: () => (opened?.node?.listenerCount("checkContinue") ?? 0) > 0,
    open(listening) {
      opened = listening;
      const server = openOn(unix, listening);
      // The front may be somebody else; the directory of the socket says who.
      if (mode !== undefined) chmodSync(unix, mode);
      return server;
    },
    openTwin: (listening) => openOn(`${unix}.${++others}`, listening),
    hidden: () => bindToSocket(`${unix}.${++others}`),
  };
}

/**
 * What the front lets through must not end in an engine that knows no words for it. The bound is one of the whole process, and a
 * server of node takes it when it is made: to be called before the app is loaded, which may set a lower one for itself.
 */
function takeLargeHeads(): void {
  Object.assign(http, { maxHeaderSize: WORKER_HEAD_BYTES });
}

/** Without it the same bytes go the usual way. */
function handsAt(place: Parameters<typeof openHands>[0], log: Log): FileHands | undefined {
  const opened = openHands(place);
  if (typeof opened !== "string") return opened;
  log.warn("files are not handed to the front ends", { why: opened });
  return undefined;
}

function viewFor(
  { mount, scheme }: WorkerSetup,
  token: string,
  log: Log,
  publicAddress: PublicAddress,
): ClientView {
  return createClientView({ token, log, mount, publicAddress, ...(scheme && { scheme }) });
}

/** A server may be closed and listen again: what is done to it is done once. */
function onceEach(act: (server: Server) => void): (server: Server) => void {
  const done = new WeakSet<Server>();
  return (server) => {
    if (!done.has(server)) act(server);
    done.add(server);
  };
}

/** The app's handlers are counted, and nothing else unless it asks: embedded mode gives up the front for the speed of a bare server. */
function publicBinding(
  { setup, serve, activity, report, requests }: BindingOptions,
  { host, port }: { host: string; port: number },
): Binding {
  const limitBytes = setup.limitRequestBodyBytes > 0 ? setup.limitRequestBodyBytes : Number.MAX_SAFE_INTEGER;
  const { byField = false } = setup.files ?? {};
  const { home } = setup;
  const meterNode = onceEach((node) => {
    activity.meterNodeServer(node);
    if (byField) sendNodeFiles(node, { home, report: (error) => report(error.message) });
    knowNodeRequests(node, requests);
  });
  const files = new FetchFiles({ hands: undefined, byField, home });
  const wrap = (handler: FetchHandler) =>
    knowRequests(answerWithFiles(activity.meterHandler(handler), files, report), requests);
  return {
    speaksHttp2: () => false,
    saysContinue: () => false,
    open({ asked, node }) {
      if (node) meterNode(node);
      return serve(
        override(asked, {
          ...(!node && wrapHandlers(asked, wrap)),
          ...(asked.error !== undefined && { error: forItsRequest(asked.error as ErrorHandler, requests) }),
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
    hidden: bindToLoopback,
  };
}

/** Nobody takes open files, but what an answer names is sent all the same. */
function answerWithFiles(handler: FetchHandler, files: FetchFiles, report: ReportAppError): FetchHandler {
  const complete = (answer: unknown, request: Request) =>
    answer instanceof Response ? sendFiles(answer, request, "", files, report) : answer;
  return function (this: unknown, request, server) {
    const answer = handler.call(this, request, server);
    return answer instanceof Promise
      ? answer.then((settled) => complete(settled, request))
      : complete(answer, request);
  };
}

/** Opens a binding; whoever is to know that it cannot be had hears so before the program. */
export function openBinding(open: () => BunServer, onRefused: (thrown: unknown) => void): BunServer {
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
