// A collector of OTLP that keeps what it is told, in the form of its JSON.

export type ToldSpan = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes: Record<string, unknown>;
  events: { name: string; attributes: Record<string, unknown> }[];
  links: { traceId: string; spanId: string }[];
  status: { code?: number; message?: string };
};

export type TestCollector = {
  url: string;
  /** Of all that has come. */
  paths: string[];
  spans: ToldSpan[];
  metrics: Record<string, unknown>[];
  resource: Record<string, unknown>;
  /** From now on nothing is answered; what has come is kept. */
  stall(): void;
  [Symbol.dispose](): void;
};

export function openTestCollector({ status = 200, port = 0 } = {}): TestCollector {
  let isStalled = false;
  const kept: Pick<TestCollector, "paths" | "spans" | "metrics" | "resource"> = {
    paths: [],
    spans: [],
    metrics: [],
    resource: {},
  };
  const server = Bun.serve({
    port,
    hostname: "127.0.0.1",
    async fetch(request) {
      kept.paths.push(new URL(request.url).pathname);
      keep(kept, await request.json());
      if (isStalled) await new Promise(() => {});
      return Response.json({}, { status });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    ...kept,
    get resource() {
      return kept.resource;
    },
    stall() {
      isStalled = true;
    },
    [Symbol.dispose]: () => void server.stop(true),
  };
}

function keep(kept: Pick<TestCollector, "spans" | "metrics" | "resource">, told: any): void {
  for (const { resource, scopeSpans } of told.resourceSpans ?? []) {
    kept.resource = valuesOf(resource.attributes);
    for (const { spans } of scopeSpans)
      for (const span of spans)
        kept.spans.push({
          ...span,
          attributes: valuesOf(span.attributes),
          events: span.events.map((event: any) => ({ ...event, attributes: valuesOf(event.attributes) })),
        });
  }
  for (const { scopeMetrics } of told.resourceMetrics ?? [])
    for (const { metrics } of scopeMetrics) kept.metrics.push(...metrics);
}

const valuesOf = (attributes: any[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
