// Processes that hang, burn or grow until somebody ends them: gw does, and clients of the others notice nothing.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { control } from "../support/control.ts";
import { freePort } from "../support/free-port.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { ON_X64_LINUX } from "../support/needs.ts";
import { childInRole, standStill } from "../support/proc-status.ts";
import { writeProcessApp } from "../support/process-app.ts";
import { makeMark } from "../support/processes.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(90_000);

const DEADLOCK = ["--deadlock-timeout", "2s"];
const pidOf = async (gw: Gw) => Number(await (await fetch(gw.url)).text());

describe("watchdog: a worker that hangs", () => {
  test("in a loop: its clients get 504, the next one is served by its successor, and the request is named", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir), ...DEADLOCK]);
    const pid = await pidOf(gw);
    const looping = fetch(`${gw.url}loop?secret=1`);
    await gw.until(/\] looping/);
    const bystander = fetch(gw.url);
    expect([(await looping).status, (await bystander).status]).toEqual([504, 504]);
    expect((await looping).headers.get("proxy-status")).toContain("connection_read_timeout");
    expect(await pidOf(gw)).not.toBe(pid);
    await gw.until(
      new RegExp(
        `worker 1 ended pid=${pid} how="signal SIGKILL" reason=deadlock_timeout kind=killed_by_gw .*request="GET /loop" .*bystanders=1`,
      ),
    );
    // The function and the line: of what hangs, whatever it does.
    if (ON_X64_LINUX.isMet)
      await gw.until(/reason=deadlock_timeout .*stack="fetch \(\S+\/app\.ts:\d+:\d+\)"/);
    expect(gw.stderr()).not.toContain("secret");
    expect(await gw.stop()).toBe(0);
  });

  test("its request is named, which has got its 504 before, and not the one that came later", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([
      writeProcessApp(dir),
      "--request-timeout",
      "1s",
      "--deadlock-timeout",
      "3s",
    ]);
    expect((await fetch(`${gw.url}loop`)).status).toBe(504);
    await fetch(`${gw.url}next`);
    await gw.until(
      /worker 1 ended .*reason=deadlock_timeout .*request="GET \/loop" requestId=\S+ ageMs=\d+ requestCause=request_timeout/,
    );
    expect((await control(gw, "why")).stdout).toMatch(
      /The longest on it: GET \/loop \(\S+\), for \S+ s; for its client it was over before \(request_timeout\)\./,
    );
  });

  test("of two: the other one serves on without a failure", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir), ...DEADLOCK, "--processes", "2"]);
    const looping = fetch(`${gw.url}loop`);
    await gw.until(/\] looping/);
    expect((await looping).status).toBe(504);
    await gw.until((output) => /reason=deadlock_timeout/.test(output) && /worker \d is ready/.test(output));
    await using load = startLoad(gw.url);
    await eventually(() => load.total > 200, "two hundred requests are answered");
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ 200: total });
  });

  test("stopped by a signal: it is replaced, and going on later revives nothing", async () => {
    using dir = makeTempDir();
    const mark = makeMark();
    await using gw = await startGw([writeProcessApp(dir), ...DEADLOCK], { env: mark.env });
    const pid = await pidOf(gw);
    process.kill(pid, "SIGSTOP");
    await gw.until(/worker 1 ended .*reason=deadlock_timeout/);
    expect(await pidOf(gw)).not.toBe(pid);
    expect(mark.pids()).not.toContain(pid);
  });

  test("after the head of its answer was sent: the client's connection is cut, not ended as if all were there", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `export default { fetch: () => new Response(new ReadableStream({
        async start(out) { out.enqueue("part"); await Bun.sleep(50); console.log("looping"); for (;;); },
      })) };`,
    );
    await using gw = await startGw([app, ...DEADLOCK]);
    const answer = await fetch(gw.url);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    await gw.until(/worker 1 ended .*reason=deadlock_timeout/);
  });
});

describe("watchdog: where a worker stands", () => {
  test("is shown on demand, and the worker goes on", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    const pid = await pidOf(gw);
    const ask = () => control(gw, "stack", "1");
    if (!ON_X64_LINUX.isMet) return expect((await ask()).stderr).toContain("cannot show its stack");
    expect((await ask()).stdout).toContain(
      `worker 1 (process ${pid}) runs no code: it waits for something to do`,
    );
    const burning = fetch(`${gw.url}burn?ms=3000`);
    await eventually(async () => /fetch \(\S+app\.ts:\d+/.test((await ask()).stdout), "the stack is shown");
    expect((await burning).status).toBe(200);
    expect(await pidOf(gw)).toBe(pid);
    expect(gw.stderr()).not.toContain("ended");
  });

  test("of one that is stopped, or is not there, the command says so", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    const ask = (slot: string) => control(gw, "stack", slot);
    const unknown = await ask("7");
    expect(unknown.stderr).toContain("There is no worker 7");
    expect(unknown.code).toBe(64);
    const pid = await pidOf(gw);
    await standStill(pid);
    const stopped = await ask("1");
    process.kill(pid, "SIGCONT");
    expect(stopped.stderr).toMatch(
      ON_X64_LINUX.isMet ? /has not answered: it is stopped/ : /cannot show its stack/,
    );
    expect(stopped.code).toBe(1);
    expect(await pidOf(gw)).toBe(pid);
  });
});

