// What proxies in front of gw say of a client, in the several headers that are in use for it, and how much of that is
// believed: only what a trusted proxy says, only in the headers that the operator names, and of each chain only the part
// that trusted proxies have written. All other ways to say the same thing are taken away, so that no app can be told a
// lie by a client in a header that its proxy does not know. Pure.

import {
  FORWARDING_SUBJECTS as HEADERS,
  type ForwardingSubject as Subject,
} from "../core/requests/forwarding-headers.ts";
import { isValidHost } from "./fields.ts";
import { parseForwarded } from "./forwarded-field.ts";
import { type PeerNode, portOf, readNode } from "./peer-node.ts";

/** What is believed. Members that nobody trusted has told are left out. */
export type ProxyWord = {
  /** The client's address, without brackets. */
  address?: string;
  /** Its port, where the header tells it. */
  port?: number;
  /** As in a Host field. */
  host?: string;
  server?: string;
  /** The port that the client has reached. */
  localPort?: number;
  /** Path below which the proxy has gw, without a slash at its end; empty for the top. */
  script?: string;
  scheme?: "http" | "https";
};

export type Forwarding = {
  told: ProxyWord;
  /** The request's fields without those that are not believed; the same list where none is taken away. */
  fields: readonly string[];
};

/** A value of a trusted proxy that nothing can be made of. */
export class ForwardingProblem extends Error {}

export type Reader = (fields: readonly string[], peer: string) => Forwarding;

/** `isTrusted`: whether the address is that of a proxy to be believed. `headers`: in lower case, the ones it speaks by. */
export function createForwardingReader(
  isTrusted: (address: string) => boolean,
  headers: readonly string[],
): Reader {
  const subjects = new Set(headers.flatMap((name) => HEADERS.get(name) ?? []));
  const judged = new Set(
    [...HEADERS].filter(([, tells]) => tells.some((one) => subjects.has(one))).map(([name]) => name),
  );
  return (fields, peer) => {
    const found = find(fields, judged);
    if (!found) return { told: {}, fields };
    if (!isTrusted(peer)) return { told: {}, fields: without(fields, judged, new Map()) };
    return believe(fields, found, { isTrusted, headers, judged });
  };
}

type Belief = {
  isTrusted: (address: string) => boolean;
  headers: readonly string[];
  judged: ReadonlySet<string>;
};

function believe(fields: readonly string[], found: ReadonlyMap<string, string[]>, rules: Belief): Forwarding {
  const told: ProxyWord = {};
  /** The headers that go on to the app, with what it reads there. */
  const kept = new Map<string, string>();
  const open = new Set<Subject>(["client", "host", "server", "port", "script", "scheme"]);
  for (const name of rules.headers) {
    const values = found.get(name);
    const tells = HEADERS.get(name)?.filter((subject) => open.has(subject)) ?? [];
    if (!values || tells.length === 0) continue;
    const text = READERS.get(name)?.(values, told, rules, new Set(tells));
    if (text !== undefined) kept.set(name, text);
    // The first header that is there has told it: what others say of the same may be anybody's.
    for (const subject of tells) open.delete(subject);
  }
  return { told, fields: without(fields, rules.judged, kept) };
}

/** The values of these headers, in order; undefined where there is none of them. */
function find(fields: readonly string[], names: ReadonlySet<string>): Map<string, string[]> | undefined {
  let found: Map<string, string[]> | undefined;
  for (let at = 0; at < fields.length; at += 2) {
    const name = plainName(fields[at] as string);
    if (!names.has(name)) continue;
    found ??= new Map();
    // No proxy spells it with underscores: such a one is taken away, and not read.
    if ((fields[at] as string).includes("_")) continue;
    const values = found.get(name);
    if (values) values.push(fields[at + 1] as string);
    else found.set(name, [fields[at + 1] as string]);
  }
  return found;
}

/** Where fields become variables, as in CGI, an underscore is a second spelling of the hyphen. */
const plainName = (name: string) => name.toLowerCase().replaceAll("_", "-");

/** The fields without these headers; of the kept ones there is one field each, where its first one stood. */
function without(
  fields: readonly string[],
  names: ReadonlySet<string>,
  kept: ReadonlyMap<string, string>,
): string[] {
  const rest: string[] = [];
  const done = new Set<string>();
  for (let at = 0; at < fields.length; at += 2) {
    const name = plainName(fields[at] as string);
    if (!names.has(name)) rest.push(fields[at] as string, fields[at + 1] as string);
    else if (kept.has(name) && !done.has(name) && !(fields[at] as string).includes("_")) {
      rest.push(fields[at] as string, kept.get(name) as string);
      done.add(name);
    }
  }
  return rest;
}

// ---- one header each ----------------------------------------------------------------------------------------

/** Notes what the values tell, and returns the one that the app gets to see; undefined for none. */
type HeaderReader = (
  values: readonly string[],
  told: ProxyWord,
  rules: Belief,
  tells: ReadonlySet<Subject>,
) => string | undefined;

