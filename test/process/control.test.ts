// The commands that speak to a running gw, on the real executable: what they print, wait for, and exit with.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import type { Status } from "../../src/control/status.ts";
import { control, statusOf, workersOf } from "../support/control.ts";
import { eventually, launchGw, runGw, startGw } from "../support/gw.ts";
import { AS_ROOT, testWith } from "../support/needs.ts";
import { writeProcessApp } from "../support/process-app.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const NOBODY = { uid: 65_534, gid: 65_534 };
const pidsOf = (status: Status) => workersOf(status).map(({ pid }) => pid);
const lastLines = (text: string) => text.trimEnd().split("\n");

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("status", () => {
  test("control: status --json has every field, with figures of the running processes", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir), "--processes", "2", "--open-files", "512"]);
    for (let n = 0; n < 5; n++) await fetch(gw.url);
    let status = await statusOf(gw);
    await eventually(async () => {
      status = await statusOf(gw);
      return workersOf(status).reduce((sum, { requestCount }) => sum + requestCount, 0) === 5;
    }, "the fronts have told of five requests");
    const [serverRoot] = readdirSync(gw.tmp).flatMap((name) =>
      name.startsWith("gw-") ? `${gw.tmp}/${name}` : [],
    );
    expect(status).toEqual({
      version: expect.any(String),
      pid: gw.pid,
      uptimeSeconds: expect.any(Number),
      state: "serving",
      port: gw.port,
      urls: [gw.url],
      serverRoot: serverRoot ?? "",
      generation: 1,
      generations: [expect.objectContaining({ number: 1, state: "serving" })],
      trial: null,
      refused: null,
      previous: null,
      certificates: [],
      refusedCertificate: null,
      fronts: [
        {
          slot: 1,
          pid: expect.any(Number),
          state: "ready",
          clients: expect.any(Number),
          maxClients: expect.any(Number),
          limits: expect.objectContaining({ serverBacklog: 500 }),
        },
      ],
      groups: [
        {
          name: "default",
          kind: "app",
          state: "serving",
          generation: 1,
          processes: { min: 2, max: 2, wanted: 2 },
          concurrency: { min: 100, max: 100 },
          mount: "/",
          hosts: [],
          pausedUntil: null,
          sticky: null,
          poisons: [],
          drained: [],
          queueLength: 0,
          workers: expect.any(Array),
        },
      ],
      restarts: {},
      lastRestart: null,
      logTroubles: [],
      troubles: [],
    });
    for (const worker of workersOf(status)) {
      expect(isAlive(worker.pid ?? 0)).toBe(true);
      expect(worker).toMatchObject({ state: "ready", activeRequests: 0, tunnels: 0, generation: 1 });
      expect(worker.limits.openFiles).toBe(512);
      expect(worker.rssBytes).toBeGreaterThan(10 * 2 ** 20);
      expect(Math.abs(Date.now() - Date.parse(worker.startedAt ?? ""))).toBeLessThan(60_000);
    }
    expect((await control(gw, "status")).stdout).toContain(`serving ${gw.url}`);
  });

  test("control: requests that run and requests that wait are counted apart", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir), "--concurrency", "1", "--shutdown-timeout", "1s"]);
    const enough = new AbortController();
    const asked = [1, 2, 3].map(() => fetch(`${gw.url}never`, { signal: enough.signal }).catch(() => {}));
    await eventually(async () => {
      const { groups } = await statusOf(gw);
      return groups[0]?.queueLength === 2 && groups[0].workers[0]?.activeRequests === 1;
    }, "one request runs and two wait");
    enough.abort();
    await Promise.all(asked);
  });

  test("control: while gw starts, status and ping say so; stop ends the start and waits for it", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      "console.log('loading'); await new Promise((go) => setTimeout(go, 600_000));",
    );
    await using gw = launchGw([
      "start-server",
      app,
      "--host",
      "127.0.0.1",
      "--port",
      "0",
      "--startup-timeout",
      "10m",
    ]);
    await gw.until(/loading/);
    const status = await statusOf(gw);
    expect([status.state, workersOf(status).map(({ state }) => state)]).toEqual(["starting", ["starting"]]);
    const ping = await control(gw, "ping");
    expect([ping.code, ping.stdout]).toEqual([1, expect.stringMatching(/: starting\n$/)]);
    expect((await control(gw, "restart")).stderr).toContain("gw is starting, and changes nothing now");
    expect((await control(gw, "stop")).code).toBe(0);
    expect(await gw.exited).toBe(1);
    expect(gw.stderr()).toContain("Stopped by gw stop before the server was ready");
    expect(readdirSync(gw.tmp)).toEqual([]);
  });

  test("control: ping answers 0 for a gw that serves", async () => {
    await using gw = await startGw();
    const { code, stdout } = await control(gw, "ping");
    expect([code, stdout]).toEqual([0, expect.stringContaining(`serving ${gw.url}`)]);
  });

  test("control: in embedded mode too", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir), "--embedded-mode"]);
    const status = await statusOf(gw);
    expect([status.state, status.fronts, workersOf(status).length]).toEqual(["serving", [], 1]);
    expect((await control(gw, "restart")).code).toBe(0);
    expect(pidsOf(await statusOf(gw))).not.toEqual(pidsOf(status));
  });
});

