// gw top on the real executable, in a terminal: what it shows, what keys do, and that the terminal is given back.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { control, obey, statusOf, workersOf } from "../support/control.ts";
import { eventually, type Gw, gwCommand, startGw } from "../support/gw.ts";
import { writeProcessApp } from "../support/process-app.ts";
import { Screen } from "../support/screen.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const dir = makeTempDir();
let gw: Gw;

/** One gw for all, with two workers. */
beforeAll(async () => {
  const args = [
    "--processes",
    "2",
    "--shutdown-timeout",
    "1s",
    "--graceful-timeout",
    "1s",
    "--eviction-timeout",
    "1s",
  ];
  gw = await startGw([writeProcessApp(dir), ...args]);
});

afterAll(async () => {
  await gw[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

/** A request that goes on until it is disposed of. */
async function hang() {
  const enough = new AbortController();
  void fetch(`${gw.url}never?key=secret`, { signal: enough.signal }).catch(() => {});
  await eventually(
    async () =>
      JSON.parse(await obey(gw, "requests", "--json")).requests.some(
        ({ phase }: { phase: string }) => phase === "app",
      ),
    "it is on a worker",
  );
  return { [Symbol.dispose]: () => enough.abort() };
}

const openTop = (size = {}) => new Screen([...gwCommand(), "top"], { ...size, env: { TMPDIR: gw.tmp } });

async function leave(screen: Screen): Promise<void> {
  screen.type("q");
  expect(await screen.exited).toBe(0);
  expect(screen.isAsBefore).toBe(true);
}

describe("top: the picture", () => {
  test("top: fills 80 by 24, and whatever the terminal becomes; workers and requests are in it, and no query", async () => {
    using _request = await hang();
    await using screen = openTop();
    const lines = await screen.until(/GET \/never/);
    expect(lines).toHaveLength(24);
    expect(lines.filter((line) => Bun.stringWidth(line) > 80)).toEqual([]);
    expect(lines[0]).toContain(gw.url);
    expect(lines.join("\n")).toMatch(/worker 1 .* ready .*\nworker 2 .* ready /);
    screen.resize(60, 12);
    await eventually(() => screen.lines.length === 12, "it has as many lines as there are");
    expect(screen.lines.filter((line) => Bun.stringWidth(line) > 60)).toEqual([]);
    expect(screen.written).not.toContain("secret");
    await leave(screen);
  });

  test("top: a row is opened, and a filter leaves only what has it", async () => {
    using _request = await hang();
    await using screen = openTop();
    await screen.until(/GET \/never/);
    screen.type("\t\r");
    await screen.until(/old, app: a worker has it[\s\S]*is\s+under\s+way/);
    screen.type("\x1b");
    await screen.until(/worker 2/);
    screen.type("/worker 2\r");
    await eventually(() => !screen.lines.some((line) => line.startsWith("worker 1")), "worker 1 is left out");
    await leave(screen);
  });

  test("top: a worker is replaced when that is meant, and only then", async () => {
    await using screen = openTop();
    await screen.until(/worker 2/);
    const pidOf = async () => workersOf(await statusOf(gw)).find(({ slot }) => slot === 2)?.pid;
    const before = await pidOf();
    screen.type("/worker 2\r");
    await eventually(() => !screen.lines.some((line) => line.startsWith("worker 1")), "worker 1 is left out");
    screen.type("r");
    await screen.until(/Restart worker 2\?/);
    screen.type("n");
    await screen.until(/nothing was done/);
    expect(await pidOf()).toBe(before as number);
    screen.type("r");
    await screen.until(/Restart worker 2\?/);
    screen.type("y");
    await screen.until(/worker 2 was replaced/);
    expect(await pidOf()).not.toBe(before as number);
    await leave(screen);
  });

  test("top: without a terminal it prints one picture, as text or as JSON", async () => {
    using _request = await hang();
    const { code, stdout } = await control(gw, "top");
    expect([code, stdout]).toEqual([0, expect.stringMatching(/worker 1 .*ready/)]);
    expect(stdout).not.toContain("\x1b");
    expect(stdout).toContain("GET /never");
    const { status, active } = JSON.parse((await control(gw, "top", "--json")).stdout);
    expect([status.pid, active.requests[0].path]).toEqual([gw.pid, "/never"]);
  });
});

describe("top: the terminal is given back", () => {
  test.each(["SIGTERM", "SIGHUP"] as const)("top: after %s", async (signal) => {
    await using screen = openTop();
    await screen.until(/worker 1/);
    process.kill(screen.pid, signal);
    expect(await screen.exited).toBe(signal === "SIGTERM" ? 143 : 129);
    expect(screen.isAsBefore).toBe(true);
  });

  test("top: after Ctrl-C", async () => {
    await using screen = openTop();
    await screen.until(/worker 1/);
    screen.type("\x03");
    expect(await screen.exited).toBe(0);
    expect(screen.isAsBefore).toBe(true);
  });

  const isStopped = (pid: number) => /\) T /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));

  test("top: while it is suspended, and taken again when it goes on", async () => {
    await using screen = openTop();
    await screen.until(/worker 1/);
    for (const suspend of [() => screen.type("\x1a"), () => process.kill(screen.pid, "SIGTSTP")]) {
      suspend();
      await eventually(() => isStopped(screen.pid), "it has stopped");
      await eventually(() => screen.isAsBefore, "the terminal is the shell's");
      process.kill(screen.pid, "SIGCONT");
      await eventually(() => !screen.isAsBefore, "it has the terminal again");
    }
    await leave(screen);
  });

  test("top: when the terminal is closed, it ends", async () => {
    await using screen = openTop();
    await screen.until(/worker 1/);
    screen.hangUp();
    expect(await screen.exited).toBeGreaterThanOrEqual(0);
  });

  test("top: when gw is gone it says so, and goes on asking", async () => {
    using other = makeTempDir();
    await using mortal = await startGw([writeProcessApp(other)]);
    await using screen = new Screen([...gwCommand(), "top"], { env: { TMPDIR: mortal.tmp } });
    await screen.until(/worker 1/);
    await mortal.stop();
    await screen.until(/gw does not answer/);
    await leave(screen);
  });
});
