// What happens to a header field on its way through a gateway (RFC 9110 section 7.6.1, RFC 9112). Names are judged
// once and remembered: the same few dozen names come with every request.
// Header lists are flat arrays [name, value, name, value …] in the order and spelling of the wire.

import { RESERVED_PREFIX } from "./reserved.ts";

/**
 * A field's fate. `framing`: made afresh at each hop. `hop`: ends here. `reserved`: gw's own, never passed on. `prefix`:
 * tells an app where it is mounted; a client's passes only where gw says nothing of that itself. `trace`: the same of the
 * trace that the request belongs to.
 */
export type Fate =
  | "pass"
  | "hop"
  | "framing"
  | "connection"
  | "host"
  | "expect"
  | "prefix"
  | "trace"
  | "reserved"
  | "invalid";

/** A Map, not an object: a client may call a field `constructor`. */
const KNOWN: ReadonlyMap<string, Fate> = new Map<string, Fate>([
  ["connection", "connection"],
  ["proxy-connection", "hop"],
  ["keep-alive", "hop"],
  ["proxy-authenticate", "hop"],
  ["proxy-authorization", "hop"],
  ["te", "hop"],
  ["trailer", "hop"],
  ["upgrade", "hop"],
  // httpoxy: CGI-style apps would take it for the environment variable HTTP_PROXY.
  ["proxy", "hop"],
  ["transfer-encoding", "framing"],
  ["content-length", "framing"],
  ["host", "host"],
  ["expect", "expect"],
  ["x-forwarded-prefix", "prefix"],
  ["traceparent", "trace"],
  ["tracestate", "trace"],
]);

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const REMEMBERED_MOST = 2048;
const REMEMBERED_LENGTH_MOST = 64;
const remembered = new Map<string, Fate>();

/** The fate of the field with this name, whatever its letter case. */
export function fateOf(name: string): Fate {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const fate = judge(name);
  // Names come from clients: never let them grow the memory, neither by their number nor by their length.
  if (remembered.size < REMEMBERED_MOST && name.length <= REMEMBERED_LENGTH_MOST) remembered.set(name, fate);
  return fate;
}

function judge(name: string): Fate {
  if (!TOKEN.test(name)) return "invalid";
  const lower = name.toLowerCase();
  if (lower.startsWith(RESERVED_PREFIX)) return "reserved";
  const known = KNOWN.get(lower);
  // Where fields become variables, as in CGI, an underscore is a second spelling of the hyphen.
  return known ?? (lower.replaceAll("_", "-") === "x-forwarded-prefix" ? "prefix" : "pass");
}

/** Lower-case names that a Connection value nominates as hop-by-hop, beside the ones that always are. */
export function nominated(connection: string): string[] {
  const lower = connection.toLowerCase();
  if (lower === "keep-alive" || lower === "close") return [];
  return lower
    .split(",")
    .map((token) => token.trim())
    .filter((token) => token !== "" && token !== "close" && token !== "keep-alive" && token !== "upgrade");
}

/** Adds the names that a Connection value nominates to those before; undefined while there is none, which is the rule. */
export function nominees(soFar: Set<string> | undefined, connection: string): Set<string> | undefined {
  const names = nominated(connection);
  return names.length === 0 ? soFar : new Set([...(soFar ?? []), ...names]);
}

/** True when a field value holds no control character but tab (RFC 9110 section 5.5). */
export function isCleanValue(value: string): boolean {
  return !/[\x00-\x08\x0a-\x1f\x7f]/.test(value);
}

/** First value of the field, or undefined. `name` in lower case. */
export function fieldValue(fields: readonly string[], name: string): string | undefined {
  for (let i = 0; i < fields.length; i += 2) {
    const field = fields[i] as string;
    if (field.length === name.length && field.toLowerCase() === name) return fields[i + 1];
  }
  return undefined;
}

/** All values of a field whose value is a list (RFC 9110 section 5.3), or undefined without any. `name` in lower case. */
export function listValue(fields: readonly string[], name: string): string | undefined {
  let all: string | undefined;
  for (let i = 0; i < fields.length; i += 2) {
    const field = fields[i] as string;
    if (field.length !== name.length || field.toLowerCase() !== name) continue;
    all = all === undefined ? (fields[i + 1] as string) : `${all}, ${fields[i + 1]}`;
  }
  return all;
}

/** Without the fields of this name, which is to be in lower case. */
export function withoutField(fields: readonly string[], lower: string): string[] {
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    if (name.length === lower.length && name.toLowerCase() === lower) continue;
    kept.push(name, fields[i + 1] as string);
  }
  return kept;
}

/** Without the fields of these names, which are to be in lower case: a set, for a client may nominate thousands of them. */
export function withoutFields(fields: readonly string[], dropped: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    if (!dropped.has(name.toLowerCase())) kept.push(name, fields[i + 1] as string);
  }
  return kept;
}

/** With a field of gw's own behind them, which no client can have dropped at the next hop by naming it in Connection. */
export function withField(fields: readonly string[], name: string, value: string): string[] {
  return withOwnFields(fields, [name, value]);
}

/** The same with several, flat [name, value …]. */
export function withOwnFields(fields: readonly string[], own: readonly string[]): string[] {
  const lower = own.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  const all: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const said = fields[i + 1] as string;
    const isConnection = fateOf(fields[i] as string) === "connection";
    all.push(fields[i] as string, isConnection ? withoutTokens(said, lower) : said);
  }
  all.push(...own);
  return all;
}

function withoutTokens(list: string, dropped: readonly string[]): string {
  const lower = list.toLowerCase();
  if (!dropped.some((token) => lower.includes(token))) return list;
  const tokens = list.split(",").map((token) => token.trim());
  return tokens.filter((token) => !dropped.includes(token.toLowerCase())).join(", ");
}

/** The fields as they stand on the wire, each line with its end. */
export function fieldLines(fields: readonly string[]): string {
  let lines = "";
  for (let i = 0; i < fields.length; i += 2) lines += `${fields[i]}: ${fields[i + 1]}\r\n`;
  return lines;
}

const HOST = /^(?:[A-Za-z0-9._~%-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const HOST_MOST = 261;
/** No number at its end, no encoded label, no escape, and a short port: nothing that a parser of URLs could refuse. */
const PLAIN_HOST = /^(?!.*xn--)(?:[a-z0-9_~-]+\.)*[a-z_~-][a-z0-9_~-]*(?::\d{1,4})?$/i;

/** Clients choose the hosts, most of them the same few; whoever makes up others has all of them judged anew, and no more. */
const HOSTS_MOST = 1024;
const validHosts = new Set<string>();

/** One host name or address with an optional port; lists, user parts, markup and what no URL can hold are refused. */
export function isValidHost(value: string): boolean {
  if (validHosts.has(value)) return true;
  if (!judgeHost(value)) return false;
  if (validHosts.size >= HOSTS_MOST) validHosts.clear();
  validHosts.add(value);
  return true;
}

function judgeHost(value: string): boolean {
  if (value.length > HOST_MOST || !HOST.test(value)) return false;
  // An app makes a URL of it, and would fail for each client that sends nonsense.
  return PLAIN_HOST.test(value) || URL.canParse(`http://${value}/`);
}
