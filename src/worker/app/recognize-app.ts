// What a module offers to serve, told by the shape of its export alone. Pure: nothing is called, nothing listens.
//
// Functions come in two kinds that look alike, `(request, server) => Response` and `(req, res) => void`. The rule:
//   1. it has a `fetch` method                                   → that one is called
//   2. it has `handle` and `use`, as Express and Connect apps do → node handler
//   3. it takes fewer than two parameters                        → fetch function
//   4. its second parameter is called res, resp, reply, response → node handler
//   5. it calls end, write, writeHead, setHeader or pipe on its second parameter, or its source is hidden (bound)
//                                                                → node handler
//   6. anything else                                             → fetch function

import { type RequestListener, Server } from "node:http";
import { isRecord } from "../../core/records.ts";

export type FetchHandler = (request: Request, server: unknown) => unknown;
/** Options as `Bun.serve` takes them; checked by Bun, not here. */
export type ServeOptions = Record<string, unknown>;

export type RecognizedApp =
  | { kind: "fetch" | "function"; options: ServeOptions }
  | { kind: "node handler"; handler: () => Promise<RequestListener> }
  | { kind: "listening program"; server: Server };

/** `exported` is the value chosen from the module; undefined when gw cannot serve it. */
export function recognizeApp(exported: unknown): RecognizedApp | undefined {
  if (exported instanceof Server) return { kind: "listening program", server: exported };
  if (hasMethod(exported, "fetch")) return { kind: "fetch", options: fetchOptions(exported) };
  if (typeof exported === "function") return recognizeFunction(exported as (...args: unknown[]) => unknown);
  if (!isRecord(exported)) return undefined;
  if (isKoa(exported)) return nodeHandler(async () => exported.callback());
  if (isFastify(exported)) {
    return nodeHandler(async () => {
      await exported.ready(); // Its plugins load now.
      return (request, response) => exported.routing(request, response);
    });
  }
  if (isPlain(exported) && isRecord(exported.routes)) return { kind: "fetch", options: { ...exported } };
  return undefined;
}

function recognizeFunction(fn: (...args: unknown[]) => unknown): RecognizedApp | undefined {
  const source = Function.prototype.toString.call(fn);
  if (/^class\b/.test(source)) return undefined;
  const isNode =
    (hasMethod(fn, "handle") && hasMethod(fn, "use")) || (fn.length >= 2 && answersByResponseObject(source));
  if (isNode) return nodeHandler(async () => fn as RequestListener);
  return { kind: "function", options: { fetch: (request: Request, server: unknown) => fn(request, server) } };
}

function answersByResponseObject(source: string): boolean {
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source)) return true;
  const second = secondParameter(source);
  if (!second) return false;
  if (/^_*(?:res|resp|reply|response)$/i.test(second)) return true;
  return new RegExp(
    `(?<![\\w$.])${second.replaceAll("$", "\\$")}\\s*\\.\\s*(?:end|write|writeHead|setHeader|pipe)\\s*\\(`,
  ).test(source);
}

/** Name of the second parameter; undefined where it is a pattern or the source is written in an unusual way. */
function secondParameter(source: string): string | undefined {
  return /^(?:async\s*)?(?:function\b\s*\*?\s*[\w$]*|[\w$]+)?\s*\(\s*[\w$]+\s*,\s*([\w$]+)/.exec(source)?.[1];
}

function nodeHandler(handler: () => Promise<RequestListener>): RecognizedApp {
  return { kind: "node handler", handler };
}

/** A plain object may hold any option of Bun.serve; an instance, as of Hono, has names of its own that mean other things. */
function fetchOptions(app: Record<"fetch", (...args: unknown[]) => unknown>): ServeOptions {
  const fetch = (request: Request, server: unknown) => app.fetch(request, server);
  if (isPlain(app)) return { ...app, fetch };
  const { websocket } = app as { websocket?: unknown };
  return isRecord(websocket) ? { fetch, websocket } : { fetch };
}

type Koa = { callback(): RequestListener };
type Fastify = { ready(): Promise<unknown>; routing: RequestListener };

const isKoa = (value: object): value is Koa => hasMethod(value, "callback") && hasMethod(value, "use");
const isFastify = (value: object): value is Fastify =>
  hasMethod(value, "routing") && hasMethod(value, "ready");

function isPlain(value: unknown): value is Record<string, unknown> {
  const prototype = isRecord(value) ? Object.getPrototypeOf(value) : undefined;
  return prototype === Object.prototype || prototype === null;
}

function hasMethod<N extends string>(
  value: unknown,
  name: N,
): value is Record<N, (...args: unknown[]) => unknown> {
  return isRecordOrFunction(value) && typeof (value as Record<string, unknown>)[name] === "function";
}

const isRecordOrFunction = (value: unknown): boolean => isRecord(value) || typeof value === "function";
