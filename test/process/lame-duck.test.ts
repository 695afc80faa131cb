// A stop that begins with telling health checks, so that a balancer sends no more before the port is closed.
import { expect, setDefaultTimeout, test } from "bun:test";
import { freePort } from "../support/free-port.ts";
import { eventually, runGw, startGw } from "../support/gw.ts";
import { writeProcessApp } from "../support/process-app.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const HEALTH = ["--health-path", "/health", "--ready-path", "/ready"];

test("lame duck: it is not ready, serves on, replaces what dies, takes no orders, and ends at a second signal", async () => {
  using dir = makeTempDir();
  const metrics = freePort();
  const more = ["--lame-duck", "10m", "--metrics-port", String(metrics), ...HEALTH];
  await using gw = await startGw([writeProcessApp(dir), ...more]);
  const status = async (url: string | URL) =>
    (
      await fetch(url, { headers: { connection: "close" } }).then((answer) =>
        answer.bytes().then(() => answer),
      )
    ).status;
  const readiness = () =>
    Promise.all([status(new URL("/ready", gw.url)), status(`http://127.0.0.1:${metrics}/readyz`)]);
  expect(await readiness()).toEqual([200, 200]);
  gw.signal("SIGTERM");
  await eventually(async () => (await readiness()).every((one) => one === 503), "health checks hear of it");
  expect(await status(new URL("/health", gw.url))).toBe(200);
  const pid = Number(await (await fetch(new URL("/pid", gw.url))).text());
  process.kill(pid, "SIGKILL");
  await eventually(
    async () => Number(await (await fetch(new URL("/pid", gw.url))).text()) !== pid,
    "another worker serves",
  );
  const reload = await runGw(["reload"], { env: { TMPDIR: gw.tmp } });
  expect([reload.code, reload.stderr]).toEqual([1, expect.stringContaining("gw is stopping")]);
  let hasEnded = false;
  void gw.exited.then(() => {
    hasEnded = true;
  });
  await eventually(() => {
    if (!hasEnded) gw.signal("SIGTERM");
    return hasEnded;
  }, "a second signal half a second later ends it");
});

test("lame duck: when its time is over the stop goes on", async () => {
  using dir = makeTempDir();
  await using gw = await startGw([writeProcessApp(dir), "--lame-duck", "100ms", ...HEALTH]);
  gw.signal("SIGTERM");
  expect(await gw.exited).toBe(0);
  expect(gw.stderr() + gw.stdout()).toContain("health checks");
});
