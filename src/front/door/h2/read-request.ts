// A request of HTTP/2 out of its fields (RFC 9113 section 8), to the letter: what two readers might take differently is
// malformed. It comes out as HTTP/1.1 would have it, so that nobody behind the door knows the difference. Pure.

import { randomBytes } from "node:crypto";
import { withoutField } from "../../../http/fields.ts";
import { CONNECTION_FIELDS } from "../../../http/h2/connection-fields.ts";

export type H2Request = {
  method: string;
  target: string;
  /** Flat [name, value …], with the host that it is for, and its cookies in one field. */
  fields: string[];
  /** That of the body; undefined where none was told. */
  length: number | undefined;
  /** It is asked to go on as a WebSocket (RFC 8441). */
  wantsWebSocket: boolean;
};

/** In the place of one that was not read. */
export const NO_REQUEST: H2Request = {
  method: "GET",
  target: "/",
  fields: [],
  length: undefined,
  wantsWebSocket: false,
};

/** The request breaks a rule of HTTP/2; nothing is to be made of it (RFC 9113 section 8.1.1). */
export class MalformedRequest extends Error {}

/** What may begin a request. */
type Pseudo = {
  ":method"?: string;
  ":scheme"?: string;
  ":authority"?: string;
  ":path"?: string;
  ":protocol"?: string;
};

/** What is to be looked at in a field, by its name. */
type NameKind =
  | "plain"
  | "host"
  | "cookie"
  | "length"
  | "te"
  | "connection"
  | "capital"
  | "no name"
  | "pseudo";

const KINDS = new Map<string, NameKind>([
  ["host", "host"],
  ["cookie", "cookie"],
  ["content-length", "length"],
  ["te", "te"],
  ...[...CONNECTION_FIELDS].map((name) => [name, "connection"] as [string, NameKind]),
]);
const KINDS_MOST = 2048;
const NAME_MOST = 64;
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** What may not stand in a value, nor at its ends (RFC 9113 section 8.2.1, and what HTTP/1.1 refuses besides). */
const UNCLEAN = /^[ \t]|[ \t]$|[\x00-\x08\x0a-\x1f\x7f]/;
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/;
/** A path and a query, of the characters that HTTP/1.1 lets through; or the server itself. */
const PATH = /^(?:\/[\x21-\x7e]*|\*)$/;
const LENGTH = /^\d{1,15}$/;

/** `isLast`: no body follows. Throws MalformedRequest. */
export function readRequest(fields: readonly string[], isLast: boolean): H2Request {
  const pseudo: Pseudo = {};
  const from = readPseudo(fields, pseudo);
  const request: H2Request = {
    method: methodOf(pseudo),
    target: "",
    fields: [],
    length: undefined,
    wantsWebSocket: pseudo[":protocol"] === "websocket",
  };
  const authority = pseudo[":authority"];
  if (authority !== undefined) request.fields.push("host", authority);
  takeFields(request, fields, from, authority);
  setTarget(request, pseudo);
  if (isLast && request.length) throw new MalformedRequest("a length, and no body");
  if (request.wantsWebSocket) askForWebSocket(request, isLast);
  return request;
}

/** Fields behind a body, which end here. Throws MalformedRequest. */
export function checkTrailers(fields: readonly string[]): void {
  for (let at = 0; at < fields.length; at += 2) {
    const kind = kindOf(fields[at] as string);
    if (kind === "plain" || kind === "cookie") checkValue(fields[at + 1] as string);
    else if (kind === "length") throw new MalformedRequest("a length behind the body");
    else refuseName(kind, fields[at] as string);
  }
}

/** What a request line would have said of it, for who is told of what was refused; empty where that had not come. */
export function lineOf(fields: readonly string[]): string {
  const [method, path] = [":method", ":path"].map((name) => {
    const at = fields.indexOf(name);
    return at % 2 === 0 ? (fields[at + 1] ?? "") : "";
  }) as [string, string];
  return METHOD.test(method) && PATH.test(path) ? `${method} ${path} HTTP/2.0` : "";
}

/** Where the fields begin that are not pseudo-fields. */
function readPseudo(fields: readonly string[], pseudo: Pseudo): number {
  let at = 0;
  for (; at < fields.length; at += 2) {
    const name = fields[at] as string;
    if (name.charCodeAt(0) !== COLON) break;
    if (!isPseudo(name)) throw new MalformedRequest(`an unknown field ${shown(name)}`);
    if (pseudo[name] !== undefined) throw new MalformedRequest(`${name} twice`);
    pseudo[name] = fields[at + 1] as string;
  }
  return at;
}

