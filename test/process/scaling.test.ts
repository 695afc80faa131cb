// How many workers a group has, on the real gw: none until somebody asks, more when requests wait, fewer when they are
// idle; and what operators change by hand.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:net";
import { join } from "node:path";
import { control, obey, openSocket, statusOf, textOf, workersOf } from "../support/control.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { writeProcessApp } from "../support/process-app.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const stateOf = async (gw: Gw, name?: string) => {
  const { groups } = await statusOf(gw);
  return groups.find((group) => name === undefined || group.name === name)?.state;
};

const liveOf = async (gw: Gw) =>
  workersOf(await statusOf(gw)).filter(({ state }) => state === "ready").length;

describe("none until somebody asks", () => {
  test("scaling: the first requests start one worker, which leaves when it has nothing to do", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([
      writeProcessApp(dir),
      ...["--processes", "0..3", "--inactivity-timeout", "500ms"],
    ]);
    expect([await stateOf(gw), gw.stdout().includes("[worker")]).toEqual(["asleep", false]);
    const [one, two] = await Promise.all([textOf(gw.url), textOf(gw.url)]);
    expect(one).toBe(two ?? "");
    expect(workersOf(await statusOf(gw))).toMatchObject([{ pid: Number(one), state: "ready" }]);
    await eventually(async () => (await stateOf(gw)) === "asleep", "the last worker has left");
    expect((await statusOf(gw)).restarts).toEqual({ scale_down: 1 });
    expect(await textOf(gw.url)).not.toBe(one);
  });

  test("scaling: an open WebSocket keeps the last worker", async () => {
    using dir = makeTempDir();
    writeProcessApp(dir);
    const idle = { processes: "0..1", inactivityTimeout: "500ms" };
    const groups = {
      talks: { app: join(import.meta.dir, "../apps/websocket.ts"), ...idle },
      rests: { app: "app.ts", mount: "/rests", ...idle },
    };
    await using gw = await startGw(["--config", dir.write("gw.config.json", JSON.stringify({ groups }))]);
    const socket = new WebSocket(gw.url.replace("http", "ws"));
    await new Promise((resolve) => socket.addEventListener("message", resolve));
    const isAsleep = (name: string) =>
      eventually(async () => (await stateOf(gw, name)) === "asleep", `the last worker of ${name} has left`);
    // What has come after it, and has nothing to do, leaves again and again while the worker with the socket stays.
    for (let times = 0; times < 2; times++) {
      await textOf(`${gw.url}rests`);
      await isAsleep("rests");
    }
    expect(await stateOf(gw, "talks")).toBe("serving");
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.close();
    await isAsleep("talks");
  });

  test("scaling: an app that cannot start answers 503 in time, and holds nobody else up", async () => {
    using dir = makeTempDir();
    writeProcessApp(dir);
    dir.write("broken.ts", "throw new Error('no database');");
    const groups = {
      web: { app: "app.ts" },
      api: { app: "broken.ts", mount: "/api", processes: "0..2", connectTimeout: "500ms" },
    };
    const config = dir.write("gw.config.json", JSON.stringify({ groups }));
    await using gw = await startGw(["--config", config]);
    await using load = startLoad(gw.url, 2);
    const [answer, other] = await Promise.all([fetch(`${gw.url}api`), fetch(`${gw.url}api`)]);
    for (const one of [answer, other])
      expect([one.status, one.headers.get("Proxy-Status")]).toEqual([
        503,
        expect.stringContaining("no_worker"),
      ]);
    expect((await statusOf(gw)).troubles).toMatchObject([{ error: expect.stringContaining("no database") }]);
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ "200": total });
    writeProcessApp({ ...dir, write: (_, text) => dir.write("broken.ts", text) });
    await eventually(async () => (await fetch(`${gw.url}api`)).ok, "the mended app answers");
  });
});

test("scaling: a group that sleeps wakes also for connections that were open before new front ends came", async () => {
  using dir = makeTempDir();
  writeProcessApp(dir);
  const configure = (more: object) =>
    dir.write("gw.config.json", JSON.stringify({ app: "app.ts", processes: "0..2", ...more }));
  const config = configure({ inactivityTimeout: "500ms" });
  await using gw = await startGw(["--config", config]);
  let heard = "";
  const socket = connect(gw.port, "127.0.0.1");
  socket.on("data", (bytes) => {
    heard += bytes;
  });
  const ask = async () => {
    heard = "";
    socket.write("GET / HTTP/1.1\r\nHost: any.test\r\n\r\n");
    await eventually(() => heard.includes("\r\n\r\n"), "it is answered");
    return heard.slice(0, 12);
  };
  expect(await ask()).toBe("HTTP/1.1 200");
  await eventually(async () => (await stateOf(gw)) === "asleep", "the last worker has left");
  configure({ inactivityTimeout: "500ms", limitRequestBody: "1M" });
  await obey(gw, "reload");
  expect(await ask()).toBe("HTTP/1.1 200");
  socket.destroy();
});

