// Records of requests as spans, with the names of the conventions of OpenTelemetry for HTTP; what those have no name for is under
// `gw.`, as in the logs. Pure, but for ids that are drawn where nobody has given one.
// https://opentelemetry.io/docs/specs/semconv/http/http-spans/

import { type Attributes, type HrTime, type SpanContext, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import type { EndTold, RequestRecord, SpanRecord } from "../link/traces/spans.ts";

export type SpanTools = {
  resource: Resource;
  scope: { name: string; version: string };
  /** A new id: so many hexadecimal digits. */
  newId: (digits: 16 | 32) => string;
};

/** What tells one span from another; the rest is the same for all. */
type Own = Pick<ReadableSpan, "name" | "kind" | "attributes"> & {
  context: SpanContext;
  parent?: SpanContext;
  startMs: number;
  forMs: number;
} & Partial<Pick<ReadableSpan, "status" | "events" | "links">>;

export function spansOf(record: SpanRecord, tools: SpanTools): ReadableSpan[] {
  return (record.kind === "request" ? ofRequest(record) : [ofEnd(record, tools)]).map((own) =>
    spanOf(own, tools),
  );
}

const RECORDED = 1;

function ofRequest(record: RequestRecord): Own[] {
  const { traceId, queue, app, startMs } = record;
  const contextOf = (spanId: string) => ({ traceId, spanId, traceFlags: RECORDED, ...stateOf(record) });
  const own = contextOf(record.spanId);
  const of = { "gw.group": record.group };
  return [
    ofServer(record, own, contextOf),
    ...(queue
      ? [
          {
            ...{ name: "queue", kind: SpanKind.INTERNAL, attributes: of, parent: own },
            context: contextOf(queueId(record.spanId)),
            ...{ startMs: startMs + queue.atMs, forMs: queue.forMs },
          },
        ]
      : []),
    ...(app
      ? [
          {
            ...{ name: `worker ${record.worker}`, kind: SpanKind.CLIENT, parent: own },
            attributes: { ...of, ...ofApp(record, app) },
            context: contextOf(app.spanId),
            ...{ startMs: startMs + app.atMs, forMs: app.forMs },
            ...withException(outcomeOf(record), record),
          },
        ]
      : []),
  ];
}

function ofServer(record: RequestRecord, context: SpanContext, contextOf: (id: string) => SpanContext): Own {
  const { parentId, link } = record;
  return {
    name: methodOf(record),
    kind: SpanKind.SERVER,
    attributes: ofRequestItself(record),
    context,
    ...(parentId !== undefined && { parent: { ...contextOf(parentId), isRemote: true } }),
    ...(link && {
      links: [{ context: { ...link, traceFlags: link.isSampled ? RECORDED : 0, isRemote: true } }],
    }),
    startMs: record.startMs,
    forMs: record.totalMs,
    ...outcomeOf(record),
  };
}

function ofRequestItself(record: RequestRecord): Attributes {
  const { host, port } = splitHost(record.host);
  const [, name = "", version = ""] = /^(\w+)\/([\d.]+)$/.exec(record.protocol) ?? [];
  const method = methodOf(record);
  return {
    "http.request.method": method === "HTTP" ? "_OTHER" : method,
    ...(method === "HTTP" && { "http.request.method_original": record.method }),
    "url.path": record.path,
    "url.scheme": record.scheme,
    ...(host !== "" && { "server.address": host }),
    ...(port !== undefined && { "server.port": port }),
    ...(record.address !== "" && { "client.address": record.address }),
    ...(name !== "" && { "network.protocol.name": name.toLowerCase(), "network.protocol.version": version }),
    ...(record.agent !== undefined && { "user_agent.original": record.agent }),
    ...answerOf(record),
    "http.request.body.size": record.bytesIn,
    "http.response.body.size": record.bytesOut,
    "http.request.id": record.id,
    "gw.group": record.group,
    ...(record.worker > 0 && { "gw.worker": record.worker }),
  };
}

function ofApp(record: RequestRecord, { connectMs, headMs }: NonNullable<RequestRecord["app"]>): Attributes {
  return {
    "http.request.method": methodOf(record) === "HTTP" ? "_OTHER" : methodOf(record),
    "url.path": record.path,
    ...answerOf(record),
    "gw.worker": record.worker,
    "gw.connect_ms": connectMs,
    ...(headMs !== undefined && { "gw.app_ms": Math.max(0, headMs - connectMs) }),
    ...(record.attempts > 1 && { "http.request.resend_count": record.attempts - 1 }),
  };
}

function answerOf({ status, error }: RequestRecord): Attributes {
  const type = error?.cause ?? (status >= 500 ? String(status) : undefined);
  return {
    ...(status > 0 && { "http.response.status_code": status }),
    ...(type !== undefined && { "error.type": type }),
  };
}

/** A client's mistake is none of the server's, nor is its leaving. */
function outcomeOf(record: RequestRecord): Pick<Own, "status" | "events"> {
  const { status, error, startMs, totalMs, isWhole } = record;
  const isFailure = status >= 500 || (error !== undefined && !isWhole && error.cause !== "client_gone");
  const message = error?.message;
  return {
    status: isFailure
      ? { code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) }
      : { code: SpanStatusCode.UNSET },
    ...(error && { events: [exception(error, startMs + totalMs)] }),
  };
}

