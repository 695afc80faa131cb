// The access log as JSON lines: names as OpenTelemetry and the Elastic Common Schema have them, what they have no name for
// under `gw.`. A member without a value is left out.

import type { AccessEntry } from "./access-entry.ts";
import { quoteJson } from "./escape.ts";

const text = (name: string, value: string) => (value === "" ? "" : `,"${name}":${quoteJson(value)}`);
const figure = (name: string, value: number) => (value === 0 ? "" : `,"${name}":${value}`);
const time = (name: string, ms: number | undefined) =>
  ms === undefined ? "" : `,"${name}":${Math.round(ms * 1000) / 1000}`;

export function jsonLine(entry: AccessEntry): string {
  let line = `{"@timestamp":"${new Date(entry.wallMs).toISOString()}","log.source":"access"`;
  if (entry.method === "") line += text("http.request.line", entry.line);
  line += text("http.request.method", entry.method);
  line += text("url.path", entry.path);
  line += text("url.scheme", entry.scheme);
  line += text("server.address", entry.host);
  line += text("network.protocol", entry.protocol);
  if (entry.tls) line += text("tls.protocol.version", entry.tls.protocol.replace("TLSv", ""));
  if (entry.tls) line += text("tls.cipher", entry.tls.cipher);
  line += text("client.address", entry.address);
  line += text("user.name", entry.user);
  line += `,"http.response.status_code":${entry.status},"http.response.body.size":${entry.bytes}`;
  line += figure("http.request.body.size", entry.bytesIn);
  line += text("http.request.id", entry.id);
  line += text("trace.id", entry.traceId);
  line += text("error.type", entry.cause);
  line += text("gw.group", entry.group);
  line += figure("gw.worker", entry.worker);
  line += figure("gw.attempts", entry.attempts);
  line += time("gw.receive_ms", entry.receiveMs);
  line += time("gw.queue_ms", entry.queueMs);
  line += time("gw.connect_ms", entry.connectMs);
  line += time("gw.app_ms", entry.appMs);
  line += time("gw.body_ms", entry.bodyMs);
  line += time("gw.total_ms", entry.totalMs);
  return `${line}}`;
}
