// Workers that are replaced for their age, their use or their memory: the successor comes first, and under load not one
// request fails.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { writeProcessApp } from "../support/process-app.ts";
import { connectRaw } from "../support/raw-http.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(90_000);

const endsFor = (gw: Gw, reason: string) =>
  gw
    .stderr()
    .split("\n")
    .filter((line) => line.includes(" ended ") && line.includes(` reason=${reason} `));

/** Waits until so many processes have ended for this reason. */
const untilEnds = (gw: Gw, reason: string, count: number) =>
  gw.until(() => endsFor(gw, reason).length >= count, 60_000);

describe("recycle: under load no request fails", () => {
  const cases: [string, string[], number][] = [
    ["maximum_requests", ["--maximum-requests", "50"], 3],
    ["restart_interval", ["--restart-interval", "1s"], 3],
    ["maximum_requests", ["--maximum-requests", "50", "--processes", "3", "--front-ends", "2"], 6],
  ];
  test.each(cases)("%s, started with %j", async (reason, options, count) => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir), ...options]);
    await using load = startLoad(gw.url);
    await untilEnds(gw, reason, count);
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ 200: total });
    expect(endsFor(gw, reason)[0]).toMatch(/ how="exit code 0" .* kind=left /);
    expect(await gw.stop()).toBe(0);
  });

  test("a signal to gw replaces all workers, one after the other", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir), "--processes", "2"]);
    await using load = startLoad(gw.url);
    for (const round of [1, 2]) {
      gw.signal("SIGUSR1");
      await untilEnds(gw, "graceful_signal", 2 * round);
    }
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ 200: total });
    const starts = gw.stderr().match(/worker (\d) gets a successor|worker (\d) ended/g);
    expect(starts?.slice(0, 4)).toEqual(
      ["worker 1 gets a successor", "worker 1 ended", "worker 2 gets a successor", "worker 2 ended"].toSorted(
        (a, b) => (starts?.indexOf(a) ?? 0) - (starts?.indexOf(b) ?? 0),
      ),
    );
  });

  test("an app that leaks five megabytes with each request is replaced in time, every time", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir), "--memory-limit", "256M"]);
    await using load = startLoad(`${gw.url}leak`);
    await untilEnds(gw, "memory_limit", 8);
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ 200: total });
    expect(total).toBeGreaterThan(8 * 30);
  });
});

/** The front learns of a successor a moment after the log does. */
async function untilAnotherAnswers(gw: Gw, pid: string): Promise<string> {
  let answer = pid;
  await eventually(async () => {
    answer = await (await fetch(gw.url)).text();
    return answer !== pid;
  }, "the successor answers");
  return answer;
}

describe("recycle: one request and one worker", () => {
  test("what runs on the old worker is answered completely, by that worker", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    const pid = await (await fetch(gw.url)).text();
    const slow = fetch(`${gw.url}slow?ms=1500`);
    await gw.until(/\] slow/);
    gw.signal("SIGUSR1");
    await untilAnotherAnswers(gw, pid);
    expect(await (await slow).text()).toBe(pid);
    await untilEnds(gw, "graceful_signal", 1);
    expect(endsFor(gw, "graceful_signal")[0]).toContain(` pid=${pid} how="exit code 0"`);
  });

  test("a response under way ends whole, though its worker is being replaced", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `export default { fetch: () => new Response(new ReadableStream({
        async start(out) { for (const n of [1, 2, 3]) { out.enqueue("part " + n + "\\n"); await Bun.sleep(400); } out.close(); },
      })) };`,
    );
    await using gw = await startGw([app]);
    using client = await connectRaw(gw.url);
    await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await client.until("part 1");
    gw.signal("SIGUSR1");
    await client.until(/part 3\n\r\n0\r\n\r\n$/);
    await untilEnds(gw, "graceful_signal", 1);
  });

  test("an idle worker is replaced, and one that nobody has used is left alone", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir), "--inactivity-timeout", "1s"]);
    const pid = await (await fetch(gw.url)).text();
    await untilEnds(gw, "inactivity_timeout", 1);
    const next = await (await fetch(gw.url)).text();
    expect(next).not.toBe(pid);
    await untilEnds(gw, "inactivity_timeout", 2);
    expect(endsFor(gw, "inactivity_timeout").map((line) => / pid=(\d+)/.exec(line)?.[1])).toEqual([
      pid,
      next,
    ]);
  });

  test("requests that are to be ignored do not keep an idle worker", async () => {
    using dir = makeTempDir();
    const ignore = ["--inactivity-timeout", "1s", "--ignore-activity", "/health"];
    await using gw = await startGw([writeProcessApp(dir), ...ignore]);
    await fetch(gw.url);
    await using load = startLoad(`${gw.url}health`, 1);
    await untilEnds(gw, "inactivity_timeout", 1);
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ 200: total });
  });

  test("in embedded mode a worker is replaced on the same port", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir), "--embedded-mode", "--maximum-requests", "20"]);
    const pid = await (await fetch(gw.url)).text();
    for (let n = 0; n < 30; n++) await (await fetch(gw.url)).text();
    await untilEnds(gw, "maximum_requests", 1);
    expect(await (await fetch(gw.url)).text()).not.toBe(pid);
  });
});

describe("recycle: what can go wrong", () => {
  test("a successor that does not load leaves the old worker serving; once it loads, the old one goes", async () => {
    using dir = makeTempDir();
    const broken = dir.write("broken", "");
    const app = dir.write(
      "app.ts",
      `import { existsSync } from "node:fs";
       if (globalThis.Bun && existsSync(${JSON.stringify(broken)})) throw new Error("a broken deploy");
       export default { fetch: () => new Response(String(process.pid)) };`,
    );
    rmSync(broken);
    await using gw = await startGw([app]);
    const pid = await (await fetch(gw.url)).text();
    await using load = startLoad(gw.url, 2);
    dir.write("broken", "");
    gw.signal("SIGUSR1");
    await gw.until(/worker 1 did not start .*a broken deploy/);
    expect(await (await fetch(gw.url)).text()).toBe(pid);
    rmSync(broken);
    await untilEnds(gw, "graceful_signal", 1);
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ 200: total });
  });

  test("an old worker that is killed while it drains is not replaced a second time", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    const pid = await (await fetch(gw.url)).text();
    const slow = fetch(`${gw.url}slow?ms=60000`);
    await gw.until(/\] slow/);
    gw.signal("SIGUSR1");
    const next = await untilAnotherAnswers(gw, pid);
    process.kill(Number(pid), "SIGKILL");
    expect((await slow).status).toBe(502);
    await gw.until(/worker 1 ended .*how="signal SIGKILL" reason=graceful_signal .*request="GET \/slow"/);
    expect(await (await fetch(gw.url)).text()).toBe(next);
    expect(gw.stdout().match(/started \d+/g)?.length).toBe(2);
  });

  test("a stop in the middle of a replacement answers what runs and leaves nothing", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    const slow = fetch(`${gw.url}slow?ms=700`);
    await gw.until(/\] slow/);
    gw.signal("SIGUSR1");
    await gw.until(/worker 1 is ready/);
    gw.signal("SIGTERM");
    expect((await slow).status).toBe(200);
    expect(await gw.exited).toBe(0);
    expect(gw.stderr()).toMatch(/stopping signal=SIGTERM reason=shutdown_signal/);
  });
});
