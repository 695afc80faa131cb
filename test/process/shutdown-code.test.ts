// The app's own shutdown code on the real gw: it runs after the requests, on every leave, and has a time of its own.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { control, obey, statusOf, workersOf } from "../support/control.ts";
import { eventually, type Gw, launchGw, startGw } from "../support/gw.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

/** Serves as most programs do, and takes its time to flush. A request to /slow says when it runs, and ends when told. */
const PLAIN = `
  import { createServer } from "node:http";
  import { existsSync } from "node:fs";
  createServer(async (request, response) => {
    if (request.url.startsWith("/slow")) {
      console.log("slow begins");
      while (!existsSync(process.env.GO)) await Bun.sleep(10);
      console.log("slow ends");
    }
    response.end(String(process.pid));
  }).listen(3000);
  process.on("SIGTERM", async (name, number) => {
    console.log("told", name, number, process.pid);
    await Bun.sleep(400);
    process.stderr.write("flushed " + process.pid + "\\n");
    process.exit(7);
  });`;

const output = (gw: Gw) => gw.stdout() + gw.stderr();
const pidOf = async (gw: Gw) => Number(await (await fetch(gw.url)).text());
const countOf = (gw: Gw, words: string) => output(gw).split(words).length - 1;

describe("shutdown code: on every leave", () => {
  test("reload, restart, scale down, drain, SIGTERM to a worker, and stop: each worker flushes, once", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", PLAIN), "--processes", "2"]);
    const flushes = async (count: number) => {
      await eventually(() => countOf(gw, "flushed ") === count, `${count} have flushed`);
      expect(countOf(gw, "told SIGTERM 15")).toBe(count);
    };
    await obey(gw, "reload", "--wait");
    await flushes(2);
    await obey(gw, "restart");
    await flushes(4);
    await obey(gw, "scale", "1");
    await flushes(5);
    await obey(gw, "scale", "2");
    await obey(gw, "drain", "2");
    await flushes(6);
    await obey(gw, "restart", "--worker", "2");
    process.kill(await pidOf(gw), "SIGTERM");
    await flushes(7);
    await eventually(async () => {
      const states = workersOf(await statusOf(gw)).map(({ state }) => state);
      return states.join() === "ready,ready";
    }, "two workers serve");
    expect(await gw.stop()).toBe(0);
    await flushes(9);
    const ends = gw.stderr().match(/worker \d ended .*/g) ?? [];
    expect(ends).toHaveLength(7);
    for (const end of ends) expect(end).toMatch(/ how="exit code 7" .*kind=left /);
    expect(gw.stderr()).not.toMatch(/kind=(app_exit|uncaught_error)|killed/);
  });

  test("recycling: the successor serves, and the next worker is replaced, while the old ones flush", async () => {
    using dir = makeTempDir();
    const go = `${dir.path}/go`;
    const waits = "while (!existsSync(process.env.GO)) await Bun.sleep(10)";
    const app = dir.write("app.ts", PLAIN.replace("await Bun.sleep(400)", waits));
    await using gw = await startGw([app, "--processes", "2", "--shutdown-timeout", "10m"], {
      env: { GO: go },
    });
    const old = new Set<number>();
    await eventually(async () => old.add(await pidOf(gw)).size === 2, "both have answered");
    await obey(gw, "restart");
    await gw.until(() => countOf(gw, "told SIGTERM 15") === 2);
    for (const pid of old) expect(process.kill(pid, 0)).toBe(true);
    expect(old.has(await pidOf(gw))).toBe(false);
    expect(await (await control(gw, "status")).stdout).toMatch(/parting/);
    await obey(gw, "scale", "1");
    await gw.until(() => countOf(gw, "told SIGTERM 15") === 3);
    expect(output(gw)).not.toContain("flushed");
    dir.write("go", "");
    expect(await gw.stop()).toBe(0);
    expect(countOf(gw, "flushed")).toBe(4);
  });

  test("maximum-requests, and what is sent to a worker while its requests run, wait for the last of them", async () => {
    using dir = makeTempDir();
    const go = `${dir.path}/go`;
    const app = dir.write("app.ts", PLAIN);
    await using gw = await startGw([app, "--maximum-requests", "2"], { env: { GO: go } });
    const pid = await pidOf(gw);
    const slow = fetch(`${gw.url}slow`);
    await gw.until(/slow begins/);
    for (const signal of ["SIGTERM", "SIGINT", "SIGTERM"] as const) process.kill(pid, signal);
    await gw.until(/worker 1 (is relieved|gets a successor)/);
    await eventually(async () => (await pidOf(gw)) !== pid, "the successor serves");
    expect(output(gw)).not.toContain("told");
    dir.write("go", "");
    expect(await (await slow).text()).toBe(String(pid));
    await gw.until(new RegExp(`flushed ${pid}`));
    expect(output(gw)).toMatch(new RegExp(`slow ends[\\s\\S]*told SIGTERM 15 ${pid}`));
    expect(countOf(gw, `told SIGTERM 15 ${pid}`)).toBe(1);
  });

  test("embedded mode: the program's own server, which gw has closed already, closes as it expects", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `import { createServer } from "node:http";
       const server = createServer((request, response) => response.end("here"));
       server.listen(3000);
       process.once("SIGTERM", () => server.close((error) => console.log("closed", error?.code)));
       process.on("beforeExit", () => console.log("before exit"));
       process.on("exit", (code) => console.log("exit", code));`,
    );
    await using gw = await startGw([app, "--embedded-mode"]);
    expect(await (await fetch(gw.url)).text()).toBe("here");
    expect(await gw.stop()).toBe(0);
    expect(gw.stdout()).toMatch(/closed undefined\n.*before exit\n.*exit 0/);
  });
});

