// The dashboard and the rules in deploy/grafana: what is worth to be looked at, and what is worth to be woken for. The texts of
// both are made here; test/metrics/grafana.test.ts holds that they name no other metrics than there are.

import { METRICS } from "../src/metrics/table.ts";

export type Panel = {
  title: string;
  unit: "s" | "reqps" | "percentunit" | "bytes" | "short" | "Bps";
  queries: readonly { expr: string; legend: string }[];
  help: string;
};

const RATE = "[$__rate_interval]";
const GROUP = 'group=~"$group"';

const quantile = (share: number, metric: string, labels: string, by = "") =>
  `histogram_quantile(${share}, sum by (le${by}) (rate(${metric}_bucket{${labels}}${RATE})))`;

export const PANELS: readonly Panel[] = [
  {
    title: "Requests a second",
    unit: "reqps",
    queries: [
      {
        expr: `sum by (status) (rate(http_server_request_duration_seconds_count{${GROUP}}${RATE}))`,
        legend: "{{status}}",
      },
    ],
    help: "By class of status; none is what left or was cut before it had one",
  },
  {
    title: "Time of a request",
    unit: "s",
    queries: [0.5, 0.95, 0.99].map((share) => ({
      expr: quantile(share, "http_server_request_duration_seconds", GROUP),
      legend: `p${share * 100}`,
    })),
    help: "From its head to the last byte of the answer",
  },
  {
    title: "Where the time goes (p95)",
    unit: "s",
    queries: [
      { expr: quantile(0.95, "gw_queue_seconds", GROUP), legend: "queue" },
      { expr: quantile(0.95, "gw_request_phase_seconds", GROUP, ", phase"), legend: "{{phase}}" },
    ],
    help: "queue and connect are gw's, app the app's; receive and body depend on the client as well",
  },
  {
    title: "Capacity used",
    unit: "percentunit",
    queries: [{ expr: `gw_worker_utilization{${GROUP}}`, legend: "{{group}}" }],
    help: "Busy time divided by slots: at 1 each further request waits",
  },
  {
    title: "Queue",
    unit: "short",
    queries: [{ expr: `gw_queue_requests{${GROUP}}`, legend: "{{group}}" }],
    help: "Requests that wait for a worker",
  },
  {
    title: "Oldest in the queue",
    unit: "s",
    queries: [{ expr: `gw_queue_oldest_seconds{${GROUP}}`, legend: "{{group}}" }],
    help: "How long the first of them has waited",
  },
  {
    title: "Errors by cause",
    unit: "reqps",
    queries: [{ expr: `sum by (cause) (rate(gw_errors_total${RATE}))`, legend: "{{cause}}" }],
    help: "What gw itself answered or cut; docs/errors.md explains each word",
  },
  {
    title: "Restarts by reason",
    unit: "short",
    queries: [{ expr: "sum by (reason) (increase(gw_process_restarts_total[10m]))", legend: "{{reason}}" }],
    help: "In ten minutes; docs/reasons.md explains each word",
  },
  {
    title: "Workers",
    unit: "short",
    queries: [{ expr: `sum by (group, state) (gw_workers{${GROUP}})`, legend: "{{group}} {{state}}" }],
    help: "By what they do",
  },
  {
    title: "Clients",
    unit: "short",
    queries: [
      { expr: "gw_connections", legend: "connections" },
      { expr: "http_server_active_requests", legend: "requests" },
      { expr: `sum(gw_tunnels{${GROUP}})`, legend: "WebSockets" },
    ],
    help: "What is open at this moment",
  },
  {
    title: "Memory",
    unit: "bytes",
    queries: [{ expr: "gw_process_resident_memory_bytes", legend: "{{role}} {{slot}}" }],
    help: "Of each process",
  },
  {
    title: "Heap",
    unit: "bytes",
    queries: [{ expr: "gw_process_heap_bytes", legend: "{{role}} {{slot}}" }],
    help: "What JavaScript's objects take: a floor that rises from collection to collection is a leak",
  },
  {
    title: "TLS handshakes a second",
    unit: "short",
    queries: [
      {
        expr: `sum by (version, resumed) (rate(gw_tls_handshakes_total${RATE}))`,
        legend: "{{version}}, resumed: {{resumed}}",
      },
    ],
    help: "New connections over TLS; a resumed one costs a fraction of the processor time",
  },
  {
    title: "Processor time",
    unit: "percentunit",
    queries: [{ expr: `rate(gw_process_cpu_seconds_total${RATE})`, legend: "{{role}} {{slot}}" }],
    help: "Of each process, as a part of one processor",
  },
  {
    title: "Loop lag",
    unit: "s",
    queries: [{ expr: "gw_event_loop_lag_seconds", legend: "{{role}} {{slot}}" }],
    help: "A worker that computes makes the others on it wait so long",
  },
  {
    title: "Bodies",
    unit: "Bps",
    queries: [
      { expr: `sum(rate(gw_request_body_bytes_total{${GROUP}}${RATE}))`, legend: "in" },
      { expr: `sum(rate(gw_response_body_bytes_total{${GROUP}}${RATE}))`, legend: "out" },
    ],
    help: "Bytes a second",
  },
];

