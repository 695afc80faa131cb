// What HTTP (RFC 9110) asks of a request, whatever its version, before anything else looks at it, and the ceilings on it. In two steps: the
// ceiling on the body is known only when the host and the path have told whose request it is. Decides only; throws
// GwError for the client.

import { METHODS } from "node:http";
import { GwError } from "../../core/errors.ts";
import { fateOf, isValidHost } from "../../http/fields.ts";
import type { HeadLimits } from "../../link/setups.ts";
import type { Client } from "../door/client.ts";
import type { ClientPace } from "../visit/client-pace.ts";
import { Intake } from "../visit/intake.ts";
import type { Visit } from "../visit/visit.ts";
import { faultOfHead } from "./head-limits.ts";

/** What the fields say that matters here. */
type Seen = {
  host: string | undefined;
  length: number | undefined;
  expect: string | undefined;
};

/**
 * Checks the head and fills the visit's target and host, and what is said of its body. `defaultHost` is that of a request
 * that has none, as HTTP/1.0 allows.
 */
export function checkHead(visit: Visit, defaultHost: string, limits: HeadLimits): undefined {
  const { client } = visit;
  // Whatever is wrong with it, the log says what was asked for. In another form names and passwords may stand before the path.
  if (client.target.charCodeAt(0) === SLASH) visit.target = client.target;
  if (client.malformed) throw new GwError("malformed_request", { reason: client.malformed });
  const seen = scanFields(client);
  const fault = faultOfHead(client, limits);
  if (fault) throw fault;
  if (!IMPLEMENTED.has(client.method)) throw new GwError("method_not_implemented");
  setDestination(visit, client, seen.host ?? defaultHost);
  if (seen.expect !== undefined && seen.expect.toLowerCase() !== "100-continue")
    throw new GwError("expectation_failed");
  visit.bodyLength = seen.length;
  visit.awaitsContinue = seen.expect !== undefined && client.takesInterim;
}

/** Lets a body in, if the client has announced one, and fills the visit's intake. `pace`: how slowly it may come. */
export function admitBody(visit: Visit, mostBytes: number, pace?: ClientPace): undefined {
  const { client, bodyLength: length, awaitsContinue } = visit;
  if (!client.hasBody) return;
  if (length !== undefined && length > mostBytes)
    throw new GwError("request_body_too_large", { limit: mostBytes });
  visit.intake = new Intake(client, visit, mostBytes, { length, awaitsContinue, pace });
  visit.intake.begin();
}

/** HTTP/2 can ask with any word; the parsers of HTTP/1.1, those of workers among them, know these and close on others. */
const IMPLEMENTED: ReadonlySet<string> = new Set(METHODS.filter((method) => method !== "CONNECT"));
const SLASH = 47;
/** Characters of one that is wrong. */
const HOST_SHOWN = 100;
const CONTENT_LENGTH = "content-length".length;

function scanFields(client: Client): Seen {
  const { fields } = client;
  const seen: Seen = { host: undefined, length: undefined, expect: undefined };
  let hosts = 0;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    switch (fateOf(name)) {
      case "host":
        hosts++;
        seen.host = fields[i + 1];
        break;
      case "framing":
        if (name.length === CONTENT_LENGTH) seen.length = Number(fields[i + 1]);
        break;
      case "expect":
        seen.expect = fields[i + 1] ?? "";
        break;
      case "invalid":
        throw new GwError("malformed_request", { reason: "a header name is not a token" });
    }
  }
  if (hosts > 1) throw badHost("there are several");
  if (hosts === 0 && !client.mayOmitHost) throw badHost("there is none");
  if (seen.host !== undefined && !isValidHost(seen.host)) throw notHost(seen.host);
  return seen;
}

/** `why`: for the log. */
const badHost = (why: string) => new GwError("bad_host", {}, why);

/** A user may come with a password. */
const notHost = (value: string) =>
  badHost(value.includes("@") ? "it names a user" : value.slice(0, HOST_SHOWN));

const ABSOLUTE = /^(https?):\/\/([^/?#]*)([^#]*)$/i;

function setDestination(visit: Visit, client: Client, host: string): void {
  const { target } = client;
  if (target.includes("#")) throw new GwError("malformed_request", { reason: "a fragment in the target" });
  visit.host = host;
  if (target.charCodeAt(0) === SLASH) return;
  // Absolute form: its authority wins over Host (RFC 9112 section 3.2.2).
  const match = ABSOLUTE.exec(target);
  if (!match?.[2])
    throw new GwError("malformed_request", { reason: "the target is neither a path nor an http address" });
  if (!isValidHost(match[2])) throw notHost(match[2]);
  visit.host = match[2];
  const rest = match[3] ?? "";
  visit.target = rest.startsWith("/") ? rest : `/${rest}`;
}
