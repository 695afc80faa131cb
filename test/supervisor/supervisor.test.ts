// The straight line with real processes on the real clock; the children are test/support/fake-child.ts.

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Tail } from "../../src/control/tail.ts";
import { systemClock } from "../../src/core/clock.ts";
import { GwError } from "../../src/core/errors.ts";
import type { Settings } from "../../src/options/declare/table.ts";
import { os } from "../../src/os/os.ts";
import { createLaunch } from "../../src/supervisor/child/spawn.ts";
import { StopRequest } from "../../src/supervisor/commands/stop-request.ts";
import { Offspring } from "../../src/supervisor/offspring/offspring.ts";
import type { System } from "../../src/supervisor/root/system.ts";
import { type Serving, supervise } from "../../src/supervisor/supervisor.ts";
import { captureLog } from "../support/capture-log.ts";
import { defaultSettings } from "../support/default-settings.ts";
import { configOf } from "../support/fake-pool.ts";
import { eventually } from "../support/gw.ts";
import { makeMark } from "../support/processes.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const FAKE_CHILD = resolve(import.meta.dir, "../support/fake-child.ts");
setDefaultTimeout(60_000);

const SETTINGS = {
  host: "127.0.0.1",
  port: 0,
  streamDrainTimeout: 0,
  startupTimeout: 20_000,
  shutdownTimeout: 15_000,
  limitRequestBody: [{ path: "/", bytes: 10 }],
  app: undefined,
  home: "/",
} as const;

type Manners = { front?: string; worker?: string };

function run(manners: Manners = {}, settings: Partial<Settings> = {}) {
  const temp = makeTempDir();
  const mark = makeMark();
  const serverRoot = join(temp.path, "root");
  const { log, texts, lines: logLines } = captureLog();
  const lines: string[] = [];
  const watchers: (() => void)[] = [];
  const stop = new StopRequest(systemClock);
  const serving = Promise.withResolvers<Serving>();
  const system: System = {
    pid: process.pid,
    uid: process.getuid?.() ?? 0,
    // Not by the environment: a front end has nothing of it.
    executable: {
      path: process.execPath,
      script: temp.write(
        "child.ts",
        `globalThis.manners = ${JSON.stringify(manners)}; await import(${JSON.stringify(FAKE_CHILD)});`,
      ),
    },
    env: { ...process.env, ...mark.env },
    kill: (pid, signal) => void process.kill(pid, signal),
  };
  const offspring = new Offspring({ clock: systemClock, log, kill: system.kill, os });
  const ended = supervise({
    offspring,
    config: configOf({
      ...defaultSettings(),
      ...SETTINGS,
      app: undefined,
      config: undefined,
      serverRoot,
      ...settings,
    } as unknown as Settings),
    load: () => Promise.reject(new Error("nothing is loaded anew here")),
    describe: () => [],
    followers: [],
    system,
    tools: {
      clock: systemClock,
      log,
      random: () => 0.5,
      launch: createLaunch(system, systemClock, offspring),
      print: (who, _stream, text) => {
        lines.push(`${who}: ${text}`);
        for (const watcher of watchers) watcher();
      },
    },
    stop,
    tail: new Tail(),
    lookAtLogs: () => ({ lost: 0, lostAccess: 0, troubles: [] }),
    setLogLevel: () => ({ levels: {} as never }),
    onServing: serving.resolve,
  });
  const failed = ended.then(
    () => undefined,
    (error: unknown) => error,
  );
  failed.then((error) => error && serving.reject(error));
  serving.promise.catch(() => {});
  return {
    stop,
    lines,
    texts,
    logLines,
    serving: serving.promise,
    ended,
    /** The error that ended it. */
    async failure(): Promise<GwError> {
      const error = await failed;
      if (error instanceof GwError) return error;
      throw error ?? new Error("it ended without an error");
    },
    until: (isTrue: () => boolean) =>
      new Promise<void>((done) => {
        const check = () => isTrue() && done();
        watchers.push(check);
        check();
      }),
    pids: () => mark.pids(),
    /** Nothing is left: no process, no directory. */
    async expectNothingLeft(): Promise<void> {
      await eventually(() => mark.pids().length === 0, `no process is left of ${mark.pids()}`, 2_000);
      expect(existsSync(serverRoot)).toBe(false);
    },
    async [Symbol.asyncDispose]() {
      stop.hurry("the test's end");
      await failed;
      temp[Symbol.dispose]();
    },
  };
}