export type Rule = {
  alert: string;
  /** What is compared; never without a result while gw is scraped. */
  value: string;
  /** Follows the value: it is true where something is wrong. */
  wrong: string;
  for: string;
  severity: "page" | "ticket";
  summary: string;
  what: string;
};

const requests = (labels: string) =>
  `sum by (group) (rate(http_server_request_duration_seconds_count${labels}[5m]))`;

export const ALERTS: readonly Rule[] = [
  {
    alert: "GwDown",
    value: 'up{job=~"gw.*"}',
    wrong: "== 0",
    for: "1m",
    severity: "page",
    summary: "gw on {{ $labels.instance }} does not answer scrapes",
    what: "Look whether it runs: gw status, and the last lines of its log",
  },
  {
    alert: "GwNoWorker",
    value: "sum by (instance, group) (gw_worker_slots)",
    wrong: "== 0",
    for: "1m",
    severity: "page",
    summary: "No worker of group {{ $labels.group }} takes requests",
    what: "gw status tells why they end; a group of 0..N that is asleep has none on purpose",
  },
  {
    alert: "GwServerErrors",
    value: `(${requests('{status="5xx"}')} or ${requests("")} * 0) / ${requests("")}`,
    wrong: "> 0.05",
    for: "5m",
    severity: "page",
    summary: "{{ $value | humanizePercentage }} of the answers of {{ $labels.group }} are 5xx",
    what: "gw_errors_total tells which of them are gw's, by cause; the others are the app's own",
  },
  {
    alert: "GwCapacityUsedUp",
    value: "avg by (instance, group) (avg_over_time(gw_worker_utilization[10m]))",
    wrong: "> 0.9",
    for: "10m",
    severity: "ticket",
    summary: "Group {{ $labels.group }} uses {{ $value | humanizePercentage }} of its capacity",
    what: "More --processes, more --concurrency, or a faster app: gw_request_phase_seconds says where the time goes",
  },
  {
    alert: "GwQueueStands",
    value: "max by (instance, group) (gw_queue_oldest_seconds)",
    wrong: "> 5",
    for: "2m",
    severity: "page",
    summary: "A request of {{ $labels.group }} has waited for {{ $value }} s",
    what: "gw status tells what its workers are at",
  },
  {
    alert: "GwCrashes",
    value: 'sum by (instance) (increase(gw_process_restarts_total{reason="crash"}[15m]))',
    wrong: "> 3",
    for: "0m",
    severity: "ticket",
    summary: "{{ $value }} processes of gw have crashed within a quarter of an hour",
    what: "The log names each of them, with the request that was there",
  },
  {
    alert: "GwCertificateEnds",
    value:
      "(min by (instance) (gw_certificate_expiry_timestamp_seconds) - time() or sum by (instance) (gw_info * 1e9))",
    wrong: "< 14 * 86400",
    for: "1h",
    severity: "ticket",
    summary: "A certificate of {{ $labels.instance }} ends in {{ $value | humanizeDuration }}",
    what: "Renew it; gw takes up the file by itself",
  },
  {
    alert: "GwAccessLogLosesLines",
    value: "sum by (instance) (increase(gw_access_log_dropped_total[10m]))",
    wrong: "> 0",
    for: "0m",
    severity: "ticket",
    summary: "{{ $value }} lines of the access log were dropped",
    what: "The disk is full or slow: gw's log says which",
  },
  {
    alert: "GwLogLosesLines",
    value: "sum by (instance) (increase(gw_log_dropped_total[10m]))",
    wrong: "> 0",
    for: "0m",
    severity: "ticket",
    summary: "{{ $value }} lines of gw's log were dropped",
    what: "Its disk is full or slow, its file was removed, or the journal is gone: gw status says which",
  },
  {
    alert: "GwTracesAreLost",
    value: "sum by (instance, where) (increase(gw_traces_lost_total[10m]))",
    wrong: "> 0",
    for: "0m",
    severity: "ticket",
    summary: "{{ $value }} recorded requests were not told to the collector",
    what: "The collector is slow or gone: gw's log says why. Where it is front or exporter, lower --trace-sample",
  },
];

