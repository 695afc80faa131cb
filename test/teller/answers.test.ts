import { describe, expect, test } from "bun:test";
import { answerTo, type FiguresKnown, refuseForeignName } from "../../src/teller/answers.ts";

const TOLD: FiguresKnown = {
  samples: [{ metric: "gw_generation", labels: [], value: 3 }],
  appMetrics: [],
  isReady: true,
  state: "serving",
};

async function ask(path: string, init: RequestInit = {}, told: FiguresKnown | undefined = TOLD) {
  const answer = await answerTo(new Request(`http://a${path}`, init), async () => told);
  return { status: answer.status, type: answer.headers.get("content-type"), body: await answer.text() };
}

describe("metrics port", () => {
  test("/metrics, in the form that is asked for", async () => {
    expect(await ask("/metrics")).toMatchObject({
      status: 200,
      type: "text/plain; version=0.0.4; charset=utf-8",
    });
    const open = await ask("/metrics?x", {
      headers: { Accept: "application/openmetrics-text; version=1.0.0" },
    });
    expect(open).toMatchObject({
      status: 200,
      type: "application/openmetrics-text; version=1.0.0; charset=utf-8",
    });
    expect(open.body).toEndWith("gw_generation 3\n# EOF\n");
  });

  test("/healthz says that gw lives, /readyz whether it takes requests", async () => {
    const stopping = { ...TOLD, isReady: false, state: "stopping" };
    expect(await ask("/healthz", {}, stopping)).toMatchObject({ status: 200, body: "ok\n" });
    expect(await ask("/readyz")).toMatchObject({ status: 200, body: "ready\n" });
    expect(await ask("/readyz", {}, stopping)).toMatchObject({ status: 503, body: "not ready: stopping\n" });
  });

  test.each(["/", "/constructor", "/metrics/", "//metrics", "/METRICS"])("%s is not there", async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  test("nothing can be sent", async () => {
    expect((await ask("/metrics", { method: "POST", body: "x" })).status).toBe(405);
  });

  test("a supervisor that does not answer is no health", async () => {
    const silent = async (path: string) =>
      (await answerTo(new Request(`http://a${path}`), async () => undefined)).status;
    expect([await silent("/metrics"), await silent("/healthz"), await silent("/readyz")]).toEqual([
      503, 503, 503,
    ]);
  });
});

test.each([
  ["127.0.0.1:9090", undefined],
  ["[::1]:9090", undefined],
  ["localhost", undefined],
  ["app.localhost:9090", undefined],
  ["Metrics.test:9090", undefined],
  ["rebind.attacker.example", 403],
  ["metrics.test.attacker.example:9090", 403],
  ["localhost.attacker.example", 403],
  ["", 403],
])("answers: who calls this machine %j is shown the status page, or not: %j", (host, status) => {
  const request = new Request("http://gw.test/server-status", { headers: { Host: host } });
  expect(refuseForeignName(request, ["metrics.test"])?.status).toBe(status);
});
