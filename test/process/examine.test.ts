// gw profile and gw heap on the real gw: files that the tools of Chrome open, beside a server that goes on serving.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { control, obey, statusOf, workersOf } from "../support/control.ts";
import { eventually, runGw, startGw } from "../support/gw.ts";
import { makePublicDir, makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const APP = `
  class Basket { constructor(at) { this.at = at; } }
  globalThis.kept = Array.from({ length: 100 }, (_, at) => new Basket(at));
  function compute(ms) { const end = performance.now() + ms; let sum = 0; while (performance.now() < end) sum += Math.sqrt(sum + 1); return sum; }
  export default { fetch(request) {
    if (request.url.endsWith("/busy")) compute(300);
    return new Response(String(process.pid));
  } };`;

type Profile = {
  nodes: { callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
};

async function serve(...flags: string[]) {
  const dir = makePublicDir();
  const cwd = makeTempDir();
  const gw = await startGw([dir.write("app.mjs", APP), ...flags]);
  return {
    gw,
    cwd: cwd.path,
    /** As somebody who stands in a directory of his own. */
    type: (...words: string[]) => runGw(words, { env: { TMPDIR: gw.tmp }, cwd: cwd.path }),
    async [Symbol.asyncDispose]() {
      await gw[Symbol.asyncDispose]();
      for (const one of [dir, cwd]) one[Symbol.dispose]();
    },
  };
}

test("examine: a profile names the functions of the app with their lines, and the worker serves on", async () => {
  await using served = await serve();
  const { gw, cwd, type } = served;
  const pid = await (await fetch(gw.url)).text();
  const profiling = type("profile", "1", "--for", "500ms");
  await eventually(async () => {
    await fetch(`${gw.url}busy`);
    return readdirSync(cwd).length > 0;
  }, "the file is there");
  const { code, stdout } = await profiling;
  const file = join(cwd, `worker-1-${pid}.cpuprofile`);
  expect([code, stdout]).toEqual([0, expect.stringContaining(`worker 1 (process ${pid}): ${file}, `)]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const { nodes, samples } = JSON.parse(readFileSync(file, "utf8")) as Profile;
  const found = nodes.find(({ callFrame }) => callFrame.functionName === "compute")?.callFrame;
  expect([found?.url.endsWith("/app.mjs"), samples.length > 0]).toEqual([true, true]);
  expect(await (await fetch(gw.url)).text()).toBe(pid);
  for (const [words, message] of [
    [["profile", "9"], "There is no worker 9; there is one worker, 1"],
    [["profile"], "SLOT"],
    [["profile", "1", "--for", "1h"], "10m"],
    [["heap", "1", "--for", "1s"], "--for"],
  ] as const)
    expect((await type(...words)).stderr).toContain(message);
});

test("examine: a heap is told by a worker that has got its successor", async () => {
  await using served = await serve("--processes", "2");
  const { gw, cwd, type } = served;
  const before = workersOf(await statusOf(gw)).map(({ pid }) => pid);
  const told = JSON.parse((await type("heap", "2", "--json")).stdout) as { pid: number; path: string };
  expect(told).toMatchObject({
    worker: 2,
    pid: before[1],
    path: join(cwd, `worker-2-${before[1]}.heapsnapshot`),
  });
  const { snapshot, strings } = JSON.parse(readFileSync(told.path, "utf8"));
  expect([snapshot.node_count > 100, strings.includes("Basket")]).toEqual([true, true]);
  await gw.until(new RegExp(`worker 2 ended.*pid=${before[1]}.*gw heap was typed`));
  await eventually(async () => {
    const pids = workersOf(await statusOf(gw)).map(({ pid, state }) => (state === "ready" ? pid : undefined));
    return pids[0] === before[0] && pids[1] !== undefined && pids[1] !== before[1];
  }, "another one serves in its place");
  expect(await obey(gw, "ping")).toContain("serving");
});

test("examine: in embedded mode as well; a worker that dies meanwhile is told", async () => {
  await using served = await serve("--embedded-mode");
  const { gw, type } = served;
  const [worker] = workersOf(await statusOf(gw));
  expect((await type("profile", "1", "--for", "1ms")).code).toBe(0);
  const begin = () => type("profile", "1", "--for", "10m");
  let profiling = begin();
  await eventually(async () => {
    const { stderr } = await control(gw, "profile", "1", "--for", "1ms");
    if (stderr.includes("is being looked at already")) return true;
    // This look may have come first, and the long one may have been refused for it.
    if (await Promise.race([profiling, undefined])) profiling = begin();
    return false;
  }, "it has begun");
  process.kill(worker?.pid ?? 0, "SIGKILL");
  const { code, stderr } = await profiling;
  expect([code, stderr]).toEqual([1, expect.stringContaining("worker 1 has ended, or not answered in time")]);
});
