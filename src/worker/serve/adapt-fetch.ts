// A program's Bun.serve options and server object, made to fit behind a front: each handler is reached only through
// the client view, every timer and limit that the front owns is off, and the server says where clients really are.
// Must not decide which listener is redirected; worker/listen/capture-listen does.

import { isIP } from "node:net";
import { GwError } from "../../core/errors.ts";
import { isRecord } from "../../core/records.ts";
import { EXCEPTION_HEADER, encodeException } from "../../http/traces/told-exception.ts";
import type { PublicAddress } from "../../link/setups.ts";
import { renderAppError } from "../../sources/app-errors.ts";
import type { FetchHandler, ServeOptions } from "../app/recognize-app.ts";
import type { FetchFiles } from "../files/fetch-files.ts";
import { ScopedRequest } from "../module/request-info.ts";
import type { Requests } from "../module/requests.ts";
import type { Challenges } from "./challenges.ts";
import type { ClientView } from "./client-view.ts";

export type BunServer = Bun.Server<unknown>;

/** Prints an app's own error where the app's author looks for it. */
export type ReportAppError = (text: string) => void;

/** What every request passes on its way to a handler, and every answer on its way back. */
export type Passage = {
  view: ClientView;
  challenges: Challenges;
  files: FetchFiles;
  report: ReportAppError;
  requests: Requests;
};

/** A request whose connection the app took over; its handler rightly returns nothing. */
const UPGRADED = Symbol("gw upgraded");
type Upgradable = Request & { [UPGRADED]?: true };

/** Options for the private socket. A handler that misbehaves gets its client a plain 500 and its author a line. */
export function gateServeOptions(
  options: ServeOptions,
  socket: string,
  meter: (handler: FetchHandler) => FetchHandler,
  gate: Passage,
): ServeOptions {
  const { challenges, report, requests } = gate;
  const tell = (answer: Response) => challenges.tell(answer);
  const whenThrown = options.error ?? ((thrown: unknown) => failed(report, renderAppError(thrown)));
  return override(options, {
    ...bindToSocket(socket),
    http2: takesHttp2(options),
    ...wrapHandlers(options, (handler) => gateHandler(meter(handler), gate), tell),
    error: tellAnswers(forItsRequest(whenThrown as ErrorHandler, requests), tell),
    development: false,
    idleTimeout: 0,
    // The front has already held the body against its own limit.
    maxRequestBodySize: options.maxRequestBodySize ?? Number.MAX_SAFE_INTEGER,
  });
}

export type ErrorHandler = (this: unknown, thrown: unknown) => unknown;

/** What it prints and asks is about the request whose handler has failed. */
export function forItsRequest(handle: ErrorHandler, requests: Requests): ErrorHandler {
  return function (thrown) {
    return requests.handleError(thrown, () => handle.call(this, thrown));
  };
}

/** A program's error handler, which may answer too. */
function tellAnswers(handle: ErrorHandler, tell: (answer: Response) => void): ErrorHandler {
  const told = (answer: unknown, thrown: unknown): unknown => {
    if (answer instanceof Response) tell(answer);
    if (answer instanceof Response) tellException(answer, thrown);
    return answer;
  };
  return function (thrown) {
    const answer = handle.call(this, thrown);
    return answer instanceof Promise ? answer.then((one) => told(one, thrown)) : told(answer, thrown);
  };
}

/** Its front has it told with the trace of the request. */
function tellException({ headers }: Response, thrown: unknown): void {
  try {
    headers.set(EXCEPTION_HEADER, encodeException(thrown));
  } catch {
    // An answer whose fields cannot be changed, or a thrown thing that cannot be made a text: then it is not told.
  }
}

/** Fronts may speak HTTP/2 to a program that serves by `fetch`, unless it says itself that it takes none. */
export const takesHttp2 = (options: ServeOptions): boolean => options.http2 !== false;

/** What any listener needs to end on a private socket. */
export function bindToSocket(socket: string): ServeOptions {
  return {
    unix: socket,
    port: undefined,
    hostname: undefined,
    reusePort: false,
    tls: undefined,
    http2: undefined,
    http3: undefined,
  };
}

/** For a listener that nobody is to find. */
export function bindToLoopback(): ServeOptions {
  return { ...bindToSocket(""), unix: undefined, hostname: "127.0.0.1", port: 0 };
}

/** A copy that keeps the prototype, for options that are an instance of a class. */
export function override(options: ServeOptions, changes: ServeOptions): ServeOptions {
  return Object.assign(Object.create(Object.getPrototypeOf(options)), options, changes);
}