describe("shutdown code: of every kind", () => {
  const SERVE = `export default { fetch: () => new Response("here") };`;
  const LISTEN = `import { createServer } from "node:http";
    const server = createServer((request, response) => response.end("here")).listen(3000);`;
  const cases: [string, string, RegExp][] = [
    [
      "for SIGINT alone",
      `${SERVE} process.on("SIGINT", (name) => { console.log("told", name); process.exit(); });`,
      /told SIGINT/,
    ],
    [
      "which closes the server, and lets the process end by itself",
      `${LISTEN} process.on("SIGTERM", () => server.close(async () => { await Bun.sleep(100); console.log("closed"); }));
       process.on("beforeExit", () => console.log("before exit")); process.on("exit", (code) => console.log("exit", code));`,
      /closed\n.*before exit\n.*exit 0/,
    ],
    [
      "which closes nothing, since the server is gw's",
      `${SERVE} process.on("SIGTERM", async () => { await Bun.sleep(100); console.log("flushed"); });
       process.on("beforeExit", () => console.log("before exit"));`,
      /flushed\n.*before exit/,
    ],
    [
      "which ends its process by the signal, as Nest and Apollo do",
      `${LISTEN} setInterval(() => {}, 1000);
       const close = async (signal) => { await Bun.sleep(100); console.log("destroyed"); process.removeListener(signal, close); process.kill(process.pid, signal); };
       for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, close);`,
      /destroyed/,
    ],
    [
      "which takes a second signal for impatience, as close-with-grace does",
      `${LISTEN} process.once("SIGTERM", async () => {
         process.on("SIGTERM", () => { console.log("impatient"); process.exit(1); });
         await new Promise((close) => server.close(close)); await Bun.sleep(200); console.log("onClose is over"); process.exit(0); });`,
      /onClose is over/,
    ],
    [
      "of a program that is stopped before it serves",
      `process.on("SIGTERM", () => { console.log("early"); process.exit(); }); console.log("loading"); await new Promise(() => setInterval(() => {}, 1000));`,
      /early/,
    ],
  ];
  test.each(cases)("%s", async (_name, source, told) => {
    using dir = makeTempDir();
    const app = dir.write("app.ts", source);
    const isEarly = source.includes("loading");
    await using gw = isEarly ? launchGw(["start-server", app, "--port", "0"]) : await startGw([app]);
    if (isEarly) await gw.until(/loading/);
    gw.signal("SIGTERM");
    expect(await gw.exited).toBe(isEarly ? 1 : 0);
    expect(gw.stdout()).toMatch(told);
    expect(output(gw)).not.toMatch(/impatient|killed|failed in/);
  });

  test.each(["async () => { await null; throw", "() => { throw"])(
    "an error in it is told, with its place: %s",
    async (how) => {
      using dir = makeTempDir();
      const app = dir.write("app.ts", `${SERVE}\nprocess.on("SIGTERM", ${how} new Error("no flush"); });`);
      await using gw = await startGw([app]);
      expect(await gw.stop()).toBe(0);
      expect(gw.stderr()).toMatch(
        /worker 1 failed in the app's own shutdown code .*how="exit code 1" error="error: no flush \(.*app\.ts:2:\d+\)"/,
      );
    },
  );

  test("without any the worker leaves at once; one that never ends is killed at the shutdown timeout, and that is told", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `${SERVE} setInterval(() => {}, 1000); if (process.env.STAYS) process.on("SIGTERM", () => console.log("told"));`,
    );
    await using gw = await startGw([app, "--shutdown-timeout", "10m"]);
    expect(await gw.stop()).toBe(0);
    await using staying = await startGw([app, "--shutdown-timeout", "1s"], { env: { STAYS: "1" } });
    expect(await staying.stop()).toBe(0);
    expect(staying.stderr()).toMatch(
      /worker 1 was killed: the app's own shutdown code did not end in time .*withinMs=1000/,
    );
  });
});