/** What nobody in the app has caught happened on the worker. */
function withException(
  outcome: Pick<Own, "status" | "events">,
  { exception: thrown, startMs, app }: RequestRecord,
): Pick<Own, "status" | "events"> {
  if (!thrown || !app) return outcome;
  const attributes = { "exception.type": thrown.type, "exception.message": thrown.message };
  const time = hrTimeOf(startMs + app.atMs + (app.headMs ?? app.forMs));
  return { ...outcome, events: [...(outcome.events ?? []), { name: "exception", time, attributes }] };
}

function exception({ cause, message }: NonNullable<RequestRecord["error"]>, atMs: number) {
  const attributes = {
    "exception.type": cause,
    ...(message !== undefined && { "exception.message": message }),
  };
  return { name: "exception", time: hrTimeOf(atMs), attributes };
}

function ofEnd({ atMs, name, reason, pid, how, servedMs }: EndTold, { newId }: SpanTools): Own {
  const attributes = {
    "gw.process": name,
    "gw.reason": reason,
    "process.pid": pid,
    "gw.how": how,
    ...(servedMs !== undefined && { "gw.served_ms": servedMs }),
  };
  return {
    name: `${name} ended`,
    kind: SpanKind.INTERNAL,
    attributes,
    context: { traceId: newId(32), spanId: newId(16), traceFlags: RECORDED },
    ...{ startMs: atMs, forMs: 0 },
    events: [{ name: "gw.end", time: hrTimeOf(atMs), attributes }],
  };
}

function spanOf(
  { context, parent, startMs, forMs, ...own }: Own,
  { resource, scope }: SpanTools,
): ReadableSpan {
  const length = Math.max(0, forMs);
  return {
    status: { code: SpanStatusCode.UNSET },
    events: [],
    links: [],
    ...own,
    spanContext: () => context,
    ...(parent && { parentSpanContext: parent }),
    startTime: hrTimeOf(startMs),
    endTime: hrTimeOf(startMs + length),
    duration: hrTimeOf(length),
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Known to the conventions; a span of any other one is called HTTP. */
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE"];

const methodOf = ({ method }: RequestRecord) => (METHODS.includes(method) ? method : "HTTP");

/** Nobody else has to know it: the server's with another first digit. */
const queueId = (spanId: string) =>
  (Number.parseInt(spanId.charAt(0), 16) ^ 8).toString(16) + spanId.slice(1);

function stateOf({ tracestate }: RequestRecord): Pick<SpanContext, "traceState"> {
  if (tracestate === undefined) return {};
  const serialize = () => tracestate;
  const same = (): SpanContext["traceState"] & object => state;
  const state = { serialize, get: () => undefined, set: same, unset: same };
  return { traceState: state };
}

function splitHost(text: string): { host: string; port?: number } {
  const [, host = text, port] = /^(.*?)(?::(\d{1,5}))?$/.exec(text) ?? [];
  return { host: host.replace(/^\[(.*)\]$/, "$1"), ...(port !== undefined && { port: Number(port) }) };
}

function hrTimeOf(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