export function gateHandler(
  handler: FetchHandler,
  { view, challenges, files, report, requests }: Passage,
): FetchHandler {
  const check = (answer: unknown, request: Upgradable): Response | undefined => {
    if (answer instanceof Response) {
      challenges.tell(answer);
      return sendFiles(answer, request, view.factsOf(request), files, report);
    }
    if (answer === undefined && request[UPGRADED]) return undefined;
    const what =
      answer === null || typeof answer !== "object"
        ? String(answer)
        : `an object of class ${answer.constructor?.name}`;
    return failed(
      report,
      `The app's handler for ${request.method} ${withoutQuery(request.url)} returned ${what}, not a Response`,
    );
  };
  const settle = (answer: unknown, request: Upgradable) => {
    if (!(answer instanceof Promise)) return check(answer, request);
    // A settled promise is looked into: Bun answers at once what it gets at once.
    if (Bun.peek.status(answer) === "fulfilled") return check(Bun.peek(answer), request);
    return answer.then((settled) => check(settled, request));
  };
  return function (this: unknown, request, server) {
    if (!view.admit(request)) return new Response("Forbidden\n", { status: 403 });
    if (!requests.isOn) return settle(handler.call(this, request, server), request);
    const asked = new ScopedRequest(request, view.factsOf(request));
    return requests.handle(asked, () => settle(handler.call(this, request, server), request));
  };
}

/** An answer that names a file becomes one with the file. */
export function sendFiles(
  answer: Response,
  request: Request,
  facts: string,
  files: FetchFiles,
  report: ReportAppError,
): Response {
  try {
    return files.complete(answer, request, facts);
  } catch (thrown) {
    if (!(thrown instanceof GwError)) throw thrown;
    return failed(report, thrown.message);
  }
}

/** What a query holds is nobody's business in a log. */
const withoutQuery = (url: string) => url.replace(/\?.*$/s, "");

/** The program's handlers, each in a wrapping of its own. `tell` is shown the answers that are ready before any request. */
export function wrapHandlers(
  { fetch, routes }: ServeOptions,
  wrap: (handler: FetchHandler) => FetchHandler,
  tell: (answer: Response) => void = () => {},
): ServeOptions {
  return {
    ...(isHandler(fetch) && { fetch: wrap(fetch) }),
    ...(isRecord(routes) && { routes: wrapRoutes(routes, wrap, tell) }),
  };
}

/** Routes are handlers, handlers by method, or ready answers, which Bun serves without calling anyone. */
function wrapRoutes(
  routes: Record<string, unknown>,
  wrap: (handler: FetchHandler) => FetchHandler,
  tell: (answer: Response) => void,
): ServeOptions {
  const wrapOne = (route: unknown): unknown => {
    if (route instanceof Response) tell(route);
    return isHandler(route) ? wrap(route) : route;
  };
  const wrapped = (route: unknown): unknown => {
    if (!isPlain(route)) return wrapOne(route);
    return Object.fromEntries(Object.entries(route).map(([key, inner]) => [key, wrapOne(inner)]));
  };
  return Object.fromEntries(Object.entries(routes).map(([path, route]) => [path, wrapped(route)]));
}

/** The server object that the program holds: the client's address, the public address, and reloads that stay wrapped. */
export function dressServer(
  server: BunServer,
  publicAddress: PublicAddress,
  view: ClientView,
  regate: (options: ServeOptions) => ServeOptions,
): void {
  const upgrade = server.upgrade.bind(server) as (request: Request, options?: object) => boolean;
  const reload = server.reload.bind(server) as unknown as (options: ServeOptions) => BunServer;
  const shown = {
    requestIP: (request: Request) => view.addressOf(request),
    upgrade(request: Upgradable, options?: object) {
      const isUpgraded = options === undefined ? upgrade(request) : upgrade(request, options);
      if (isUpgraded) request[UPGRADED] = true;
      return isUpgraded;
    },
    reload(options: ServeOptions) {
      reload(regate(options));
      return server;
    },
    hostname: publicAddress.host,
    port: publicAddress.port,
    url: publicUrl(publicAddress),
    address: socketAddress(publicAddress),
  };
  for (const [name, value] of Object.entries(shown))
    Object.defineProperty(server, name, { value, configurable: true });
}

/** As `server.address` of Bun and `address()` of node:http give it. */
export function socketAddress({ host, port }: PublicAddress): {
  address: string;
  family: "IPv4" | "IPv6";
  port: number;
} {
  return {
    address: host === "localhost" ? "127.0.0.1" : host,
    family: isIP(host) === 6 ? "IPv6" : "IPv4",
    port,
  };
}

export function publicUrl({ host, port }: PublicAddress): URL {
  const isWildcard = host === "" || host === "0.0.0.0" || host === "::";
  const name = isWildcard ? "localhost" : isIP(host) === 6 ? `[${host}]` : host;
  return new URL(`http://${name}:${port}/`);
}

function failed(report: ReportAppError, text: string): Response {
  report(text);
  return new Response("Internal Server Error\n", { status: 500 });
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && Object.getPrototypeOf(value) === Object.prototype;
}

const isHandler = (value: unknown): value is FetchHandler => typeof value === "function";