test("scaling: it grows while requests wait, to the most and no further, and shrinks again", async () => {
  using dir = makeTempDir();
  await using gw = await startGw([
    writeProcessApp(dir),
    ...["--processes", "1..3", "--concurrency", "1", "--scale-up-wait", "50ms", "--inactivity-timeout", "1s"],
  ]);
  await using load = startLoad(`${gw.url}slow?ms=100`, 12);
  let most = 0;
  await eventually(async () => {
    most = Math.max(most, await liveOf(gw));
    return most === 3;
  }, "it has three workers");
  const so = load.total;
  await eventually(() => load.total > so + 20, "the load has gone on");
  expect(workersOf(await statusOf(gw)).length).toBe(3);
  const { counts, total } = await load.finish();
  expect(counts).toEqual({ "200": total });
  await eventually(async () => (await liveOf(gw)) === 1, "it has one worker again", 20_000);
});

describe("requests that wait inside a worker", () => {
  test("scaling: an app that computes gets more workers, although nothing waits in the queue", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `import { existsSync } from "node:fs";
       export default { fetch() { console.log("computing"); while (!existsSync("done")); return new Response("done"); } };`,
    );
    await using gw = await startGw([app, "--processes", "0..3", "--scale-up-wait", "100ms"]);
    const asked = [textOf(gw.url), textOf(gw.url)];
    for (const workers of [2, 3]) {
      await eventually(async () => (await liveOf(gw)) === workers, `it has ${workers} workers`, 30_000);
      asked.push(textOf(gw.url));
      await gw.until((output) => output.split("computing").length - 1 === workers);
    }
    dir.write("done", "");
    expect(await Promise.all(asked)).toEqual(asked.map(() => "done"));
  });

  test("scaling: answers that take far longer than usual add a worker, also while the loop turns", async () => {
    using dir = makeTempDir();
    // One request after the other, as with a pool of one connection to a database.
    const app = dir.write(
      "app.ts",
      `let before = Promise.resolve();
       export default { async fetch() { await (before = before.then(() => Bun.sleep(20))); return new Response("done"); } };`,
    );
    await using gw = await startGw([app, "--processes", "1..2", "--scale-up-wait", "100ms"]);
    const usual = startLoad(gw.url, 1);
    await eventually(() => usual.total > 150, "it is known what is usual", 30_000);
    await usual.finish();
    expect(await liveOf(gw)).toBe(1);
    await using load = startLoad(gw.url, 24);
    await eventually(async () => (await liveOf(gw)) === 2, "it has two workers", 30_000);
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ "200": total });
  });

  test("scaling: requests go to a worker whose loop turns, however busy it is, and past one that computes", async () => {
    using dir = makeTempDir();
    const done = join(dir.path, "done");
    const app = dir.write(
      "app.ts",
      `import { existsSync } from "node:fs";
       export default {
         async fetch(request) {
           const { pathname } = new URL(request.url);
           if (pathname === "/compute") { console.log("computing", process.pid); while (!existsSync(${JSON.stringify(done)})); }
           if (pathname === "/wait") { console.log("waiting", process.pid); while (!existsSync(${JSON.stringify(done)})) await Bun.sleep(50); }
           return new Response(String(process.pid));
         },
       };`,
    );
    await using gw = await startGw([app, "--processes", "2"]);
    const waiting = (output: string) => [...output.matchAll(/waiting (\d+)/g)].map(([, pid]) => pid);
    const held: Promise<string>[] = [];
    for (let n = 1; n <= 3; n++) {
      held.push(textOf(`${gw.url}wait`));
      await gw.until((output) => waiting(output).length === n);
    }
    // To the one with a single request: both have two then, and it computes.
    held.push(textOf(`${gw.url}compute`));
    const computing = /computing (\d+)/.exec(await gw.until(/computing \d+/))?.[1];
    const ask = (signal?: AbortSignal) => textOf(gw.url, signal ? { signal } : {}).catch(() => undefined);
    const other = waiting(gw.stdout()).find((pid) => pid !== computing);
    const isKnown = async () =>
      workersOf(await statusOf(gw)).find(({ pid }) => pid === Number(computing))?.isStalled;
    await eventually(async () => (await isKnown()) === true, "it is known to compute", 30_000);
    expect(await obey(gw, "status")).toMatch(/ready {2}\d, computes /);
    await eventually(
      async () => (await ask(AbortSignal.timeout(1_000))) === other,
      "the front knows it",
      30_000,
    );
    held.push(textOf(`${gw.url}wait`), textOf(`${gw.url}wait`));
    await gw.until((output) => waiting(output).length === 5);
    for (let n = 0; n < 20; n++) expect(await ask()).toBe(other);
    dir.write("done", "");
    const pids = await Promise.all(held);
    expect(pids.filter((pid) => pid === other).length).toBe(4);
  });
});