const WIDTH = 12;
const HEIGHT = 8;

export function renderDashboard(): string {
  const datasource = { type: "prometheus", uid: `\${datasource}` };
  const panels = PANELS.map(({ title, unit, queries, help }, at) => ({
    id: at + 1,
    type: "timeseries",
    title,
    description: `${help}.`,
    datasource,
    gridPos: { x: (at % 2) * WIDTH, y: Math.floor(at / 2) * HEIGHT, w: WIDTH, h: HEIGHT },
    fieldConfig: {
      defaults: { unit, min: 0, custom: { fillOpacity: 10, showPoints: "never" } },
      overrides: [],
    },
    options: { legend: { showLegend: true, placement: "bottom" }, tooltip: { mode: "multi", sort: "desc" } },
    targets: queries.map(({ expr, legend }, number) => ({
      refId: String.fromCharCode(65 + number),
      datasource,
      expr,
      legendFormat: legend,
    })),
  }));
  const dashboard = {
    uid: "gw",
    title: "gw",
    tags: ["gw"],
    schemaVersion: 39,
    refresh: "10s",
    time: { from: "now-1h", to: "now" },
    templating: {
      list: [
        { name: "datasource", type: "datasource", query: "prometheus" },
        {
          name: "group",
          type: "query",
          datasource,
          query: "label_values(gw_workers, group)",
          refresh: 2,
          includeAll: true,
          multi: true,
          allValue: ".*",
          current: { text: "All", value: "$__all" },
        },
      ],
    },
    panels,
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

export function renderRules(): string {
  const rules = ALERTS.flatMap(({ alert, value, wrong, for: length, severity, summary, what }) => [
    `      - alert: ${alert}`,
    `        expr: ${JSON.stringify(`${value} ${wrong}`)}`,
    `        for: ${length}`,
    "        labels:",
    `          severity: ${severity}`,
    "        annotations:",
    `          summary: ${JSON.stringify(summary)}`,
    `          description: ${JSON.stringify(`${what}.`)}`,
  ]);
  const head = [
    "# Written by docs/render.ts from docs/grafana.ts; change that.",
    "groups:",
    "  - name: gw",
    "    rules:",
  ];
  return `${[...head, ...rules].join("\n")}\n`;
}

/** Names of metrics in an expression that are none of gw's. */
export function strangersIn(expr: string): string[] {
  const names = expr.match(/\b(?:gw|http)_[a-z0-9_]+/g) ?? [];
  return names.filter(
    (name) =>
      !Object.hasOwn(METRICS, name) && !Object.hasOwn(METRICS, name.replace(/_(?:bucket|count|sum)$/, "")),
  );
}
