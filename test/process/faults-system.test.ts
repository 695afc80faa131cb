// gw's own processes and the machine beneath them: killed, stopped, without descriptors, without its file, its streams
// or the right time. The page docs/faults.md leads here.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { os } from "../../src/os/os.ts";
import { eventually, type Gw, gwCommand, startGw } from "../support/gw.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";
import { HOLD, urlDoing, writeObedientApp } from "../support/obedient-app.ts";
import { childInRole, standStill } from "../support/proc-status.ts";
import { makeMark } from "../support/processes.ts";
import { connectRaw } from "../support/raw-http.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { startWiredGw } from "../support/wired-gw.ts";

setDefaultTimeout(60_000);

const pidOf = async (gw: Gw) => Number(await (await fetch(gw.url)).text());
const frontOf = (gw: Gw) => childInRole(gw.pid, "__front").pid;
const workerOf = (gw: Gw) => childInRole(gw.pid, "__worker").pid;
const ok = async (url: string) => (await fetch(url)).status === 200;
/** The longest that anything may outlive its supervisor. */
const ORPHAN_MS = 2_000;

const isFree = (port: number) => {
  const all = os.listeningOn(port);
  return all.ok && all.value.length === 0;
};

describe("faults: a process of gw is stopped for a while", () => {
  test("the supervisor: requests are answered meanwhile", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir)]);
    gw.signal("SIGSTOP");
    for (let n = 0; n < 50; n++) expect(await ok(gw.url)).toBe(true);
    gw.signal("SIGCONT");
    expect(await gw.stop()).toBe(0);
    expect(gw.stderr()).not.toContain(" ended ");
  });

  const others: [string, (gw: Gw) => number][] = [
    ["the front", frontOf],
    ["a worker", workerOf],
  ];
  test.each(others)(
    "%s, for less than the deadlock timeout: requests wait, and are answered by the same",
    async (_, which) => {
      using dir = makeTempDir();
      await using gw = await startGw([writeObedientApp(dir)]);
      const worker = await pidOf(gw);
      const pid = which(gw);
      await standStill(pid);
      const waiting = Promise.all([1, 2, 3].map(() => pidOf(gw)));
      using proof = await connectRaw(gw.url);
      await proof.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      expect(proof.text()).toBe("");
      process.kill(pid, "SIGCONT");
      expect(await waiting).toEqual([worker, worker, worker]);
      await proof.until(/200 OK/);
      expect(gw.stderr()).not.toContain(" ended ");
    },
  );
});

describe("faults: the front is killed", () => {
  test("with requests on it: they are cut, what the workers do for them is aborted, the next ones are served", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir)]);
    const worker = await pidOf(gw);
    const held = fetch(urlDoing(gw, `request.signal.onabort = () => console.log("aborted"); ${HOLD}`));
    await gw.until(/\] holding/);
    process.kill(frontOf(gw), "SIGKILL");
    await expect(held).rejects.toThrow();
    await gw.until(/\] aborted/);
    await gw.until(/error front 1 ended .*reason=crash kind=outside_signal[\s\S]*front 1 is ready/);
    expect(await pidOf(gw)).toBe(worker);
  });

  test("one of two: the port is served all the time", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir), "--front-ends", "2"]);
    await using load = startLoad(gw.url, 2);
    process.kill(frontOf(gw), "SIGKILL");
    await gw.until(/front \d is ready/);
    const before = load.total;
    await eventually(() => load.total > before + 100, "a hundred more are answered");
    const { counts } = await load.finish();
    expect(Object.keys(counts).filter((what) => /^\d/.test(what))).toEqual(["200"]);
  });

  test("and somebody else wants the port: it stays gw's until the next front has it", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir)]);
    const readyIn = (text: string) => text.match(/front 1 is ready/g)?.length ?? 0;
    const before = readyIn(gw.stderr());
    const front = frontOf(gw);
    gw.signal("SIGSTOP");
    process.kill(front, "SIGKILL");
    await eventually(() => isFree(gw.port), "nobody listens");
    for (const exclusive of [true, false])
      expect(() =>
        Bun.listen({ hostname: "127.0.0.1", port: gw.port, exclusive, socket: { data() {} } }).stop(true),
      ).toThrow();
    gw.signal("SIGCONT");
    await gw.until((text) => readyIn(text) > before);
    expect(await ok(gw.url)).toBe(true);
  });
});

describe("faults: the supervisor is killed", () => {
  test.each([["__worker"], ["__front"]])(
    "while its %s is stopped: no process outlives it, and the next start works",
    async (role) => {
      using dir = makeTempDir();
      const mark = makeMark();
      const app = writeObedientApp(dir);
      const root = join(dir.path, "root");
      await using gw = await startGw([app, "--server-root", root], { env: mark.env });
      process.kill(childInRole(gw.pid, role).pid, "SIGSTOP");
      gw.signal("SIGKILL");
      await eventually(() => mark.pids().length === 0, "no process is left", ORPHAN_MS);
      await using next = await startGw([app, "--server-root", root, "--port", String(gw.port)]);
      expect(next.stderr()).toContain("removed what a dead gw left behind");
      expect(await ok(next.url)).toBe(true);
    },
  );

  test("with clients: their connections end, they do not hang", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir)]);
    using idle = await connectRaw(gw.url);
    await idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await idle.until(/200 OK/);
    const held = fetch(urlDoing(gw, HOLD));
    await gw.until(/\] holding/);
    gw.signal("SIGKILL");
    await expect(held).rejects.toThrow();
    await idle.untilClosed();
  });
});