describe("by hand", () => {
  test("scaling: gw scale adds workers and lets them go; a reload keeps their number", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    await using load = startLoad(gw.url, 4);
    expect(await obey(gw, "scale", "3")).toContain("3");
    expect(await liveOf(gw)).toBe(3);
    expect(await obey(gw, "reload")).toContain("(3 workers,");
    await obey(gw, "scale", "default", "2");
    expect(workersOf(await statusOf(gw)).length).toBe(2);
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ "200": total });
    const none = await control(gw, "scale", "0");
    expect(none.stderr).toContain("can have from 1 to 1024 workers, and not 0");
    const unknown = await control(gw, "scale", "defautl", "2");
    expect(unknown.stderr).toContain('the nearest is "default"');
    expect([none.code, unknown.code]).toEqual([64, 64]);
    const [one, two] = workersOf(await statusOf(gw));
    expect(await obey(gw, "drain", String(two?.slot))).toContain(String(two?.pid));
    const only = await control(gw, "drain", String(one?.slot));
    expect([only.code, only.stderr]).toEqual([1, expect.stringContaining("the only one that serves")]);
    expect((await statusOf(gw)).groups[0]?.drained).toEqual([two?.slot ?? 0]);
    expect(await obey(gw, "status")).toContain(`\ndrained: place ${two?.slot} stays empty until `);
    await obey(gw, "restart", "--worker", String(two?.slot));
    expect((await statusOf(gw)).groups[0]?.drained).toEqual([]);
    expect(await liveOf(gw)).toBe(2);
  });

  test("scaling: gw drain tells what it has cut, and so does gw stop", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `Bun.serve({
        fetch(request, server) {
          if (server.upgrade(request)) return;
          console.log("begun by", process.pid);
          if (!request.url.endsWith("/stream")) return new Promise(() => {});
          return new Response(new ReadableStream({ start: (to) => to.enqueue("begun") }));
        },
        websocket: { message() {} },
      });`,
    );
    const times = [
      "--graceful-timeout",
      "500ms",
      "--stream-drain-timeout",
      "1s",
      "--shutdown-timeout",
      "500ms",
    ];
    await using gw = await startGw([app, "--processes", "2", ...times]);
    const sockets = [await openSocket(gw.url), await openSocket(gw.url)];
    const answers: Promise<unknown>[] = [];
    // One after the other: each goes to the worker that has had the fewest.
    for (const path of ["never", "never", "stream", "stream"]) {
      answers.push(textOf(`${gw.url}${path}`).catch(() => "cut"));
      await gw.until((output) => output.split("begun by").length > answers.length);
    }
    await eventually(
      async () =>
        workersOf(await statusOf(gw)).every(
          ({ activeRequests, tunnels }) => activeRequests === 2 && tunnels === 1,
        ),
      "each worker has two requests and a WebSocket",
    );
    expect(await obey(gw, "drain", "2")).toMatch(/has left; 2 requests and 1 WebSocket were cut\n$/);
    expect(await obey(gw, "stop")).toMatch(/has stopped; 2 requests were cut\n$/);
    expect(gw.stderr()).toContain("stopped cut=2");
    for (const socket of sockets) socket.close();
    await Promise.all(answers);
  });

  test("scaling: within the range only; what does not start is given up, and the others serve on", async () => {
    using dir = makeTempDir();
    const app = writeProcessApp(dir);
    await using gw = await startGw([app, "--processes", "1..3"]);
    expect((await control(gw, "scale", "4")).stderr).toContain("can have from 1 to 3 workers, and not 4");
    for (const broken of ["throw new Error('no database');", "process.exit(3);"]) {
      dir.write("app.ts", broken);
      const { code, stderr } = await control(gw, "scale", "3");
      expect([code, stderr]).toEqual([1, expect.stringContaining("has as many workers as before")]);
      expect(workersOf(await statusOf(gw))).toMatchObject([{ slot: 1, state: "ready" }]);
    }
    expect((await fetch(gw.url)).status).toBe(200);
  });

  test("scaling: while a reload is under way, the number holds for what serves after it", async () => {
    using dir = makeTempDir();
    const app = writeProcessApp(dir);
    await using gw = await startGw([app]);
    dir.write(
      "app.ts",
      `console.log("loading"); while (!(await Bun.file("go").exists())) await Bun.sleep(10);
       export default { fetch: () => new Response("new") };`,
    );
    const reload = obey(gw, "reload");
    await gw.until(/loading/);
    const scale = obey(gw, "scale", "2");
    await scaleIsAsked(gw);
    dir.write("go", "");
    await Promise.all([reload, scale]);
    expect(workersOf(await statusOf(gw)).filter(({ generation }) => generation === 2)).toHaveLength(2);
  });
});

/** Nothing tells that a command waits for another one: any later one answers after it was read. */
async function scaleIsAsked(gw: Gw): Promise<void> {
  for (let n = 0; n < 3; n++) await statusOf(gw);
}
