// How gw itself answers: one page, one Proxy-Status, one log line, one count, all with the same cause and id.

import type { Cause, GwError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { fieldValue, withoutFields } from "../../http/fields.ts";
import { appErrorPage, type Page, renderPage } from "../../http/pages.ts";
import { proxyStatus } from "../../http/proxy-status.ts";
import { reasonPhrase } from "../../http/status.ts";
import type { Client } from "../door/client.ts";
import type { Refusal, RefusalAnswer } from "../door/door.ts";
import { isCutBehind } from "../visit/endings.ts";
import { addOwn } from "../visit/own-fields.ts";
import { toldPath } from "../visit/target-parts.ts";
import type { Visit } from "../visit/visit.ts";
import { pathOfTarget, readAskedLine } from "./asked-line.ts";
import type { LineRates } from "./line-rates.ts";
import type { Telling } from "./telling.ts";

const REDIRECT = 308;
/** Seconds after which a refused client may try again. */
const RETRY_AFTER = "1";
/** Lines of the log for one cause in ten seconds. Clients make mistakes at their leisure; a failing server explains itself. */
const LINES_OF_CLIENTS = 300;
const LINES_OF_SERVER = 1_000;

/** Pages of the operator's in the place of gw's. */
export interface Documents {
  /** True: the client gets one, or `sendPage` is called later. False: there is none for this status. */
  begin(visit: Visit, answer: { status: number; fields: readonly string[] }, sendPage: () => void): boolean;
}

/** What an app says of the content of its answer, by name. */
const OF_CONTENT: ReadonlySet<string> = new Set([
  ...["content-type", "content-encoding", "content-language", "content-location", "content-disposition"],
  ...["content-range", "content-digest", "repr-digest", "digest", "content-md5"],
  ...["etag", "last-modified", "accept-ranges"],
  // One of its own would be another one than the log has.
  "x-request-id",
]);

export type RefuserOptions = {
  log: Log;
  rates: LineRates;
  date: () => string;
  /** There is more than one group: log lines say whose request it was. */
  tellsGroup: boolean;
  newId: () => string;
  telling: Pick<Telling, "tellRefused" | "tellUnread">;
  documents: Documents;
  now: () => number;
};

export class Refuser {
  readonly #options: RefuserOptions;

  constructor(options: RefuserOptions) {
    this.#options = options;
  }

  /** Ends a visit with an error: a page where nothing was sent yet, a cut connection otherwise. */
  refuse(visit: Visit, error: GwError): void {
    const { client } = visit;
    const cut = client.isAnswered || error.row.status === undefined;
    // What a client has done to its own answer is no worker's fault, and is not counted as one.
    const isByClient = error.cause_ === "client_stalled" || isClientsFault(error);
    const cause: Cause = client.isAnswered && !isByClient ? "response_incomplete" : error.cause_;
    visit.cause = cause;
    const why = whyOf(error, cause);
    this.#options.telling.tellRefused(visit, cause, cut ? 0 : (error.row.status ?? 500), why);
    this.#report(cause, visit, error, why);
    visit.isCut = cut;
    if (cut) return isCutBehind(error) && client.cutBehind ? client.cutBehind() : client.cut();
    const status = error.row.status ?? 500;
    const fields = fieldsOf(error, visit.id, this.#options.date());
    for (const challenge of visit.challenges ?? []) fields.push("WWW-Authenticate", challenge);
    if (visit.refusalFields) fields.push(...visit.refusalFields);
    addOwn(fields, visit);
    if (goesOn(error) ? !hasSentAll(client) : isClientsFault(error)) client.refuseMore();
    const sendPage = () => sendPageTo(visit, status, fields, (accept) => pageOf(error, visit.id, accept));
    visit.status = status;
    // Who is about to go has no time to look for anything.
    if (cause === "shutting_down" || !this.#options.documents.begin(visit, { status, fields }, sendPage))
      sendPage();
  }

  /** In the place of an error of the app, whose fields its client gets nevertheless, apart from what they say of its content. */
  override(visit: Visit, { status, fields: given }: { status: number; fields: readonly string[] }): void {
    const fields = withoutFields(given, OF_CONTENT);
    fields.push("X-Request-Id", visit.id, "Proxy-Status", `gw; received-status=${status}`);
    if (fieldValue(fields, "cache-control") === undefined) fields.push("Cache-Control", "no-store");
    visit.answerFields = fields;
    const sendPage = () =>
      sendPageTo(visit, status, fields, (accept) => appErrorPage(status, visit.id, accept));
    if (!this.#options.documents.begin(visit, { status, fields }, sendPage)) sendPage();
  }

  /**
   * Sends the client to another address, with the same method and the same body (RFC 9110 section 15.4.9). `forSeconds`: how long
   * it may keep that in mind.
   */
  redirect(visit: Visit, location: string, forSeconds?: number): void {
    const { client, id } = visit;
    const fields = ["Location", location, "X-Request-Id", id, "Date", this.#options.date()];
    if (forSeconds !== undefined) fields.push("Cache-Control", `max-age=${forSeconds}`);
    addOwn(fields, visit);
    // What of the body is still to come is not waited for.
    if (!hasSentAll(client)) client.refuseMore();
    visit.status = REDIRECT;
    client.answer(REDIRECT, reasonPhrase(REDIRECT), fields, "");
  }

  /** The answer to what never became a request; undefined where another one is under way. */
  refuseUnread({ error, reason: why, address, line = "", isAnswering }: Refusal): RefusalAnswer | undefined {
    const id = this.#options.newId();
    const { telling } = this.#options;
    const told = { id, cause: error.cause_, address, line, why };
    if (this.#options.rates.allows({ cause: error.cause_, most: linesOf(error) })) {
      const { cause_: cause, row } = error;
      const asked = readAskedLine(line);
      const known = asked && { method: asked.method, path: toldPath(pathOfTarget(asked.target)) };
      this.#options.log.warn("request refused", {
        cause,
        status: isAnswering ? undefined : row.status,
        id,
        ...known,
        client: address,
        why,
      });
    }
    if (isAnswering) {
      telling.tellUnread({ ...told, status: 0, bytes: 0 });
      return undefined;
    }
    const status = error.row.status ?? 400;
    const page = pageOf(error, id, undefined);
    telling.tellUnread({ ...told, status, bytes: Buffer.byteLength(page.body) });
    const fields = ["Content-Type", page.contentType, ...fieldsOf(error, id, this.#options.date())];
    return { status, reason: reasonPhrase(status), fields, body: page.body };
  }

  #report(cause: Cause, visit: Visit, error: GwError, why: string | undefined): void {
    const { client } = visit;
    const group = (this.#options.tellsGroup && visit.group) || undefined;
    if (!this.#options.rates.allows({ cause, group, most: linesOf(error) })) return;
    const facts = {
      cause,
      status: client.isAnswered ? undefined : error.row.status,
      id: visit.id,
      method: client.method,
      path: toldPath(visit.path),
      client: visit.peer.address,
      group,
      worker: visit.slot || undefined,
      trace: visit.trace?.traceId,
      afterMs: Math.round(this.#options.now() - visit.arrivedAt),
      why,
    };
    if (error.row.audience === "gw bug") this.#options.log.error(error.message, facts);
    else if (goesOn(error)) this.#options.log.info("request refused", facts);
    else this.#options.log.warn(client.isAnswered ? "response cut" : "request refused", facts);
  }
}

function sendPageTo(
  visit: Visit,
  status: number,
  fields: readonly string[],
  pageFor: (accept: string | undefined) => Page,
): void {
  const { client } = visit;
  const { contentType, body } = pageFor(fieldValue(client.fields, "accept"));
  const all = ["Content-Type", contentType, ...fields];
  const length = Buffer.byteLength(body);
  if (client.method === "HEAD") return client.answerBodiless(status, reasonPhrase(status), all, length);
  visit.sentBytes = length;
  client.answer(status, reasonPhrase(status), all, body);
}

/** What there is to say beside the cause: which rule, which limit, whose word. */
function whyOf({ cause_, detail, facts, message, row }: GwError, told: Cause): string | undefined {
  if (detail !== undefined) return detail;
  if (told !== cause_) return cause_;
  if (facts.reason !== undefined) return String(facts.reason);
  return message === row.message ? undefined : message;
}

/** What was asked is clear, and so is the answer: no reason to end the connection, or to warn anybody. */
const goesOn = ({ row }: GwError) => row.isAboutUser || row.isUnderstood;

const hasSentAll = ({ hasBody, isBodyComplete }: Client) => !hasBody || isBodyComplete;

/** What has no status is the cut of a client that breaks a rule. */
function linesOf(error: GwError): number {
  return isClientsFault(error) || error.row.status === undefined ? LINES_OF_CLIENTS : LINES_OF_SERVER;
}

/** Whoever broke a rule once is not read further: on any doubt the connection ends (RFC 9112 section 11.2). */
function isClientsFault({ row }: GwError): boolean {
  return row.status !== undefined && (row.status < 500 || row.status === 501 || row.status === 505);
}

function pageOf(error: GwError, requestId: string, accept: string | undefined): Page {
  const status = error.row.status ?? 500;
  const isPublic = error.row.audience === "client";
  return renderPage(
    {
      status,
      title: reasonPhrase(status),
      message: isPublic ? error.message : "The server made a mistake",
      hint: isPublic ? error.hint : "The operator finds the reason in the log",
      cause: error.cause_,
      requestId,
    },
    accept,
  );
}

function fieldsOf(error: GwError, id: string, date: string): string[] {
  const fields = ["Cache-Control", "no-store", "X-Request-Id", id];
  fields.push("Proxy-Status", proxyStatus(error.cause_, error.row.proxyError));
  if (error.row.status === 503 || error.row.status === 429)
    fields.push("Retry-After", String(error.facts.retryAfter ?? RETRY_AFTER));
  fields.push("Date", date);
  return fields;
}
