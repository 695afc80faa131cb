// What goes wrong while one generation follows another, on the real executable.
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { control, obey, statusOf, textOf, workersOf } from "../support/control.ts";
import { eventually, startGw } from "../support/gw.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const HELLO = 'export default { fetch: () => new Response("hello") };';

/** Says so when it begins to load, and goes on when it gets SIGUSR2. */
const WAITING = `console.log("loading", process.pid);
const keep = setInterval(() => {}, 1000);
await new Promise((go) => process.once("SIGUSR2", go));
clearInterval(keep);
${HELLO}`;

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const loadingPids = (output: string) => [...output.matchAll(/loading (\d+)/g)].map(([, pid]) => Number(pid));

test("a new worker that is killed after it was ready, before all are: refused, and the old ones serve", async () => {
  using dir = makeTempDir();
  const app = dir.write("app.ts", HELLO);
  await using gw = await startGw([app, "--processes", "2", "--log-level", "debug"]);
  dir.write("app.ts", WAITING);
  const reload = control(gw, "reload");
  const [first = 0] = loadingPids(await gw.until((output) => loadingPids(output).length === 2));
  process.kill(first, "SIGUSR2");
  await gw.until(new RegExp(`is ready pid=${first}\\b`));
  process.kill(first, "SIGKILL");
  const { code, stderr } = await reload;
  expect(code).toBe(1);
  expect(stderr).toContain("in step ready: signal SIGKILL");
  expect(await textOf(gw.url)).toBe("hello");
  expect(workersOf(await statusOf(gw)).every(({ generation }) => generation === 1)).toBe(true);
});

test("gw is stopped while a new generation loads: nothing is left of either", async () => {
  using dir = makeTempDir();
  const app = dir.write("app.ts", HELLO);
  await using gw = await startGw([app]);
  const { serverRoot } = await statusOf(gw);
  dir.write("app.ts", WAITING);
  const reload = control(gw, "reload");
  const [pid = 0] = loadingPids(await gw.until(/loading \d+/));
  expect(await gw.stop()).toBe(0);
  expect((await reload).code).toBe(1);
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(serverRoot) ? readdirSync(serverRoot) : []).toEqual([]);
});

test("the supervisor is killed while a new generation loads: all processes end, and the next start works", async () => {
  using dir = makeTempDir();
  const app = dir.write("app.ts", HELLO);
  const root = `${dir.path}/root`;
  await using gw = await startGw([app, "--server-root", root]);
  dir.write("app.ts", WAITING);
  gw.signal("SIGHUP");
  const [pid = 0] = loadingPids(await gw.until(/loading \d+/));
  gw.signal("SIGKILL");
  await gw.exited;
  await eventually(() => !isAlive(pid), "the worker that was loading has ended");
  dir.write("app.ts", HELLO);
  await using next = await startGw([app, "--server-root", root]);
  expect(await textOf(next.url)).toBe("hello");
});

test("one of two front ends is killed, and all are replaced then: no later request fails", async () => {
  using dir = makeTempDir();
  await using gw = await startGw([dir.write("app.ts", HELLO), "--front-ends", "2"]);
  const [victim] = (await statusOf(gw)).fronts;
  process.kill(victim?.pid ?? 0, "SIGKILL");
  await eventually(async () => {
    const { fronts } = await statusOf(gw);
    return fronts.length === 2 && fronts.every(({ pid, state }) => state === "ready" && pid !== victim?.pid);
  }, "the front end has been replaced");
  await using load = startLoad(gw.url);
  await obey(gw, "restart", "--front");
  await obey(gw, "restart", "--front");
  const { counts } = await load.finish();
  expect(Object.keys(counts)).toEqual(["200"]);
});