describe("watchdog: gw's own processes", () => {
  test("a supervisor that was stopped for longer than the timeout ends nobody", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir), ...DEADLOCK, "--processes", "2"]);
    const pids = new Set<number>();
    while (pids.size < 2) pids.add(await pidOf(gw));
    gw.signal("SIGSTOP");
    // biome-ignore lint/plugin: the stimulus itself; the supervisor stands still for longer than the timeout
    await Bun.sleep(4_000);
    gw.signal("SIGCONT");
    // It has looked again, and more than once, when it has let one go for another reason.
    gw.signal("SIGUSR1");
    await gw.until(/(reason=graceful_signal[\s\S]*){2}/);
    expect(gw.stderr()).not.toContain("deadlock");
  });

  test("a front that is stopped is killed, and another one serves", async () => {
    using dir = makeTempDir();
    const mark = makeMark();
    await using gw = await startGw([writeProcessApp(dir), ...DEADLOCK], { env: mark.env });
    const isFront = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("__front");
    process.kill(mark.pids().find(isFront) ?? 0, "SIGSTOP");
    await gw.until(
      /front 1 ended .*reason=deadlock_timeout kind=killed_by_gw[\s\S]*front 1 is ready|front 1 is ready[\s\S]*front 1 ended .*reason=deadlock_timeout/,
    );
    expect((await fetch(gw.url)).status).toBe(200);
    expect(await gw.stop()).toBe(0);
  });

  test("so is each of those that serve nobody", async () => {
    using dir = makeTempDir();
    const args = [
      "--metrics-port",
      String(freePort()),
      "--otlp-endpoint",
      "http://127.0.0.1:9",
      "--on-event",
      "true",
    ];
    await using gw = await startGw([writeProcessApp(dir), ...args, ...DEADLOCK]);
    const roles = ["metrics", "exporter", "notifier"];
    const pidOf = (role: string) => childInRole(gw.pid, `__${role}`).pid;
    const before = roles.map(pidOf);
    for (const pid of before) process.kill(pid, "SIGSTOP");
    const isEnded = (output: string) =>
      roles.every((role) =>
        new RegExp(`error ${role} ended .*reason=deadlock_timeout kind=killed_by_gw`).test(output),
      );
    await gw.until(isEnded);
    const scrape = () => fetch(`http://127.0.0.1:${args[1]}/metrics`).catch(() => undefined);
    await eventually(async () => (await scrape())?.status === 200, "the metrics are told again");
    expect(roles.map(pidOf).filter((pid) => before.includes(pid))).toEqual([]);
  });
});

describe("watchdog: limits", () => {
  test("a worker that has used its processor time is replaced without a failure", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir), "--cpu-time-limit", "1s"]);
    await using load = startLoad(`${gw.url}burn?ms=20`, 2);
    await gw.until(/(worker 1 ended .*reason=cpu_time_limit kind=left[\s\S]*){2}/, 60_000);
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ 200: total });
  });

  test("one that burns for ever is ended, in a loop that hears nobody", async () => {
    using dir = makeTempDir();
    const options = ["--cpu-time-limit", "1s", "--shutdown-timeout", "1s", "--graceful-timeout", "1s"];
    await using gw = await startGw([writeProcessApp(dir), ...options]);
    const looping = fetch(`${gw.url}loop`);
    // gw and the kernel's own limit come at about the same time.
    expect([502, 504]).toContain((await looping).status);
    await gw.until(/worker 1 ended .*how="signal SIGKILL" reason=cpu_time_limit .*request="GET \/loop"/);
    expect((await fetch(gw.url)).status).toBe(200);
  });

  test("one request that takes far more memory than the limit ends its worker, and the next one serves", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `export default { async fetch(request) {
        const kept = [];
        if (request.url.endsWith("/hog")) for (;;) { kept.push(new Uint8Array(5 * 2 ** 20).fill(1)); await Bun.sleep(10); }
        return new Response("fine");
      } };`,
    );
    await using gw = await startGw([app, "--memory-limit", "200M"]);
    expect((await fetch(`${gw.url}hog`)).status).toBe(504);
    await gw.until(/worker 1 ended .*reason=memory_limit .*request="GET \/hog"/);
    expect(await (await fetch(gw.url)).text()).toBe("fine");
  });
});