const READERS: ReadonlyMap<string, HeaderReader> = new Map<string, HeaderReader>([
  ["forwarded", readForwarded],
  ["x-forwarded-for", readChain],
  ["x-client-ip", readAddress],
  ["x-real-ip", readAddress],
  ["x-forwarded-host", readHost],
  ["x-host", readHost],
  ["x-forwarded-server", readServer],
  ["x-forwarded-port", readPort],
  ["x-script-name", readScript],
  ["x-forwarded-script-name", readScript],
  ["x-forwarded-prefix", readScript],
  ["x-forwarded-proto", readScheme],
  ["x-forwarded-scheme", readScheme],
  ["x-scheme", readScheme],
  ["x-forwarded-https", readFlag],
  ["x-forwarded-ssl", readFlag],
  ["x-https", readFlag],
]);

/** Elements of lists that are empty are none (RFC 9110 section 5.6.1). */
const elementsOf = (values: readonly string[]) =>
  values.flatMap((value) => value.split(",")).flatMap((one) => one.trim() || []);

/** What the nearest proxy has said comes last. */
const lastOf = (values: readonly string[]) => elementsOf(values).at(-1);

function readChain(values: readonly string[], told: ProxyWord, rules: Belief): string | undefined {
  const elements = elementsOf(values);
  const nodes = elements.map(readNode);
  const from = walk(nodes, rules);
  if (from === undefined) return undefined;
  noteNode(told, nodes[from]);
  return elements.slice(from).join(", ");
}

/**
 * Where in a chain of nodes the client stands: left of those that are trusted, seen from its end. What stands further
 * left was there before any trusted proxy saw it. Undefined where the proxy nearest to gw does not name anybody.
 */
function walk(nodes: readonly (PeerNode | undefined)[], { isTrusted }: Belief): number | undefined {
  let client: number | undefined;
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at];
    if (!node) return client;
    client = at;
    if (!isTrusted(node.address)) return client;
  }
  return client;
}

function readAddress(values: readonly string[], told: ProxyWord): string | undefined {
  const [value, ...more] = elementsOf(values);
  const node = value === undefined || more.length > 0 ? undefined : readNode(value);
  if (!node) return undefined;
  noteNode(told, node);
  return value;
}

function readHost(values: readonly string[], told: ProxyWord): string | undefined {
  const host = lastOf(values);
  if (host === undefined) return undefined;
  if (!isValidHost(host)) throw new ForwardingProblem("a host that is none");
  told.host = host;
  return host;
}

function readServer(values: readonly string[], told: ProxyWord): string | undefined {
  const server = lastOf(values);
  if (server === undefined || !isValidHost(server)) return undefined;
  told.server = server;
  return server;
}

function readPort(values: readonly string[], told: ProxyWord): string | undefined {
  const port = portOf(lastOf(values));
  if (port === undefined) return undefined;
  told.localPort = port;
  return String(port);
}

const SCRIPT = /^(?:\/[A-Za-z0-9._~!$&'()*+;=:@-]+)*\/?$/;

function readScript(values: readonly string[], told: ProxyWord): string | undefined {
  const script = lastOf(values);
  if (script === undefined) return undefined;
  const isPath = SCRIPT.test(script) && !script.split("/").some((part) => part === "." || part === "..");
  if (!isPath) throw new ForwardingProblem("a path of the proxy that is none");
  told.script = script.replace(/\/$/, "");
  return script;
}

function readScheme(values: readonly string[], told: ProxyWord): string | undefined {
  const scheme = lastOf(values)?.toLowerCase();
  if (scheme === undefined || !SCHEMES.has(scheme)) return undefined;
  told.scheme = SCHEMES.get(scheme) ?? "http";
  return scheme;
}

const SCHEMES: ReadonlyMap<string, "http" | "https"> = new Map([
  ["http", "http"],
  ["https", "https"],
  ["ws", "http"],
  ["wss", "https"],
]);

/** On, true and 1 mean https, anything else http. */
function readFlag(values: readonly string[], told: ProxyWord): string | undefined {
  const flag = lastOf(values);
  if (flag === undefined) return undefined;
  told.scheme = /^(?:on|true|1)$/i.test(flag) ? "https" : "http";
  return flag;
}

// ---- RFC 7239 -----------------------------------------------------------------------------------------------

function readForwarded(
  values: readonly string[],
  told: ProxyWord,
  rules: Belief,
  tells: ReadonlySet<Subject>,
): string | undefined {
  const elements = parseForwarded(values.join(","));
  if (!elements) throw new ForwardingProblem("a Forwarded field that cannot be read");
  const nodes = elements.map(({ pairs }) => readNode(pairs.get("for") ?? ""));
  const from = walk(nodes, rules);
  // Where the nearest proxy hides its client, what else it says still counts.
  const at = from ?? elements.length - 1;
  const element = elements[at];
  if (!element) return undefined;
  if (from !== undefined && tells.has("client")) noteNode(told, nodes[from]);
  const host = element.pairs.get("host");
  if (host !== undefined && tells.has("host")) readHost([host], told);
  const scheme = element.pairs.get("proto");
  if (scheme !== undefined && tells.has("scheme")) readScheme([scheme], told);
  return elements
    .slice(at)
    .map(({ text }) => text)
    .join(", ");
}

function noteNode(told: ProxyWord, node: PeerNode | undefined): void {
  if (!node) return;
  told.address = node.address;
  if (node.port !== undefined) told.port = node.port;
}
