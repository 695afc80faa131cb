// The port for metrics, on the binary: read before and after front ends are replaced or die.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { control, obey } from "../support/control.ts";
import { readExposition } from "../support/exposition.ts";
import { freePort } from "../support/free-port.ts";
import { eventually, type Gw, launchGw, runGw, startGw } from "../support/gw.ts";
import { AS_ROOT, testWith } from "../support/needs.ts";
import { childInRole, statusOf as processStatusOf } from "../support/proc-status.ts";
import { makePublicDir, makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const APP = `let release;
export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/hold") await new Promise((resolve) => { release = resolve; });
    if (pathname === "/release") release();
    return new Response("hello", { status: pathname === "/404" ? 404 : 200 });
  },
};`;

async function scrape(port: number): Promise<(name: string, labels?: Record<string, string>) => number> {
  const all = readExposition(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
  return (name, labels = {}) =>
    all
      .filter((one) => one.name === name)
      .filter((one) => Object.entries(labels).every(([label, value]) => one.labels[label] === value))
      .reduce((sum, { value }) => sum + value, 0);
}

async function serve(
  ...args: string[]
): Promise<{ gw: Gw; port: number; [Symbol.asyncDispose](): Promise<void> }> {
  const dir = makePublicDir();
  const port = freePort();
  const app = dir.write("app.ts", APP);
  const gw = await startGw([app, "--metrics-port", String(port), ...args]);
  return {
    gw,
    port,
    async [Symbol.asyncDispose]() {
      await gw[Symbol.asyncDispose]();
      dir[Symbol.dispose]();
    },
  };
}

const ask = async (gw: Gw, path: string) => (await fetch(new URL(path, gw.url))).text();
const count = async (port: number) => (await scrape(port))("http_server_request_duration_seconds_count");

describe("metrics", () => {
  test("agree with what clients saw, and go on when front ends die or are replaced", async () => {
    await using served = await serve();
    const { gw, port } = served;
    for (const path of ["/", "/", "/404"]) await ask(gw, path);
    await eventually(async () => (await count(port)) === 3, "three requests are counted");
    const figures = await scrape(port);
    const duration = "http_server_request_duration_seconds_count";
    expect([
      figures(duration, { status: "2xx", method: "GET" }),
      figures(duration, { status: "4xx" }),
    ]).toEqual([2, 1]);
    expect(figures("gw_response_body_bytes_total")).toBe(15);
    process.kill(childInRole(gw.pid, "__front").pid, "SIGKILL");
    await gw.until(/front 1 ended/);
    await eventually(
      async () => (await ask(gw, "/").catch(() => "")) === "hello",
      "the next front end serves",
    );
    await eventually(async () => (await count(port)) >= 4, "they go on");
    await obey(gw, "restart", "--front");
    expect(await count(port)).toBeGreaterThanOrEqual(4);
    await ask(gw, "/");
    await eventually(async () => (await count(port)) >= 5, "and on");
    const after = await scrape(port);
    expect(after("gw_generation")).toBe(2);
    expect(after("gw_process_restarts_total", { reason: "crash" })).toBe(1);
    const printed = await obey(gw, "metrics");
    expect(printed).toContain("# TYPE http_server_request_duration_seconds histogram\n");
  });

  test("OpenMetrics has a request with its trace beside a bucket; memory of JavaScript's objects is told", async () => {
    await using served = await serve("--trace-sample", "100%");
    const { gw, port } = served;
    await ask(gw, "/");
    const get = async () => {
      const headers = { Accept: "application/openmetrics-text" };
      return (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).text();
    };
    await eventually(
      async () => /_bucket\{.*\} 1 # \{trace_id="[0-9a-f]{32}"\} /.test(await get()),
      "it is told",
    );
    const heap = (role: string) => async () => (await scrape(port))("gw_process_heap_bytes", { role }) > 1e5;
    await eventually(heap("worker"), "the worker's heap is told");
    await eventually(heap("front"), "the front end's heap is told");
  });

  test("TLS: handshakes are counted, and the access log knows what was settled, also of a client that has left", async () => {
    using dir = makeTempDir();
    const https = freePort();
    const tls = join(dir.path, "tls");
    expect((await runGw(["certificate", "--self-signed", tls])).code).toBe(0);
    const pem = [
      "--ssl-certificate-file",
      join(tls, "cert.pem"),
      "--ssl-certificate-key-file",
      join(tls, "key.pem"),
    ];
    const log = ["--access-log", "--access-log-format", "tls=%{tls_version}n %{tls_cipher}n"];
    await using served = await serve("--https-port", String(https), ...pem, ...log);
    const { gw, port } = served;
    const overTls = { tls: { rejectUnauthorized: false }, keepalive: false };
    await (await fetch(`https://127.0.0.1:${https}/`, overTls)).text();
    await gw.until(/^tls=TLSv1\.3 \w+$/m);
    const leaving = new AbortController();
    const held = fetch(`https://127.0.0.1:${https}/hold`, { ...overTls, signal: leaving.signal }).catch(
      () => {},
    );
    await eventually(async () => (await scrape(port))("http_server_active_requests") === 1, "it runs");
    leaving.abort();
    await held;
    await gw.until(/^tls=TLSv1\.3 \S+\ntls=TLSv1\.3 \S+$/m);
    const counted = async () => (await scrape(port))("gw_tls_handshakes_total", { version: "TLSv1.3" });
    await eventually(async () => (await counted()) === 2, "they are counted");
  });

  test("tell what runs, and what capacity it takes", async () => {
    await using served = await serve("--concurrency", "4");
    const { gw, port } = served;
    const held = ask(gw, "/hold");
    await eventually(async () => (await scrape(port))("http_server_active_requests") === 1, "it runs");
    await eventually(async () => (await scrape(port))("gw_worker_utilization") > 0, "it takes capacity");
    const figures = await scrape(port);
    expect(figures("gw_worker_slots", { group: "default" })).toBe(4);
    expect(figures("gw_worker_utilization")).toBeLessThanOrEqual(0.25);
    expect(figures("gw_process_resident_memory_bytes", { role: "worker" })).toBeGreaterThan(1e6);
    await ask(gw, "/release");
    await held;
  });

  test("health: it lives and is ready; one that stops is not ready, and says so until it is gone", async () => {
    await using served = await serve("--graceful-timeout", "60s");
    const { gw, port } = served;
    const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    expect([await get("/healthz"), await get("/readyz")]).toEqual([200, 200]);
    const held = ask(gw, "/hold");
    await eventually(async () => (await scrape(port))("http_server_active_requests") === 1, "it runs");
    gw.signal("SIGTERM");
    await eventually(async () => (await get("/readyz")) === 503, "it is not ready");
    expect(await get("/healthz")).toBe(200);
    await Promise.all([control(gw, "stop", "--now"), held.catch(() => {})]);
  });

  test("health on the port of clients: at the paths that are named, and at no other", async () => {
    await using served = await serve(
      "--health-path",
      "/live",
      "--ready-path",
      "/up",
      "--queue-timeout",
      "1s",
    );
    const { gw } = served;
    const get = async (path: string) => {
      const answer = await fetch(new URL(path, gw.url));
      return [answer.status, await answer.text()];
    };
    expect([await get("/live"), await get("/up"), await get("/healthz")]).toEqual([
      [200, "ok\n"],
      [200, "ready\n"],
      [200, "hello"],
    ]);
    process.kill(childInRole(gw.pid, "__worker").pid, "SIGKILL");
    await gw.until(/worker 1 is ready/);
    await eventually(async () => (await get("/up"))[0] === 200, "it is ready again");
    expect(await get("/live")).toEqual([200, "ok\n"]);
  });

  test("one that dies is there again, and nobody's request is touched", async () => {
    await using served = await serve();
    const { gw, port } = served;
    const { pid } = childInRole(gw.pid, "__metrics");
    process.kill(pid, "SIGKILL");
    await gw.until(/metrics ended .*reason=crash/);
    expect(await ask(gw, "/")).toBe("hello");
    await eventually(async () => (await count(port).catch(() => 0)) >= 1, "the next one answers");
  });

  test.each([true, false])("a port that is taken ends the start, by name; shared: %j", async (reusePort) => {
    using dir = makeTempDir();
    using taken = Bun.serve({ port: 0, hostname: "127.0.0.1", reusePort, fetch: () => new Response() });
    const args = [
      "start-server",
      dir.write("app.ts", APP),
      "--port",
      "0",
      "--metrics-port",
      String(taken.port),
    ];
    await using gw = launchGw(args);
    expect(await gw.exited).toBe(69);
    expect(gw.stderr()).toContain(`Port ${taken.port} on 127.0.0.1 is taken`);
  });

  test("a second gw does not share the port with the first", async () => {
    await using served = await serve();
    using dir = makeTempDir();
    const app = dir.write("app.ts", APP);
    const metrics = ["--metrics-port", String(served.port)];
    await using second = launchGw(["start-server", app, "--port", "0", ...metrics]);
    expect(await second.exited).toBe(69);
    expect(second.stderr()).toContain(`Port ${served.port} on 127.0.0.1 is taken`);
  });

  test("in embedded mode there are those of processes and groups, and the workers' own counts, which outlive them", async () => {
    await using served = await serve("--embedded-mode");
    const { gw, port } = served;
    const figures = await scrape(port);
    expect(figures("gw_workers", { state: "ready" })).toBe(1);
    expect(figures("gw_worker_requests_total")).toBe(0);
    const held = ask(gw, "/hold");
    const counts = async (requests: number, active: number) => {
      const now = await scrape(port);
      const told = [
        now("gw_worker_requests_total", { group: "default" }),
        now("http_server_active_requests"),
      ];
      return told.join() === [requests, active].join();
    };
    await eventually(() => counts(1, 1), "it is counted, and under way");
    await ask(gw, "/release");
    await held;
    await eventually(() => counts(2, 0), "both are counted, and over");
    await obey(gw, "restart");
    await ask(gw, "/");
    await eventually(() => counts(3, 0), "its successor counts on");
  });

  testWith(AS_ROOT)("whoever answers there has the rights of the app's user, and no more", async () => {
    using dir = makePublicDir();
    await using served = await serve("--user", "nobody", "--server-root", join(dir.path, "root"));
    const { uids } = processStatusOf(childInRole(served.gw.pid, "__metrics").pid);
    expect(new Set(uids)).toEqual(new Set([65534]));
    expect(await count(served.port)).toBe(0);
  });
});
