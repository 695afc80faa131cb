import { expect, test } from "bun:test";
import { ALERTS, PANELS, renderDashboard, renderRules, strangersIn } from "../../docs/grafana.ts";
import { METRIC_NAMES } from "../../src/metrics/table.ts";

const expressions = [
  ...PANELS.flatMap(({ queries }) => queries.map(({ expr }) => expr)),
  ...ALERTS.map(({ value }) => value),
];

test("grafana: panels and rules name no other metrics than there are", () => {
  expect(expressions.flatMap(strangersIn)).toEqual([]);
  expect(strangersIn("rate(gw_nothing_total[1m]) + gw_queue_seconds_bucket + gw_queue_seconds_max")).toEqual([
    "gw_nothing_total",
    "gw_queue_seconds_max",
  ]);
});

test("grafana: every metric that is worth a look is looked at", () => {
  const unseen = METRIC_NAMES.filter((name) => !expressions.some((expr) => expr.includes(name)));
  expect(unseen).toEqual([
    "gw_retries_total",
    "gw_clients_gone_total",
    "gw_connections_total",
    "gw_file_lookups_total",
    "gw_file_cache_bytes",
    "gw_spool_bytes",
    "gw_spool_failures_total",
    "gw_worker_concurrency",
    "gw_worker_busy_seconds_total",
    "gw_worker_requests_total",
    "gw_access_log_lines_total",
    "gw_traces_sent_total",
    "gw_metrics_lost_total",
    "gw_app_series_left_out",
    "gw_trial_requests",
    "gw_trial_failed_requests",
    "gw_trial_head_seconds",
    "gw_generation",
    "gw_start_time_seconds",
  ]);
});

test("grafana: the dashboard is JSON, with a place for each panel", () => {
  const { panels } = JSON.parse(renderDashboard()) as { panels: { gridPos: object }[] };
  expect(panels).toHaveLength(PANELS.length);
  expect(new Set(panels.map(({ gridPos }) => JSON.stringify(gridPos))).size).toBe(PANELS.length);
});

test("grafana: each rule has a name of its own", () => {
  const names = [...renderRules().matchAll(/^ {6}- alert: (Gw\w+)$/gm)].map(([, name]) => name);
  expect(names).toEqual(ALERTS.map(({ alert }) => alert));
  expect(new Set(names).size).toBe(names.length);
});