describe("supervisor: a start that fails", () => {
  const cases: [string, Manners, Partial<Settings>, string][] = [
    [
      "worker never greets",
      { worker: "never greets" },
      { startupTimeout: 700 },
      "The app was not ready 0.7 s after its worker was started; it was still in step: spawn",
    ],
    [
      "worker loads for ever",
      { worker: "loads for ever" },
      { startupTimeout: 2_000 },
      "The app was not ready 2 s after its worker was started; it was still in step: load",
    ],
    [
      "worker spins while loading",
      { worker: "spins while loading" },
      { startupTimeout: 2_000 },
      "The app was not ready 2 s after its worker was started; it was still in step: load",
    ],
    [
      "worker dies while it loads",
      { worker: "dies loading" },
      {},
      "The worker ended while starting the app, in step load: exit code 3",
    ],
    [
      "worker dies by a signal",
      { worker: "dies by signal" },
      {},
      "The worker ended while starting the app, in step load: signal SIGSEGV",
    ],
    ["worker says that it failed", { worker: "fails" }, {}, "The app could not be loaded: it is broken"],
    [
      "worker's home is not there",
      {},
      { home: "/no/such/home" },
      "The worker ended while starting the app, in step spawn: could not be started: ",
    ],
    [
      "worker of several fails",
      { worker: "fails" },
      { processes: { min: 3, max: 3 } },
      "The app could not be loaded: it is broken",
    ],
    [
      "worker speaks another protocol",
      { worker: "wrong protocol" },
      {},
      "worker 1 was refused: it is a worker of gw 0.0.0 with protocol 99, and",
    ],
    [
      "front dies",
      { front: "dies loading" },
      {},
      "The front end could not be started: exit code 3, in step load",
    ],
    [
      "front never greets",
      { front: "never greets" },
      { startupTimeout: 700 },
      "The front end could not be started: not ready after 0.7 s, in step spawn",
    ],
  ];
  test.each(cases)("%s: it is named, and nothing is left", async (_name, manners, settings, message) => {
    await using server = run(manners, settings);
    expect((await server.failure()).message).toStartWith(message);
    await server.expectNothingLeft();
  });

  test("the app's own text comes with the error", async () => {
    await using server = run({ worker: "fails" });
    expect(await server.failure()).toMatchObject({ cause_: "app_load_failed", detail: "app.ts:1:1 broken" });
  });

  test("a megabyte printed before dying is shown before the start is given up", async () => {
    await using server = run({ worker: "prints a megabyte" });
    await server.failure();
    const printed = server.lines
      .filter((line) => line.startsWith("worker 1: xxx"))
      .map((line) => line.match(/x{9,}/)![0].length);
    expect(printed.reduce((sum, length) => sum + length, 0)).toBe(1024 * 1024);
  });

  test("what a worker has started goes with it, and does not hold up the end", async () => {
    await using server = run({ worker: "leaves a child" });
    expect((await server.failure()).message).toContain("exit code 6");
    await server.expectNothingLeft();
  });

  test("a port that is taken is named with its owner, and no process is started", async () => {
    using other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    await using server = run({}, { port: other.port });
    const { message } = await server.failure();
    expect(message).toStartWith(`Port ${other.port} on 127.0.0.1 is taken`);
    if (existsSync("/proc/net/tcp")) expect(message).toContain(`by process ${process.pid} (`);
    await server.expectNothingLeft();
  });

  test("an address that is not this machine's is refused with the reason", async () => {
    await using server = run({}, { host: "203.0.113.7", port: 8000 });
    const { cause_, facts } = await server.failure();
    expect({ cause_, facts }).toEqual({
      cause_: "port_refused",
      facts: { host: "203.0.113.7", port: 8000, reason: "no interface of this machine has that address" },
    });
  });
});