describe("which gw", () => {
  test("control: none running is exit code 69, with what to do", async () => {
    using dir = makeTempDir();
    for (const command of ["status", "ping", "restart", "logs", "stop"]) {
      const { code, stdout, stderr } = await control({ tmp: dir.path }, command);
      expect([code, stdout]).toEqual([69, ""]);
      expect(stderr).toContain(`error: No gw answers at ${dir.path}/gw-*:`);
      expect(stderr).toContain("Start one with gw start-server");
    }
  });

  test("control: of several, the command lists all and takes a port, a server root or the environment", async () => {
    await using one = await startGw();
    await using two = await startGw([], { env: { TMPDIR: one.tmp } });
    const unnamed = await control(one, "status");
    expect(unnamed.code).toBe(64);
    expect(unnamed.stderr).toContain("2 of the running gw could be meant");
    for (const { port, pid } of [one, two]) {
      expect(unnamed.stderr).toContain(`port ${port}, pid ${pid}, serving`);
      expect((await control(one, "ping", "--port", String(port))).stdout).toContain(`process ${pid}`);
      const { serverRoot } = JSON.parse(
        (await control(one, "status", "--json", "--port", String(port))).stdout,
      );
      expect((await runGw(["ping", "--server-root", serverRoot])).stdout).toContain(`process ${pid}`);
      expect((await runGw(["ping"], { env: { GW_SERVER_ROOT: serverRoot } })).stdout).toContain(
        `process ${pid}`,
      );
    }
    expect((await control(one, "stop", "--port", String(two.port))).code).toBe(0);
    expect(await two.exited).toBe(0);
    expect((await control(one, "ping")).stdout).toContain(`process ${one.pid}`);
  });

  testWith(AS_ROOT)("control: root finds another user's gw by its port", async () => {
    await using gw = await startGw([], { as: NOBODY });
    const port = String(gw.port);
    const { code, stderr } = await control(gw, "status");
    expect([code, stderr]).toEqual([69, expect.stringContaining(`port ${port}, pid ${gw.pid}, serving`)]);
    expect((await control(gw, "ping", "--port", port)).stdout).toContain(`process ${gw.pid}`);
    expect((await control(gw, "stop", "--port", port)).code).toBe(0);
    expect(await gw.exited).toBe(0);
  });

  test("control: a gw that stands still is named with its pid", async () => {
    await using gw = await startGw();
    gw.signal("SIGSTOP");
    const { code, stderr } = await control(gw, "ping", "--port", String(gw.port));
    gw.signal("SIGCONT");
    expect(code).toBe(69);
    expect(stderr).toMatch(new RegExp(`gw \\(pid ${gw.pid}\\) runs .* but it did not answer within 5 s`));
    expect(stderr).toContain(`kill -HUP ${gw.pid} reloads it`);
  });

  test("control: what a killed gw left behind is no running gw, and the next one takes the place over", async () => {
    using dir = makeTempDir();
    const root = `${dir.path}/root`;
    await using first = await startGw(["--server-root", root]);
    first.signal("SIGKILL");
    await first.exited;
    expect(existsSync(`${root}/control.sock`)).toBe(true);
    const { code, stderr } = await runGw(["status", "--server-root", root]);
    expect([code, stderr]).toEqual([69, expect.stringContaining("nobody listens there")]);
    await using second = await startGw(["--server-root", root]);
    expect((await runGw(["ping", "--server-root", root])).stdout).toContain(`process ${second.pid}`);
    expect(await second.stop()).toBe(0);
    expect(existsSync(root)).toBe(false);
  });

  test("control: a bad command line names what is wrong and exits 64", async () => {
    const { code, stderr } = await runGw(["restart", "--wroker", "1"]);
    expect([code, stderr]).toEqual([64, expect.stringContaining("The nearest is --worker")]);
  });
});

