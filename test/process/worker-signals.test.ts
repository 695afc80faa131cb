// Signals to the workers of a real gw, and a storm of them at everybody.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { signalRows, WORKER_SIGNALS } from "../../src/core/signals.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { writeProcessApp } from "../support/process-app.ts";
import { makeMark } from "../support/processes.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(90_000);

const pidOf = async (gw: Gw) => Number(await (await fetch(gw.url)).text());

describe("worker signals: under load no request fails", () => {
  test.each([
    ["SIGTERM", "shutdown_signal"],
    ["SIGUSR1", "eviction_signal"],
    ["SIGXCPU", "cpu_time_limit"],
  ] as const)("%s is %s, and the worker is replaced", async (signal, reason) => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    await using load = startLoad(gw.url);
    for (const round of [1, 2]) {
      const before = await pidOf(gw);
      process.kill(before, signal);
      await gw.until(new RegExp(`worker 1 ended pid=${before} how="exit code 0" reason=${reason} kind=left`));
      const asked = load.total;
      await eventually(() => load.total > asked + 20 * round, "requests are answered after it");
    }
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ 200: total });
  });
});

describe("worker signals: one worker", () => {
  test("SIGTERM lets what runs finish, while its successor serves", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    const pid = await pidOf(gw);
    const slow = fetch(`${gw.url}slow?ms=1000`);
    await gw.until(/\] slow/);
    process.kill(pid, "SIGTERM");
    await gw.until(/worker 1 is relieved[\s\S]*worker 1 is ready/);
    expect(await pidOf(gw)).not.toBe(pid);
    expect(Number(await (await slow).text())).toBe(pid);
  });

  test("SIGTERM is obeyed within the shutdown timeout, whatever the app does", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir), "--shutdown-timeout", "1s"]);
    const pid = await pidOf(gw);
    const never = fetch(`${gw.url}never`);
    await gw.until(/\] hanging/);
    process.kill(pid, "SIGTERM");
    const answer = await never;
    expect(answer.status).toBe(504);
    expect(answer.headers.get("proxy-status")).toContain("worker_stopped");
    await gw.until(new RegExp(`worker 1 ended pid=${pid} .*reason=shutdown_signal .*request="GET /never"`));
  });

  test.each(
    signalRows(WORKER_SIGNALS)
      .filter(({ does }) => does === "nothing")
      .map(({ signal }) => signal),
  )("%s changes nothing", async (signal) => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    const pid = await pidOf(gw);
    for (let n = 0; n < 5; n++) process.kill(pid, signal);
    expect(await pidOf(gw)).toBe(pid);
  });
});

describe("worker signals: a storm", () => {
  test("200 mixed signals at gw and its workers leave a gw that serves, and leaves nothing when it stops", async () => {
    using dir = makeTempDir();
    const mark = makeMark();
    await using gw = await startGw([writeProcessApp(dir), "--processes", "2"], { env: mark.env });
    const isWorker = (pid: number) => /__worker/.test(commandOf(pid));
    const toWorkers = ["SIGTERM", "SIGUSR1", "SIGXCPU", "SIGHUP", "SIGUSR2", "SIGINT"] as const;
    const toServer = ["SIGUSR1", "SIGHUP", "SIGUSR2"] as const;
    for (let n = 0; n < 200; n++) {
      const workers = mark.pids().filter(isWorker);
      const target = n % 3 === 0 ? gw.pid : (workers[n % Math.max(1, workers.length)] ?? gw.pid);
      const signals = target === gw.pid ? toServer : toWorkers;
      send(target, signals[n % signals.length] ?? "SIGUSR1");
    }
    await eventually(
      async () => {
        const answers = await Promise.all(Array.from({ length: 8 }, () => fetch(gw.url)));
        return answers.every(({ status }) => status === 200);
      },
      "eight requests at once are answered",
      60_000,
    );
    await eventually(() => mark.pids().filter(isWorker).length === 2, "there are two workers again", 60_000);
    expect(await gw.stop()).toBe(0);
    expect(mark.pids()).toEqual([]);
  });
});

/** The process may be gone already, which is part of the storm. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {}
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