describe("faults: what the system refuses", () => {
  test("descriptors for the supervisor: the worker cannot be made, that is named and tried again", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeObedientApp(dir), "--processes", "2"]);
    const limit = (most: string) =>
      Bun.spawnSync(["prlimit", "--pid", String(gw.pid), `--nofile=${most}`]).exitCode;
    expect(limit("4:")).toBe(0);
    process.kill(workerOf(gw), "SIGKILL");
    await gw.until(/worker \d did not start .*could not be started: .*EMFILE/);
    for (let n = 0; n < 20; n++) expect(await ok(gw.url)).toBe(true);
    expect(limit("1000:")).toBe(0);
    await gw.until(/worker \d is ready/);
    expect(await gw.stop()).toBe(0);
  });

  const replaced: [string, (path: string) => void][] = [
    ["removed", (path) => rmSync(path)],
    ["replaced by something else", (path) => replace(path, "#!/bin/sh\nexit 7\n")],
  ];
  test.each(replaced)(
    "the executable's file is %s: new workers are of the running program, and serve",
    async (_, change) => {
      using dir = makeTempDir();
      const file = join(dir.path, "gw");
      copyFileSync(gwCommand()[0] ?? "", file);
      chmodSync(file, 0o755);
      await using gw = await startGw([writeObedientApp(dir)], { command: [file] });
      change(file);
      process.kill(await pidOf(gw), "SIGKILL");
      await gw.until(/worker 1 ended [\s\S]*worker 1 is ready/);
      process.kill(frontOf(gw), "SIGKILL");
      await gw.until(/front 1 ended [\s\S]*front 1 is ready/);
      expect(await ok(gw.url)).toBe(true);
      expect(await gw.stop()).toBe(0);
    },
  );

  test("a disk for its output (it is full): lines are lost, requests are not", async () => {
    using dir = makeTempDir();
    const full = { path: "/dev/full", flags: "a" } as const;
    await using gw = await startWiredGw([writeObedientApp(dir)], { stdout: full, stderr: full });
    await survivesUnread(gw);
  });

  test("a reader for its output (a FIFO that nobody reads): lines are dropped, requests are not", async () => {
    using dir = makeTempDir();
    const pipe = { path: makeFifo(dir.path), flags: "r+" } as const;
    await using gw = await startWiredGw([writeObedientApp(dir)], { stdout: pipe, stderr: pipe });
    await survivesUnread(gw);
  });

  test("a reader for its output (it has gone away): lines are lost, requests are not", async () => {
    using dir = makeTempDir();
    const path = makeFifo(dir.path);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    await using gw = await startWiredGw([writeObedientApp(dir)], {
      stdout: { path, flags: "a" },
      stderr: { path, flags: "a" },
    });
    closeSync(reader);
    await survivesUnread(gw);
  });

  const compiler = Bun.which("cc");
  testWith(ON_LINUX, { isMet: compiler !== null, why: "needs a C compiler" })(
    "the right time (the clock jumps by an hour, and back): nobody is judged by it",
    async () => {
      using dir = makeTempDir();
      const library = join(dir.path, "clock-jump.so");
      const source = resolve(import.meta.dir, "../support/clock-jump.c");
      expect(Bun.spawnSync([compiler ?? "", "-shared", "-fPIC", "-o", library, source]).exitCode).toBe(0);
      const timeouts = ["--request-timeout", "10m", "--deadlock-timeout", "10m", "--queue-timeout", "10m"];
      const intervals = [
        "--restart-interval",
        "30m",
        "--inactivity-timeout",
        "30m",
        "--socket-timeout",
        "10m",
      ];
      const args = [writeObedientApp(dir), ...timeouts, ...intervals];
      const env = { LD_PRELOAD: library, CLOCK_JUMP: join(dir.path, "jump") };
      await using gw = await startGw(args, { env });
      const pid = await pidOf(gw);
      const offsetOf = async () => {
        const answer = await fetch(urlDoing(gw, "return new Response(String(Date.now()));"));
        return Math.round((Number(await answer.text()) - Date.now()) / 60_000) || 0;
      };
      expect(await offsetOf()).toBe(0);
      for (const minutes of [60, -60, 0]) {
        const slow = fetch(
          urlDoing(gw, 'console.log("slow"); await Bun.sleep(1_200); return new Response();'),
        );
        await gw.until(/\] slow/);
        dir.write("jump", String(minutes * 60));
        expect(await offsetOf()).toBe(minutes);
        // Longer than the look that each process takes at the others.
        expect((await slow).status).toBe(200);
        const date = (await fetch(gw.url)).headers.get("date") ?? "";
        expect(Math.round((Date.parse(date) - Date.now()) / 60_000) || 0).toBe(minutes);
      }
      expect(await pidOf(gw)).toBe(pid);
      expect(gw.stderr()).toBe("");
    },
  );
});

/** Nobody takes what gw prints, and it goes on: also a worker's end is no reason to wait for the reader. */
async function survivesUnread(gw: Awaited<ReturnType<typeof startWiredGw>>): Promise<void> {
  const flood = 'for (let n = 0; n < 2_000; n++) console.error("x".repeat(1_000)); return new Response();';
  for (let n = 0; n < 3; n++) expect((await fetch(urlDoing(gw, flood))).status).toBe(200);
  const worker = childInRole(gw.pid, "__worker").pid;
  process.kill(worker, "SIGKILL");
  await eventually(() => !existsSync(`/proc/${worker}`), "the worker is gone");
  expect(await ok(gw.url)).toBe(true);
  gw.signal("SIGTERM");
  expect(await gw.exited).toBe(0);
}

function makeFifo(directory: string): string {
  const path = join(directory, "pipe");
  expect(Bun.spawnSync(["mkfifo", path]).exitCode).toBe(0);
  return path;
}

function replace(path: string, text: string): void {
  const other = `${path}.new`;
  writeFileSync(other, text);
  chmodSync(other, 0o755);
  renameSync(other, path);
}
