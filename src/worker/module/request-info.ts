// What the code that works on a request can ask about it: what the front has said in the reserved header, the fields that gw
// has seen to, and which worker this is. Nothing of it is read before somebody asks.

import type { IncomingHttpHeaders } from "node:http";
import { decodeVisit } from "../../http/reserved.ts";
import { decodeTls } from "../../http/tls/told-tls.ts";
import { readTrace, TRACEPARENT } from "../../http/traces/trace-context.ts";

/** The worker that an app runs in. */
export type OwnWorker = { readonly slot: number; readonly generation: number; readonly group: string };

export type RequestInfo = OwnWorker & {
  /** As in gw's log, in the access log and in gw's own errors. */
  readonly id: string;
  /** Time in gw's queue. */
  readonly queuedMs: number;
  /** What the client used; undefined in embedded mode. */
  readonly scheme: string | undefined;
  /** Undefined where it is unknown, as with a client on a UNIX socket, and in embedded mode. */
  readonly client: { readonly address: string; readonly port: number } | undefined;
  /** Who has shown a password or a token that gw has checked. */
  readonly user: string | undefined;
  /** What TLS has settled, where gw tells its apps of that (`--ssl-environment`, or client certificates). */
  readonly tls:
    | { readonly protocol: string; readonly cipher: string; readonly serverName: string | undefined }
    | undefined;
  /** Of W3C Trace Context, 32 hexadecimal digits. */
  readonly traceId: string | undefined;
};

export type InfoSetup = OwnWorker & {
  /** The field in which a front names the user; absent where gw checks nobody. */
  readonly userField?: string | undefined;
};

/** Of a fetch handler, or of node. Its fields are not touched before they are asked for. */
type AnyRequest = { readonly headers: Headers | IncomingHttpHeaders };

/** One request, for as long as anything of its handler runs. */
export class ScopedRequest {
  readonly #request: AnyRequest;
  readonly #facts: string;
  #id: string | undefined;
  #info: RequestInfo | undefined;

  /** `facts`: the reserved field's value; empty where there is no front, and then somebody else has made an `id`. */
  constructor(request: AnyRequest, facts: string, id?: string) {
    this.#request = request;
    this.#facts = facts;
    this.#id = id;
  }

  get id(): string {
    this.#id ??= decodeVisit(this.#facts)?.id ?? "";
    return this.#id;
  }

  info({ slot, generation, group, userField }: InfoSetup): RequestInfo {
    if (this.#info) return this.#info;
    const visit = decodeVisit(this.#facts);
    const tls = visit?.tls === undefined ? undefined : decodeTls(visit.tls);
    this.#info = Object.freeze({
      id: this.id,
      queuedMs: visit?.queuedMs ?? 0,
      ...{ slot, generation, group },
      scheme: visit?.scheme,
      client: visit && visit.address !== "" ? { address: visit.address, port: visit.port } : undefined,
      user: userField === undefined ? undefined : this.#field(userField),
      tls: tls && { protocol: tls.protocol, cipher: tls.cipher, serverName: tls.serverName },
      traceId: readTrace([TRACEPARENT, this.#field(TRACEPARENT) ?? ""])?.traceId,
    });
    return this.#info;
  }

  #field(name: string): string | undefined {
    const { headers: fields } = this.#request;
    const value = fields instanceof Headers ? fields.get(name) : fields[name.toLowerCase()];
    return typeof value === "string" && value !== "" ? value : undefined;
  }
}
