// Traces on the binary: what an app is told, in both forms in which it is spoken to, and what a collector is.

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { FORMS } from "../support/both-forms.ts";
import { openTestCollector, type ToldSpan } from "../support/collector.ts";
import { obey } from "../support/control.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { AS_ROOT } from "../support/needs.ts";
import { childInRole } from "../support/proc-status.ts";
import { makePublicDir, makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SAID = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01`, tracestate: "v=1" };
/** It answers with what it was told of the trace. */
const app = (http2: boolean) => `export default {
  http2: ${http2},
  fetch: ({ headers }) => Response.json([headers.get("traceparent"), headers.get("tracestate")]),
};`;

const told = async (gw: Gw): Promise<[string | null, string | null]> =>
  (await fetch(gw.url, { headers: SAID })).json();

describe.each(FORMS.map((form) => [form]))("traces (%s)", (form) => {
  test("who is believed goes on with its trace; the access log has the same id", async () => {
    using dir = makeTempDir();
    const words = [dir.write("app.ts", app(form === "HTTP/2")), "--trace-sample", "0"];
    const log = ["--access-log", "--access-log-format", "trace=%{trace_id}n"];
    await using gw = await startGw([...words, ...log, "--trust-trace", "127.0.0.0/8"]);
    const [traceparent, tracestate] = await told(gw);
    expect(traceparent).toMatch(new RegExp(`^00-${TRACE}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
    expect(tracestate).toBe("v=1");
    await gw.until(new RegExp(`trace=${TRACE}`));
  });

  test("who is not gets a trace of its own, and without traces what it says passes", async () => {
    using dir = makeTempDir();
    const path = dir.write("app.ts", app(form === "HTTP/2"));
    {
      await using gw = await startGw([path, "--trace-sample", "100%"]);
      const [traceparent, tracestate] = await told(gw);
      expect(traceparent).toMatch(new RegExp(`^00-(?!${TRACE})[0-9a-f]{32}-[0-9a-f]{16}-01$`));
      expect(tracestate).toBe(null);
    }
    await using gw = await startGw([path]);
    expect(await told(gw)).toEqual([SAID.traceparent, SAID.tracestate]);
  });
});

const SLOW_APP = `export default {
  async fetch({ url, headers }) {
    if (url.endsWith("/end")) process.exit(1);
    if (url.endsWith("/throw")) throw new RangeError("too far");
    if (url.endsWith("/slow")) await new Promise((resolve) => setTimeout(resolve, 100));
    return new Response(headers.get("traceparent"));
  },
};`;

const spanOf = (spans: ToldSpan[], path: string, kind: number) =>
  spans.find((span) => span.kind === kind && span.attributes["url.path"] === path);
const [SERVER, CLIENT] = [2, 3];

test("Server-Timing: beside the app's own, of files and of gw's own errors", async () => {
  using dir = makePublicDir();
  const { path: root } = dir;
  mkdirSync(join(root, "site"));
  dir.write("site/a.txt", "a");
  chmodSync(join(root, "site"), 0o755);
  const own = `export default { fetch: ({ url }) => url.endsWith("/wait") ? new Promise(() => {})
    : new Response("", { headers: { "Server-Timing": "db;dur=5" } }) };`;
  // Root serves no files.
  const user = AS_ROOT.isMet ? ["--user", "nobody", "--server-root", join(root, "root")] : [];
  const words = ["--server-timing", "all", "--document-root", join(root, "site"), "--trace-sample", "0"];
  const app = dir.write("app.ts", own);
  await using gw = await startGw([app, ...words, "--request-timeout", "300ms", ...user]);
  const timing = async (path: string) => {
    const { status, headers } = await fetch(new URL(path, gw.url));
    const said = headers.get("server-timing") ?? "";
    return [status, said.replace(/dur=[\d.]+/g, "dur=N").replace(/"00-.{49}-00"/, '"…"')];
  };
  const phases = "gw-receive;dur=N, gw-queue;dur=N, gw-connect;dur=N";
  const trace = 'traceparent;desc="…"';
  expect(await timing("/")).toEqual([200, `db;dur=N, ${phases}, gw-app;dur=N, ${trace}`]);
  expect(await timing("/a.txt")).toEqual([200, trace]);
  expect(await timing("/wait")).toEqual([504, `${phases}, ${trace}`]);
});