describe("supervisor: serving", () => {
  test("fronts learn their share of every worker, and a stop ends all in order", async () => {
    await using server = run(
      {},
      { processes: { min: 2, max: 2 }, frontEnds: 2, concurrency: { min: 5, max: 5 } },
    );
    const { urls, port } = await server.serving;
    expect(urls).toEqual([`http://127.0.0.1:${port}/`]);
    const told = (front: number) =>
      server.lines
        .filter((line) => line.startsWith(`front ${front}: {"type":"backends"`))
        .map((line) =>
          JSON.parse(line.slice(line.indexOf("{"))).backends.map((b: { slot: number; capacity: number }) => [
            b.slot,
            b.capacity,
          ]),
        )
        .map((backends) => backends.toSorted())
        .at(-1);
    const isTold = (front: number) => told(front)?.length === 2;
    await server.until(() => isTold(1) && isTold(2));
    expect([told(1), told(2)]).toEqual([
      [
        [1, 3],
        [2, 3],
      ],
      [
        [1, 2],
        [2, 2],
      ],
    ]);
    server.stop.ask("SIGTERM");
    await server.ended;
    expect(server.texts().slice(-2)).toEqual(["stopping", "stopped"]);
    expect(server.lines.some((line) => line.includes('{"type":"drain","withinMs":15000}'))).toBe(true);
    await server.expectNothingLeft();
  });

  test("in embedded mode there are only workers, and they own the port", async () => {
    await using server = run({}, { embeddedMode: true, frontEnds: 2, processes: { min: 5, max: 5 } });
    const { port } = await server.serving;
    await server.until(() => server.lines.filter((line) => line.includes('"configure"')).length === 2);
    expect(server.lines.filter((line) => line.startsWith("front"))).toEqual([]);
    const configured = server.lines
      .filter((line) => line.includes('"configure"'))
      .map((line) => JSON.parse(line.slice(line.indexOf("{"))).worker.listen);
    expect(configured).toEqual([
      { host: "127.0.0.1", port },
      { host: "127.0.0.1", port },
    ]);
  });

  test("children that ignore drain and TERM are killed, and the server ends", async () => {
    await using server = run(
      { front: "ignores drain", worker: "ignores drain" },
      { gracefulTimeout: 100, shutdownTimeout: 100 },
    );
    await server.serving;
    server.stop.ask("SIGTERM");
    await server.ended;
    expect(server.texts()).toContain("front 1 did not stop in time and was killed");
    expect(server.texts()).toContain("worker 1 did not stop in time and was killed");
    await server.expectNothingLeft();
  });

  test("a second signal kills at once, whatever the timeouts", async () => {
    await using server = run(
      { front: "ignores drain", worker: "ignores drain" },
      { gracefulTimeout: 600_000, shutdownTimeout: 600_000 },
    );
    await server.serving;
    server.stop.ask("SIGINT");
    // A second one counts when it is no echo of the first.
    const again = setInterval(() => server.stop.ask("SIGINT"), 50);
    await server.ended.finally(() => clearInterval(again));
    expect(server.texts()).toContain("stopping at once");
    await server.expectNothingLeft();
  });

  test("a stop during the start ends all of it and says so", async () => {
    await using server = run({ worker: "loads for ever" });
    await server.until(() => server.lines.some((line) => line.startsWith("worker 1:")));
    server.stop.ask("SIGINT");
    expect((await server.failure()).message).toBe("Stopped by SIGINT before the server was ready");
    await server.expectNothingLeft();
  });

  test("a stop asked for before anything was started does the same", async () => {
    await using server = run();
    server.stop.ask("SIGTERM");
    expect((await server.failure()).cause_).toBe("interrupted");
    await server.expectNothingLeft();
  });

  test("a front that dies is replaced at once and told the workers", async () => {
    await using server = run();
    await server.serving;
    const told = 'front 1: {"type":"backends","backends":[{"slot":1';
    const isTold = () => server.lines.some((line) => line.startsWith(told));
    await server.until(isTold);
    const isFront = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("__front");
    server.lines.length = 0;
    process.kill(server.pids().find(isFront)!, "SIGKILL");
    await server.until(isTold);
    const said = server.logLines.filter(({ text }) => /^front 1 (ended|is started)/.test(text));
    expect(said.map(({ text, fields }) => [text, fields.how ?? fields.inMs])).toEqual([
      ["front 1 ended", "signal SIGKILL"],
      ["front 1 is started again", 0],
    ]);
  });

  test("a worker that lets go of its channel does not outlive it", async () => {
    await using server = run({ worker: "loses the channel" });
    expect((await server.failure()).message).toContain("signal SIGKILL");
    await server.expectNothingLeft();
  });
});
