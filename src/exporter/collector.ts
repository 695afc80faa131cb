// The collector, by OpenTelemetry's own exporters: JSON over HTTP, with their retries, and with the variables that they read
// (OTEL_EXPORTER_OTLP_HEADERS, _TIMEOUT, _COMPRESSION, _CERTIFICATE; OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES). Loaded only in the process that needs it.

import { hostname } from "node:os";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import { reasonOf } from "../core/errors.ts";
import { VERSION } from "../core/version.ts";
import type { SpanRecord } from "../link/traces/spans.ts";
import type { SendBatch } from "./export-queue.ts";
import { type FiguresTold, metricsOf } from "./to-metrics.ts";
import { spansOf } from "./to-spans.ts";

export type CollectorOptions = {
  /** Without the paths of OTLP. */
  endpoint: string;
  /** By which one gw is told from another: what operators know it by. */
  instance: string;
  newId: (digits: number) => string;
  wall: () => number;
};

export type Collector = {
  sendSpans: SendBatch<SpanRecord>;
  sendMetrics: (told: FiguresTold) => Promise<string | undefined>;
};

/** One batch is on its way at a time; a second one when the process leaves. */
const AT_ONCE = 2;

const SCOPE = { name: "gw", version: VERSION };

export function openCollector({ endpoint, instance, newId, wall }: CollectorOptions): Collector {
  const resource = resourceOf(instance);
  const base = endpoint.replace(/\/+$/, "");
  const options = (path: string) => ({ url: base + path, concurrencyLimit: AT_ONCE, keepAlive: true });
  const traces = new OTLPTraceExporter(options("/v1/traces"));
  const metrics = new OTLPMetricExporter(options("/v1/metrics"));
  return {
    sendSpans: (records) => {
      const spans = records.flatMap((record) => spansOf(record, { resource, scope: SCOPE, newId }));
      return settled((done) => traces.export(spans, done));
    },
    sendMetrics: (figures) => {
      const told = metricsOf(figures, { resource, scope: SCOPE, wallMs: wall() });
      return settled((done) => metrics.export(told, done));
    },
  };
}

/** What the environment says wins. */
function resourceOf(instance: string): Resource {
  const own = resourceFromAttributes({
    "service.name": "gw",
    "service.version": VERSION,
    "service.instance.id": instance,
    "host.name": hostname(),
  });
  return own.merge(detectResources({ detectors: [envDetector] }));
}

type ExportOutcome = { error?: Error | undefined; code: number };

/** As ExportResultCode of OpenTelemetry. */
const SUCCESS = 0;

function settled(send: (done: (result: ExportOutcome) => void) => void): Promise<string | undefined> {
  return new Promise((resolve) => {
    try {
      send(({ code, error }) => resolve(code === SUCCESS ? undefined : describe(error)));
    } catch (thrown) {
      resolve(reasonOf(thrown));
    }
  });
}

function describe(error: (Error & { code?: unknown }) | undefined): string {
  if (!error) return "it does not say why";
  const code = error.code === undefined ? "" : ` (${error.code})`;
  return `${error.message || error.name}${code}`;
}