describe("traces for a collector", () => {
  test("spans of the request, the queue and the worker; errors, ends of processes and figures", async () => {
    using dir = makeTempDir();
    using collector = openTestCollector();
    const words = ["--otlp-endpoint", collector.url, "--otlp-interval", "1s", "--trace-sample", "100%"];
    await using gw = await startGw([dir.write("app.ts", SLOW_APP), "--concurrency", "1", ...words]);
    const ask = async (path: string) => (await fetch(new URL(path, gw.url), { headers: SAID })).text();
    const [said] = await Promise.all([ask("/slow"), ask("/behind")]);
    const thrown = await fetch(new URL("/throw", gw.url));
    expect([thrown.status, thrown.headers.get("x-gw-exception")]).toEqual([500, null]);
    await ask("/end");
    const { spans } = collector;
    await eventually(() => spanOf(spans, "/end", SERVER) !== undefined, "the last one is told");
    const [, traceId, parentId] = said.split("-");
    const server = spanOf(spans, "/slow", SERVER);
    const worker = spanOf(spans, "/slow", CLIENT);
    expect(server).toMatchObject({ traceId, links: [{ traceId: TRACE, spanId: "00f067aa0ba902b7" }] });
    expect(server?.attributes).toMatchObject({ "http.response.status_code": 200, "gw.worker": 1 });
    expect(worker).toMatchObject({ traceId, spanId: parentId, parentSpanId: server?.spanId });
    const behind = spanOf(spans, "/behind", SERVER);
    expect(spans.find(({ name, traceId: id }) => name === "queue" && id === behind?.traceId)).toBeDefined();
    expect(spanOf(spans, "/throw", CLIENT)?.events).toMatchObject([
      { attributes: { "exception.type": "RangeError", "exception.message": "too far" } },
    ]);
    const end = spanOf(spans, "/end", SERVER);
    expect(end?.attributes["error.type"]).toBe("worker_died");
    expect(end?.events).toMatchObject([
      { name: "exception", attributes: { "exception.type": "worker_died" } },
    ]);
    await eventually(() => spans.some(({ name }) => name === "worker 1 ended"), "the end is told");
    await eventually(() => collector.metrics.some(({ name }) => name === "gw.errors"), "figures are told");
  });

  test("the last ones are told before gw ends, and one in the exporter's place when it dies", async () => {
    using dir = makeTempDir();
    using collector = openTestCollector();
    const words = ["--otlp-endpoint", collector.url, "--trace-sample", "100%"];
    const gw = await startGw([dir.write("app.ts", SLOW_APP), ...words]);
    process.kill(childInRole(gw.pid, "__exporter").pid, "SIGKILL");
    await gw.until(/exporter ended .*reason=crash/);
    await gw.until(/traces and metrics go to a collector(?:.|\n)*traces and metrics go to a collector/);
    await fetch(gw.url);
    await gw[Symbol.asyncDispose]();
    expect(collector.spans.map(({ kind }) => kind).toSorted()).toEqual([SERVER, CLIENT]);
  });

  test("a collector that is gone, or says nothing, costs what it is not told, and nobody waits", async () => {
    using dir = makeTempDir();
    using collector = openTestCollector();
    collector.stall();
    const words = ["--otlp-endpoint", collector.url, "--otlp-signals", "traces", "--trace-sample", "100%"];
    await using gw = await startGw([dir.write("app.ts", SLOW_APP), ...words], {
      env: { OTEL_EXPORTER_OTLP_TIMEOUT: "100" },
    });
    for (let count = 0; count < 20; count++) expect((await fetch(gw.url)).status).toBe(200);
    await gw.until(/exporter: the collector takes no traces; they are lost and counted/);
    await eventually(
      async () => /gw_traces_lost_total\{where="collector"\} [1-9]/.test(await obey(gw, "metrics")),
      "they are counted",
    );
    expect((await fetch(gw.url)).status).toBe(200);
  });
});
