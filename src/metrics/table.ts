// Every metric of gw, once. The text that Prometheus reads, the list in docs/observability.md, the dashboard and the rules
// in deploy/grafana are made of these rows, and what is counted under another name is not shown.

export type MetricRow = {
  kind: "counter" | "gauge" | "histogram";
  /** One sentence without a final full stop. */
  help: string;
  /** Of bounded sets only: groups, slots, words of tables. No word of a client is among the values. */
  labels: readonly string[];
  /** Who knows it: what fronts count, and those who tell what they have counted as fronts do, lives on in the sums when they are replaced. */
  from: "front" | "supervisor";
};

const rows = <const T extends Record<string, MetricRow>>(table: T): T => table;

export const METRICS = rows({
  http_server_request_duration_seconds: {
    kind: "histogram",
    help: "From the head of a request to the last byte of its answer, gw's own answers included",
    labels: ["group", "method", "status"],
    from: "front",
  },
  http_server_active_requests: {
    kind: "gauge",
    help: "Requests that front ends have and that are not over, those that wait included",
    labels: [],
    from: "supervisor",
  },
  gw_queue_seconds: {
    kind: "histogram",
    help: "Time in the queue, of requests that a worker got or that were refused there",
    labels: ["group"],
    from: "front",
  },
  gw_queue_requests: {
    kind: "gauge",
    help: "Requests that wait for a worker",
    labels: ["group"],
    from: "supervisor",
  },
  gw_queue_oldest_seconds: {
    kind: "gauge",
    help: "How long the first of them has waited; 0 while none waits",
    labels: ["group"],
    from: "supervisor",
  },
  gw_request_phase_seconds: {
    kind: "histogram",
    help: "Parts of a request: receive (to the end of what is waited for before a worker is chosen), connect (to the worker), app (until the head of its answer), body (until the last byte of it)",
    labels: ["group", "phase"],
    from: "front",
  },
  gw_request_body_bytes_total: {
    kind: "counter",
    help: "Bytes of request bodies that have come in",
    labels: ["group"],
    from: "front",
  },
  gw_response_body_bytes_total: {
    kind: "counter",
    help: "Bytes of response bodies that were given to clients' connections",
    labels: ["group"],
    from: "front",
  },
  gw_retries_total: {
    kind: "counter",
    help: "Times a request was given to a further worker, because it had not reached the one before",
    labels: ["group"],
    from: "front",
  },
  gw_clients_gone_total: {
    kind: "counter",
    help: "Requests whose client left before the end of the answer",
    labels: ["group"],
    from: "front",
  },
  gw_errors_total: {
    kind: "counter",
    help: "Errors that gw itself answered, or answers that it cut, by the cause that client and log are told",
    labels: ["cause"],
    from: "front",
  },
  gw_connections: {
    kind: "gauge",
    help: "Connections of clients",
    labels: [],
    from: "supervisor",
  },
  gw_connections_total: {
    kind: "counter",
    help: "Connections of clients ever accepted",
    labels: [],
    from: "front",
  },
  gw_tls_handshakes_total: {
    kind: "counter",
    help: "Handshakes of TLS that were done, by the version and by whether the session was one of before; those that failed are errors",
    labels: ["version", "resumed"],
    from: "front",
  },
  gw_file_lookups_total: {
    kind: "counter",
    help: "How often a file was looked for, by whether the answer was known from a moment ago (kept) or the disk was asked (looked)",
    labels: ["result"],
    from: "front",
  },
  gw_file_cache_bytes: {
    kind: "gauge",
    help: "Bytes of small files that front ends keep",
    labels: [],
    from: "front",
  },
  gw_spool_bytes: {
    kind: "gauge",
    help: "Bytes of the disk for what waits there: responses for slow clients, bodies of requests for a worker",
    labels: ["group"],
    from: "front",
  },
  gw_spool_failures_total: {
    kind: "counter",
    help: "How often the disk took nothing of what is to wait there, each time until it did again",
    labels: ["group"],
    from: "front",
  },
  gw_tunnels: {
    kind: "gauge",
    help: "Open WebSockets",
    labels: ["group"],
    from: "supervisor",
  },
  gw_worker_slots: {
    kind: "gauge",
    help: "Requests that the ready workers of a group may have at once, as --concurrency says or as has been found",
    labels: ["group"],
    from: "supervisor",
  },
  gw_worker_concurrency: {
    kind: "gauge",
    help: "Requests that a ready worker may have at once, as --concurrency says or as has been found",
    labels: ["group", "slot"],
    from: "supervisor",
  },
  gw_worker_busy_seconds_total: {
    kind: "counter",
    help: "Time that requests have spent on workers, added up; its rate divided by the slots is the capacity used",
    labels: ["group"],
    from: "front",
  },
  gw_worker_utilization: {
    kind: "gauge",
    help: "Capacity used over the last ten seconds: busy time divided by slots, from 0 to 1",
    labels: ["group"],
    from: "supervisor",
  },
  gw_workers: {
    kind: "gauge",
    help: "Workers, by what they do",
    labels: ["group", "state"],
    from: "supervisor",
  },
  gw_worker_requests_total: {
    kind: "counter",
    help: "Requests that workers were given, those of processes that have ended included; in embedded mode as the workers themselves count them",
    labels: ["group"],
    from: "front",
  },
  gw_process_restarts_total: {
    kind: "counter",
    help: "Processes that have ended or were replaced, by the reason that log and status tell",
    labels: ["reason"],
    from: "supervisor",
  },
  gw_process_resident_memory_bytes: {
    kind: "gauge",
    help: "Memory of the supervisor and of each front end and worker",
    labels: ["role", "slot"],
    from: "supervisor",
  },
  gw_process_heap_bytes: {
    kind: "gauge",
    help: "What JavaScript's objects take in each front end and worker, as they last said; between two collections it grows",
    labels: ["role", "slot"],
    from: "supervisor",
  },
  gw_process_cpu_seconds_total: {
    kind: "counter",
    help: "Processor time of the supervisor and of each front end and worker; it begins anew with a new process in the slot",
    labels: ["role", "slot"],
    from: "supervisor",
  },
  gw_event_loop_lag_seconds: {
    kind: "gauge",
    help: "By how much the loop of each front end and worker came too late when it last said that it turns",
    labels: ["role", "slot"],
    from: "supervisor",
  },
  gw_access_log_lines_total: {
    kind: "counter",
    help: "Lines of the access log that were handed on to be written",
    labels: [],
    from: "front",
  },
  gw_access_log_dropped_total: {
    kind: "counter",
    help: "Lines of the access log that nobody took, or that could not be written",
    labels: [],
    from: "front",
  },
  gw_log_dropped_total: {
    kind: "counter",
    help: "Lines of gw's own log, and of what apps print, that were not taken by their file or the journal",
    labels: [],
    from: "front",
  },
  gw_traces_sent_total: {
    kind: "counter",
    help: "Recorded requests that the collector has taken",
    labels: [],
    from: "front",
  },
  gw_traces_lost_total: {
    kind: "counter",
    help: "Recorded requests that it will not be told of, by where they were lost: front (too many in a second), supervisor (the exporter did not keep up, or was not there), exporter (no room for more), collector (it did not take them)",
    labels: ["where"],
    from: "front",
  },
  gw_metrics_lost_total: {
    kind: "counter",
    help: "Times that the collector did not take the metrics; the sums go on, and the next that it takes has them",
    labels: [],
    from: "front",
  },
  gw_app_series_left_out: {
    kind: "gauge",
    help: "Series of apps' own metrics that are not shown: another metric has their name, or there are too many",
    labels: [],
    from: "supervisor",
  },
  gw_trial_requests: {
    kind: "gauge",
    help: "Requests that ended since a generation is tried out, on the one that serves (old) and on that one (new); absent at other times",
    labels: ["side"],
    from: "supervisor",
  },
  gw_trial_failed_requests: {
    kind: "gauge",
    help: "Of those of a trial the ones that failed: 5xx of the app, or of gw for a worker's fault",
    labels: ["side"],
    from: "supervisor",
  },
  gw_trial_head_seconds: {
    kind: "gauge",
    help: "During a trial, the time within which 95 of a hundred answers have begun, of each side",
    labels: ["side"],
    from: "supervisor",
  },
  gw_generation: {
    kind: "gauge",
    help: "Number of the generation that serves; each reload that succeeds raises it",
    labels: [],
    from: "supervisor",
  },
  gw_certificate_expiry_timestamp_seconds: {
    kind: "gauge",
    help: "When a certificate that is served ends, as seconds since 1970",
    labels: ["file"],
    from: "supervisor",
  },
  gw_start_time_seconds: {
    kind: "gauge",
    help: "When gw was started, as seconds since 1970",
    labels: [],
    from: "supervisor",
  },
  gw_info: {
    kind: "gauge",
    help: "Always 1; its label says which gw this is",
    labels: ["version"],
    from: "supervisor",
  },
});

export type Metric = keyof typeof METRICS;

export const METRIC_NAMES = Object.keys(METRICS) as Metric[];

/** Undefined for what is no metric of gw. */
export function metricRow(name: string): MetricRow | undefined {
  return Object.hasOwn(METRICS, name) ? METRICS[name as Metric] : undefined;
}