const COLON = 58;
const isPseudo = (name: string): name is keyof Pseudo =>
  name === ":method" ||
  name === ":path" ||
  name === ":scheme" ||
  name === ":authority" ||
  name === ":protocol";

function methodOf(pseudo: Pseudo): string {
  const method = pseudo[":method"];
  if (method === undefined) throw new MalformedRequest("no :method");
  if (!METHOD.test(method)) throw new MalformedRequest("a :method that is none");
  if (pseudo[":protocol"] !== undefined && method !== "CONNECT")
    throw new MalformedRequest("a :protocol without CONNECT");
  return method;
}

function setTarget(request: H2Request, pseudo: Pseudo): void {
  const { ":path": path, ":scheme": scheme, ":authority": authority, ":protocol": protocol } = pseudo;
  if (request.method === "CONNECT" && protocol === undefined) {
    if (path !== undefined || scheme !== undefined) throw new MalformedRequest("CONNECT with a path");
    if (authority === undefined) throw new MalformedRequest("CONNECT without :authority");
    request.target = authority;
    return;
  }
  if (scheme === undefined || path === undefined) throw new MalformedRequest("no :scheme or no :path");
  if (scheme !== "https" && scheme !== "http")
    throw new MalformedRequest("a :scheme other than http and https");
  if (!PATH.test(path) || (path === "*" && request.method !== "OPTIONS"))
    throw new MalformedRequest("a :path that is none");
  request.target = path;
}

function takeFields(
  request: H2Request,
  fields: readonly string[],
  from: number,
  authority: string | undefined,
): void {
  const out = request.fields;
  let cookieAt = -1;
  let hosts = 0;
  for (let at = from; at < fields.length; at += 2) {
    const name = fields[at] as string;
    const value = fields[at + 1] as string;
    const kind = kindOf(name);
    checkValue(value);
    if (kind === "plain") out.push(name, value);
    else if (kind === "cookie") {
      // Broken into crumbs for the sake of compression (RFC 9113 section 8.2.3).
      if (cookieAt >= 0) out[cookieAt] += `; ${value}`;
      else cookieAt = out.push(name, value) - 1;
    } else if (kind === "host") {
      if (hosts++ > 0 || (authority !== undefined && authority.toLowerCase() !== value.toLowerCase()))
        throw new MalformedRequest("a Host beside another one, or other than :authority");
      if (authority === undefined) out.push(name, value);
    } else if (kind === "length") {
      if (!LENGTH.test(value) || request.length !== undefined)
        throw new MalformedRequest("a length that is none, or two of them");
      request.length = Number(value);
      out.push(name, value);
    } else if (kind !== "te" || value.toLowerCase() !== "trailers") refuseName(kind, name);
    else out.push(name, value);
  }
}

function kindOf(name: string): NameKind {
  const known = KINDS.get(name);
  if (known !== undefined) return known;
  const kind = judgeName(name);
  // Names come from clients: see http/fields.
  if (KINDS.size < KINDS_MOST && name.length <= NAME_MOST) KINDS.set(name, kind);
  return kind;
}

function judgeName(name: string): NameKind {
  if (NAME.test(name)) return "plain";
  if (name.charCodeAt(0) === COLON) return "pseudo";
  return NAME.test(name.toLowerCase()) ? "capital" : "no name";
}

function checkValue(value: string): void {
  if (UNCLEAN.test(value))
    throw new MalformedRequest("a value with a control character, or with a space at its ends");
}

function refuseName(kind: NameKind, name: string): never {
  if (kind === "capital") throw new MalformedRequest("a field name with capital letters");
  if (kind === "no name") throw new MalformedRequest("a field name is not a token");
  if (kind === "pseudo") throw new MalformedRequest(`${shown(name)} behind other fields`);
  throw new MalformedRequest(`the field ${shown(name)} has no place in HTTP/2`);
}

/** What a client has sent, as a log line may hold it. */
const shown = (name: string) => name.slice(0, 32).replaceAll(/[^\x21-\x7e]/g, "?");

/** As HTTP/1.1 asks for it. The key only shows that the other end has read the request, which the front sees by its status. */
function askForWebSocket(request: H2Request, isLast: boolean): void {
  if (isLast || request.length !== undefined) throw new MalformedRequest("a WebSocket that has an end");
  request.method = "GET";
  request.fields = withoutField(request.fields, "sec-websocket-key");
  request.fields.push("sec-websocket-key", randomBytes(16).toString("base64"));
}