test("control: the socket is for its owner alone", async () => {
  await using gw = await startGw();
  const { serverRoot } = await statusOf(gw);
  expect((statSync(`${serverRoot}/control.sock`).mode & 0o777).toString(8)).toBe("600");
});

describe("stop", () => {
  test("control: stop returns when the process and its server root are gone, and requests have finished", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    const slow = fetch(`${gw.url}slow?ms=500`);
    await gw.until(/slow/);
    const { code, stdout } = await control(gw, "stop");
    // Looked at the moment stop has answered.
    const [isStillThere, left] = [isAlive(gw.pid) && !hasExited(gw.pid), readdirSync(gw.tmp)];
    expect([code, stdout, isStillThere, left]).toEqual([
      0,
      `gw (process ${gw.pid}) has stopped\n`,
      false,
      [],
    ]);
    expect((await slow).status).toBe(200);
    expect(await gw.exited).toBe(0);
  });

  test("control: stop --now cuts what runs", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    const never = fetch(`${gw.url}never`).then(
      ({ status }) => status,
      () => "cut",
    );
    await gw.until(/hanging/);
    expect((await control(gw, "stop", "--now")).code).toBe(0);
    expect(await never).toBe("cut");
    expect(await gw.exited).toBe(0);
  });

  test("control: two stops at once both wait for the one end", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    const slow = fetch(`${gw.url}slow?ms=500`);
    await gw.until(/slow/);
    const both = await Promise.all([control(gw, "stop"), control(gw, "stop")]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect((await slow).status).toBe(200);
  });

  test("control: a gw that is killed while it stops has not stopped in order", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    void fetch(`${gw.url}never`).catch(() => {});
    await gw.until(/hanging/);
    const stopping = control(gw, "stop");
    await gw.until(/ stopping /);
    gw.signal("SIGKILL");
    const { code, stderr } = await stopping;
    expect([code, stderr]).toEqual([1, expect.stringContaining("ended before the command was finished")]);
  });
});

/** A process that has ended, and whose parent has not been told yet, can still be asked for. */
function hasExited(pid: number): boolean {
  const stat = Bun.spawnSync(["cat", `/proc/${pid}/stat`]).stdout.toString();
  return stat === "" || / [ZX] /.test(stat.slice(stat.lastIndexOf(")")));
}

