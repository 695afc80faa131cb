import { describe, expect, test } from "bun:test";
import { Figures } from "../../../src/front/telling/figures.ts";
import type { Visit } from "../../../src/front/visit/visit.ts";
import type { Distribution, Sample } from "../../../src/link/figures.ts";
import { metricRow } from "../../../src/metrics/table.ts";
import { FakeClient, visitOf } from "../fakes.ts";

function visit(method: string, changes: Partial<Visit> = {}): Visit {
  return Object.assign(visitOf(new FakeClient({ method }).client, 100), { group: "default" }, changes);
}

const find = (samples: Sample[], metric: string, ...labels: string[]) =>
  samples.find((one) => one.metric === metric && one.labels.join() === labels.join())?.value;
const countOf = (value: Sample["value"] | undefined) =>
  (value as Distribution | undefined)?.counts.reduce((sum, count) => sum + count, 0);

describe("figures", () => {
  test("a request counts under its group, method and class of status, and its parts under theirs", () => {
    const figures = new Figures(["default"]);
    const answered = {
      status: 204,
      admittedAt: 101,
      queuedMs: 2,
      startedAt: 103,
      headAt: 109,
      attempts: 2,
      sentBytes: 7,
    };
    figures.observe(visit("POST", answered), 110);
    const samples = figures.read();
    expect(find(samples, "http_server_request_duration_seconds", "default", "POST", "2xx")).toMatchObject({
      sumMs: 10,
    });
    expect(find(samples, "gw_queue_seconds", "default")).toMatchObject({ sumMs: 2 });
    const phases = ["receive", "connect", "app", "body"].map((phase) =>
      find(samples, "gw_request_phase_seconds", "default", phase),
    );
    expect(phases.map((value) => (value as Distribution).sumMs)).toEqual([1, 0, 6, 1]);
    expect(find(samples, "gw_response_body_bytes_total", "default")).toBe(7);
    expect(find(samples, "gw_retries_total", "default")).toBe(1);
    expect(find(samples, "gw_worker_requests_total", "default")).toBe(2);
  });

  test("the time to connect is told apart from the app's", () => {
    const figures = new Figures(["default"]);
    figures.observe(
      visit("GET", {
        status: 200,
        admittedAt: 100,
        startedAt: 101,
        connectedAt: 105,
        headAt: 108,
        attempts: 1,
      }),
      108,
    );
    const samples = figures.read();
    const [connect, app] = ["connect", "app"].map((phase) =>
      find(samples, "gw_request_phase_seconds", "default", phase),
    );
    expect([connect, app]).toMatchObject([{ sumMs: 4 }, { sumMs: 3 }]);
  });

  test("what never came to a worker has no parts there", () => {
    const figures = new Figures(["default"]);
    figures.observe(visit("GET", { status: 503, admittedAt: 100, queuedMs: 40 }), 140);
    figures.observe(visit("GET", { status: 400, group: "" }), 101);
    const samples = figures.read();
    expect(find(samples, "gw_request_phase_seconds", "default", "app")).toBeUndefined();
    expect(countOf(find(samples, "gw_queue_seconds", "default"))).toBe(1);
    expect(countOf(find(samples, "http_server_request_duration_seconds", "", "GET", "4xx"))).toBe(1);
  });

  test("no client can make a series: odd methods are one, and an odd status is one of a class", () => {
    const figures = new Figures(["a", "b"]);
    for (let n = 0; n < 100; n++) figures.observe(visit(`M${n}`, { group: "a", status: 999 }), 101);
    figures.observe(visit("constructor", { group: "nobody's", status: 0 }), 101);
    const requests = figures.read().filter(({ metric }) => metric === "http_server_request_duration_seconds");
    expect(requests.map(({ labels }) => labels.join(" "))).toEqual(["a _OTHER 5xx", " _OTHER none"]);
  });

  test("errors count by their cause", () => {
    const figures = new Figures(["default"]);
    figures.countError("queue_full");
    figures.countError("queue_full");
    expect(find(figures.read(), "gw_errors_total", "queue_full")).toBe(2);
  });

  test("every series is one of the table, with its labels", () => {
    const figures = new Figures(["default"]);
    figures.observe(
      visit("GET", { status: 200, admittedAt: 100, startedAt: 100, headAt: 101, attempts: 1 }),
      101,
    );
    figures.countError("bug");
    const wrong = figures.read().filter(({ metric, labels, value }) => {
      const row = metricRow(metric);
      const isRight = row?.from === "front" && row.labels.length === labels.length;
      return !isRight || (row.kind === "histogram") !== (typeof value === "object");
    });
    expect(wrong).toEqual([]);
  });
});
