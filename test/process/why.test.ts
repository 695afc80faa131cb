// What an operator learns afterwards, on the real executable: why, of what, and what is under way.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { ActiveRequests, Records } from "../../src/control/records.ts";
import type { Explained, MetricsTold } from "../../src/control/results.ts";
import { control, obey } from "../support/control.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { writeProcessApp } from "../support/process-app.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

async function recordsOf(gw: Gw, ...words: string[]): Promise<Records> {
  return (JSON.parse(await obey(gw, "why", ...words, "--json")) as Explained).records;
}

describe("why", () => {
  test("why: a crash, its request by the id that the client was shown, and a refused reload", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    const answer = await fetch(`${gw.url}exit?code=3&key=secret`);
    const id = answer.headers.get("x-request-id") ?? "";
    expect(answer.status).toBe(502);
    await eventually(async () => {
      const { ends, refused, refusals } = await recordsOf(gw, id);
      return ends.length + refused.length === 2 && refusals.length === 0;
    }, "the end and the request are remembered");
    const { code, stdout } = await control(gw, "why", id);
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining(`request ${id} was answered with 502 worker_died`),
    ]);
    expect(stdout).toContain("worker 1 ended, crash (exit code 3)");
    expect(stdout).not.toContain("secret");
    expect(JSON.parse(await obey(gw, "restart", "--json"))).toEqual({
      restarted: 1,
      items: [{ worker: 1, oldPid: expect.any(Number), pid: expect.any(Number) }],
    });
    dir.write("app.ts", "throw new Error('broken by hand');");
    const reload = await control(gw, "reload", "--json");
    expect([reload.code, JSON.parse(reload.stdout)]).toEqual([
      1,
      {
        error: expect.objectContaining({
          cause: "reload_refused",
          detail: expect.stringContaining("broken by hand"),
        }),
      },
    ]);
    expect(JSON.parse(await obey(gw, "ping", "--json"))).toMatchObject({ state: "serving", port: gw.port });
    const { text, samples } = JSON.parse(await obey(gw, "metrics", "--json")) as MetricsTold;
    expect(text).toContain("gw_generation 1\n");
    expect(samples).toContainEqual({ metric: "gw_generation", labels: {}, value: 1 });
    expect(JSON.parse((await obey(gw, "logs", "--json")).split("\n")[0] ?? "")).toEqual({
      line: expect.any(String),
    });
    const all = await obey(gw, "why");
    expect(all).toContain("generation 2 was refused (gw reload)");
    expect(all).toContain("broken by hand");
    expect(all).toContain("1 request got worker_died (502)");
    const unknown = await control(gw, "why", "nobody-1");
    expect([unknown.code, unknown.stdout]).toEqual([
      1,
      expect.stringContaining("nothing is known of request nobody-1"),
    ]);
  });
});

test("why: an event loop that stood still, from when to when, and whom to ask where its code was", async () => {
  using dir = makeTempDir();
  await using gw = await startGw([writeProcessApp(dir)]);
  await fetch(`${gw.url}burn?ms=1500`);
  await eventually(async () => {
    const spells = (await recordsOf(gw, "1")).spells.filter(({ kind }) => kind === "loop");
    return spells.some(({ subject, worst }) => subject === "worker 1" && worst >= 500);
  }, "it is remembered");
  expect(await obey(gw, "why")).toMatch(/the event loop of worker 1 stood still, for .* at most/);
});

describe("requests", () => {
  test("requests: what is under way, over all front ends, with --slow-requests also in the log and in why", async () => {
    using dir = makeTempDir();
    const args = [
      "--front-ends",
      "2",
      "--concurrency",
      "4",
      "--slow-requests",
      "100ms",
      "--shutdown-timeout",
      "1s",
    ];
    await using gw = await startGw([writeProcessApp(dir), ...args]);
    const enough = new AbortController();
    const asked = ["never?key=secret", "slow?ms=1"].map((path) =>
      fetch(`${gw.url}${path}`, { signal: enough.signal, headers: { connection: "close" } }).catch(() => {}),
    );
    let told: ActiveRequests = { requests: [], total: 0 };
    await eventually(async () => {
      told = JSON.parse(await obey(gw, "requests", "--json"));
      return told.requests.some(({ phase, path }) => phase === "app" && path === "/never");
    }, "one is on the worker");
    expect(told.total).toBe(told.requests.length);
    const [oldest] = told.requests.filter(({ path }) => path === "/never");
    expect(oldest).toMatchObject({ method: "GET", client: "127.0.0.1", group: "default", worker: 1 });
    expect(await obey(gw, "requests")).toContain(oldest?.id ?? "");
    await gw.until(/a request is slow id=\S+ method=GET path=\/never .*phase=app/);
    enough.abort();
    await Promise.all(asked);
    await gw.until(/a slow request is over id=\S+ method=GET path=\/never .*cause=client_gone/);
    await eventually(async () => {
      const { slow } = await recordsOf(gw);
      return slow.some(({ path, endedAt, cause }) => path === "/never" && endedAt && cause === "client_gone");
    }, "it is remembered");
    expect(gw.stderr()).not.toContain("secret");
  });
});