describe("restart", () => {
  test("control: restart under load replaces every worker and fails no request", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir), "--processes", "2"]);
    const before = await statusOf(gw);
    await using load = startLoad(gw.url);
    const { code, stdout } = await control(gw, "restart");
    const after = await statusOf(gw);
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ 200: total });
    const [old1, old2] = pidsOf(before);
    const [new1, new2] = pidsOf(after);
    expect([code, lastLines(stdout)]).toEqual([
      0,
      [
        `worker 1: process ${new1} serves, ${old1} has left`,
        `worker 2: process ${new2} serves, ${old2} has left`,
        "2 workers were replaced",
      ],
    ]);
    expect(new Set([old1, old2, new1, new2]).size).toBe(4);
    expect(after.restarts).toEqual({ graceful_signal: 2 });
    expect(after.lastRestart).toMatchObject({ reason: "graceful_signal", process: "worker 2" });
  });

  test("control: restart --worker replaces that one", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir), "--processes", "2"]);
    const [old1, old2] = pidsOf(await statusOf(gw));
    expect((await control(gw, "restart", "--worker", "2")).code).toBe(0);
    const [new1, new2] = pidsOf(await statusOf(gw));
    expect([new1 === old1, new2 === old2]).toEqual([true, false]);
    const { code, stderr } = await control(gw, "restart", "--worker", "3");
    expect([code, stderr]).toEqual([
      64,
      expect.stringContaining("There is no worker 3; there are the workers 1, 2"),
    ]);
  });

  test("control: a broken app makes restart exit 1 with the app's error, the old worker serves, and a correction heals", async () => {
    using dir = makeTempDir();
    const app = writeProcessApp(dir);
    await using gw = await startGw([app]);
    const [old] = pidsOf(await statusOf(gw));
    dir.write("app.ts", "throw new Error('broken on purpose');");
    const { code, stdout, stderr } = await control(gw, "restart");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/app\.ts:1.*\n(.*\n)*error: worker 1 could not be replaced: .*broken on purpose/);
    expect(await (await fetch(gw.url)).text()).toBe(String(old));
    const { troubles, state } = await statusOf(gw);
    expect([state, troubles]).toMatchObject(["serving", [{ process: "worker 1", deaths: 1 }]]);
    rmSync(app);
    writeProcessApp(dir);
    await eventually(
      async () => (await (await fetch(gw.url)).text()) !== String(old),
      "the successor serves",
    );
    expect((await statusOf(gw)).troubles).toEqual([]);
  });
});

describe("logs", () => {
  test("control: logs prints gw's lines and the app's, without what would move a cursor", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      'console.log("\\x1b[31mred\\x1b[1A"); console.error("to stderr"); export default { fetch: () => new Response("") };',
    );
    await using gw = await startGw([app]);
    await control(gw, "restart");
    const { code, stdout } = await control(gw, "logs");
    expect(code).toBe(0);
    expect(stdout).toContain("[worker 1] red\\x1b[1A\n");
    expect(stdout).toContain("[worker 1] to stderr\n");
    expect(stdout).toMatch(/ info {2}worker 1 gets a successor /);
    expect(stdout).not.toContain("\x1b");
  });

  test("control: logs -f goes on until gw has stopped, and then exits 0", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    await using follower = launchGw(["logs", "-f"], { env: { TMPDIR: gw.tmp } });
    await follower.until(/\[worker 1\] started/);
    const slow = fetch(`${gw.url}slow?ms=1`);
    await follower.until(/\[worker 1\] slow/);
    await (await slow).text();
    expect(await gw.stop()).toBe(0);
    expect(await follower.exited).toBe(0);
    expect(follower.stdout()).toMatch(/ stopping .*SIGTERM/);
  });

  test("control: a follower whose reader has gone ends by itself", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    await using follower = launchGw(["logs", "-f"], { env: { TMPDIR: gw.tmp } });
    await follower.until(/\[worker 1\] started/);
    await follower.closeStdout();
    let isGone = false;
    void follower.exited.then(() => {
      isGone = true;
    });
    await eventually(async () => {
      await (await fetch(`${gw.url}slow?ms=1`)).text();
      return isGone;
    }, "the follower has ended");
    expect(await follower.exited).toBe(0);
  });
});
