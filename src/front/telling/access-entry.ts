// What a line of the access log is written from. There is one entry, filled anew for each line: none is made for a request.

import type { Cause } from "../../core/errors.ts";
import { readTrace } from "../../http/traces/trace-context.ts";
import type { TlsFacts } from "../door/client.ts";
import type { Visit } from "../visit/visit.ts";
import { pathOfTarget, readAskedLine, withoutUser } from "./asked-line.ts";

/** What never became a request, as far as it is known. */
export type Unread = {
  id: string;
  cause: Cause;
  status: number;
  bytes: number;
  address: string;
  line: string;
  why?: string | undefined;
};

/** A client that left before it was answered; the number is nginx's. */
const CLIENT_GONE = 499;

const NO_FIELDS: readonly string[] = [];

/** Where the query of a line that is no request ends is anybody's guess: all of it goes, up to what names the version. */
const withoutSecrets = (line: string) => withoutUser(line).replace(/\?.*?(?= HTTP\/\d\.\d$|$)/s, "");

export class AccessEntry {
  /** Since 1970. */
  wallMs = 0;
  totalMs = 0;
  method = "";
  path = "";
  /** With its question mark; empty without one. */
  query = "";
  protocol = "";
  /** The first line of what was no request, as far as it was read. */
  line = "";
  host = "";
  user = "";
  address = "";
  localAddress = "";
  localPort = 0;
  scheme = "";
  /** Of the connection; undefined without. */
  tls: TlsFacts | undefined;
  /** 0 where it was cut without one. */
  status = 0;
  bytes = 0;
  bytesIn = 0;
  id = "";
  cause = "";
  group = "";
  worker = 0;
  attempts = 0;
  isWhole = false;
  /** Of its phases, in milliseconds; undefined for those that it did not come to. */
  receiveMs: number | undefined;
  queueMs: number | undefined;
  connectMs: number | undefined;
  appMs: number | undefined;
  bodyMs: number | undefined;
  fields: readonly string[] = NO_FIELDS;
  answerFields: readonly string[] = NO_FIELDS;
  #traceId = "";

  /** `now` is the instant at which it was over, `wallMs` the same in wall time. */
  fill(visit: Visit, now: number, wallMs: number): void {
    const { client, peer, ending } = visit;
    this.totalMs = now - visit.arrivedAt;
    this.wallMs = wallMs - this.totalMs;
    this.method = client.method;
    this.#fillTarget(client.target);
    this.protocol = client.protocol;
    this.line = "";
    this.host = visit.host;
    this.user = visit.user;
    this.address = peer.address;
    this.localAddress = peer.local?.address ?? "";
    this.localPort = peer.local?.port ?? 0;
    this.scheme = peer.scheme;
    this.tls = client.peer.tls;
    const isGone = ending?.kind === "client gone";
    this.status = visit.status || (isGone ? CLIENT_GONE : 0);
    this.bytes = visit.switched?.sent ?? visit.sentBytes;
    this.bytesIn = visit.switched?.received ?? visit.intake?.received ?? 0;
    this.id = visit.id;
    this.cause = visit.cause ?? (isGone ? "client_gone" : "");
    this.group = visit.group;
    this.worker = visit.slot;
    this.attempts = visit.attempts;
    this.isWhole = !isGone && visit.status > 0 && !visit.isCut;
    this.fields = client.fields;
    this.answerFields = visit.answerFields ?? NO_FIELDS;
    this.#traceId = visit.trace?.traceId ?? "";
    this.#fillPhases(visit, now);
  }

  fillUnread({ id, cause, status, bytes, address, line }: Unread, wallMs: number): void {
    Object.assign(this, EMPTY);
    this.#traceId = "";
    this.wallMs = wallMs;
    this.line = withoutSecrets(line);
    const asked = readAskedLine(line);
    if (asked) {
      this.method = asked.method;
      this.#fillTarget(asked.target);
      this.protocol = asked.protocol;
    }
    this.address = address;
    this.status = status;
    this.bytes = bytes;
    this.id = id;
    this.cause = cause;
    this.isWhole = status > 0;
  }

  /** Where gw keeps no traces, that of which the client has spoken; empty without one. */
  get traceId(): string {
    return this.#traceId || readTrace(this.fields)?.traceId || "";
  }

  #fillTarget(target: string): void {
    const query = target.indexOf("?");
    this.path = pathOfTarget(target);
    this.query = query < 0 ? "" : target.slice(query);
  }

  #fillPhases(visit: Visit, now: number): void {
    const { arrivedAt, admittedAt, startedAt, connectedAt, headAt } = visit;
    const begunAt = connectedAt || startedAt;
    const isAdmitted = admittedAt > 0;
    const hasHead = headAt > 0;
    this.receiveMs = isAdmitted ? admittedAt - arrivedAt : undefined;
    this.queueMs = isAdmitted ? visit.queuedMs : undefined;
    this.connectMs = visit.attempts > 0 ? begunAt - startedAt : undefined;
    this.appMs = hasHead ? Math.max(0, headAt - begunAt) : undefined;
    this.bodyMs = hasHead ? Math.max(0, now - headAt) : undefined;
  }
}

const EMPTY = { ...new AccessEntry() };
