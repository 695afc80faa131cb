// Programs, forks and threads that an app starts, on the real gw: what they would be under `bun app.ts`, and nothing of gw.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, unlinkSync } from "node:fs";
import { eventually, type Gw, runGw, startGw } from "../support/gw.ts";
import { AS_ROOT, testWith } from "../support/needs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

/** Answers with what the app's function of that name gives. */
const APP = `
  import cluster from "node:cluster";
  import { execFileSync, execSync, fork, spawnSync } from "node:child_process";
  import { once } from "node:events";
  import { Worker as Thread } from "node:worker_threads";
  const own = process.execPath;
  const here = (name) => import.meta.dir + "/" + name;
  const talk = async (child) => {
    // Both before anything is said: on a busy machine the end comes in the same turn as the answer.
    const heard = Promise.all([once(child, "message"), once(child, "exit")]);
    child.send({ hello: 1 });
    const [[told], [code]] = await heard;
    return { told, code };
  };
  const ways = {
    sight: () => ({ argv0: process.argv0, argv: process.argv, execArgv: process.execArgv, be: process.env.BUN_BE_BUN ?? null }),
    version: () => execFileSync(own, ["--version"]).toString(),
    script: () => JSON.parse(execFileSync(own, [here("tell.ts"), "--one", "two"]).toString()),
    evaluate: () => spawnSync(own, ["-e", "console.log(JSON.stringify(process.argv.slice(1)))", "x"], { env: {} }).stdout.toString(),
    shell: () => execSync(own + " -p 6*7").toString(),
    bunSpawn: async () => JSON.parse(await new Response(Bun.spawn([own, here("tell.ts")]).stdout).text()),
    bunSpawnSync: () => Bun.spawnSync([own, "-p", "1"], { env: {} }).stdout.toString(),
    bunShell: () => Bun.$\`bun -p 2+2\`.text(),
    cli: () => spawnSync(here("cli")).stdout.toString(),
    npmScript: () => execSync("bun run greet", { cwd: import.meta.dir }).toString(),
    fork: () => talk(fork(here("answer.ts"), ["word"], { execArgv: ["--smol"] })),
    grandchild: () => JSON.parse(execFileSync(own, [here("parent.ts")]).toString()),
    cluster: () => {
      cluster.setupPrimary({ exec: here("answer.ts") });
      // What is said to a process of a cluster before it listens is lost: its channel is read from the beginning.
      const begin = async () => {
        const child = cluster.fork();
        await once(child, "message");
        return talk(child);
      };
      return Promise.all([begin(), begin()]);
    },
    async thread() {
      const thread = new Thread(here("thread.ts"));
      const [told] = await once(thread, "message");
      await thread.terminate();
      return told;
    },
    async webThread() {
      const thread = new Worker(here("thread.ts"));
      const told = await new Promise((resolve) => { thread.onmessage = ({ data }) => resolve(data); });
      thread.terminate();
      return told;
    },
    nestedThread: async () => (await once(new Thread(here("nested.ts")), "message"))[0],
  };
  export default { async fetch(request) {
    return Response.json(await ways[new URL(request.url).pathname.slice(1)]());
  } };`;

/** What a program sees of itself. */
const TELL = `
  import { readdirSync, readlinkSync } from "node:fs";
  export const sight = () => ({
    words: process.argv.slice(2),
    execArgv: process.execArgv,
    bun: process.versions.bun ?? null,
    ofGw: Object.keys(process.env).filter((name) => /^(GW_|BUN_JSC|NODE_CHANNEL)/.test(name)),
    sockets: readdirSync("/proc/self/fd").map(Number).filter((fd) => {
      try { return fd > 2 && /^(socket|pipe)/.test(readlinkSync("/proc/self/fd/" + fd)); } catch { return false; }
    }).length,
  });
  if (import.meta.main && !process.send) console.log(JSON.stringify(sight()));`;

const FILES: Record<string, string> = {
  "app.ts": APP,
  "tell.ts": TELL,
  "answer.ts": `
    import cluster from "node:cluster";
    import { sight } from "./tell.ts";
    process.on("message", (message) => {
      process.send({ message, isWorker: cluster.isWorker, ...sight() }, () => process.exit(7));
    });
    if (cluster.isWorker) process.send("listening");`,
  "parent.ts": `
    import { execFileSync } from "node:child_process";
    process.stdout.write(execFileSync(process.execPath, [import.meta.dir + "/tell.ts", "deep"]));`,
  "thread.ts": `
    import { execSync, spawnSync } from "node:child_process";
    import { parentPort } from "node:worker_threads";
    const told = {
      execArgv: process.execArgv,
      spawned: spawnSync(process.execPath, ["-p", "1"]).stdout.toString(),
      shell: execSync(process.execPath + " -p 2", { env: {} }).toString(),
      bunSpawned: Bun.spawnSync([process.execPath, "-p", "3"]).stdout.toString(),
      ofGw: Bun.spawnSync(["env"]).stdout.toString().split("\\n").filter((line) => /^(GW_|BUN_|NODE_CHANNEL)/.test(line)),
    };
    parentPort ? parentPort.postMessage(told) : postMessage(told);`,
  "nested.ts": `
    import { parentPort, Worker } from "node:worker_threads";
    new Worker(import.meta.dir + "/thread.ts").on("message", (told) => parentPort.postMessage(told));`,
  cli: '#!/usr/bin/env bun\nconsole.log("cli", process.versions.bun);',
  "package.json": '{ "scripts": { "greet": "bun -p 3+4" } }',
};

function writeAll(): TempDir {
  const dir = makeTempDir();
  for (const [name, text] of Object.entries(FILES)) dir.write(name, text);
  chmodSync(`${dir.path}/cli`, 0o755);
  chmodSync(dir.path, 0o755);
  return dir;
}

const NO_TRACE = { execArgv: [], bun: Bun.version, ofGw: [], sockets: 0 };
const ask = async (gw: Gw, way: string): Promise<unknown> => (await fetch(gw.url + way)).json();

describe("programs", () => {
  let dir: TempDir;
  let gw: Gw;
  beforeAll(async () => {
    dir = writeAll();
    gw = await startGw([`${dir.path}/app.ts`, "--memory-limit", "1G"]);
  });
  afterAll(async () => {
    await gw[Symbol.asyncDispose]();
    dir[Symbol.dispose]();
  });

  test("programs: the app finds itself run by a plain runtime", async () => {
    expect(await ask(gw, "sight")).toMatchObject({ argv0: "bun", execArgv: [], be: null });
    expect(await ask(gw, "version")).toBe(`${Bun.version}\n`);
  });

  test.each<[string, unknown]>([
    ["script", { words: ["--one", "two"], ...NO_TRACE }],
    ["bunSpawn", { words: [], ...NO_TRACE }],
    ["evaluate", expect.stringContaining('["x"]')],
    ["bunSpawnSync", "1\n"],
    ["shell", "42\n"],
    ["bunShell", "4\n"],
    ["grandchild", { words: ["deep"], ...NO_TRACE }],
  ])("programs: %s is run by the runtime, and knows nothing of gw", async (way, told) => {
    expect(await ask(gw, way)).toEqual(told);
  });

  test("programs: those that look for the runtime on PATH find it", async () => {
    expect(await ask(gw, "cli")).toStartWith("cli ");
    expect(await ask(gw, "npmScript")).toEndWith("7\n");
  });

  test("programs: a fork has its own channel to the app, and its own options", async () => {
    // The one socket is that channel.
    const told = { ...NO_TRACE, words: ["word"], execArgv: ["--smol"], sockets: 1, message: { hello: 1 } };
    expect(await ask(gw, "fork")).toEqual({ told: { ...told, isWorker: false }, code: 7 });
  });

  test("programs: a cluster works, and is warned of once", async () => {
    const worker = {
      told: { ...NO_TRACE, words: [], sockets: 1, message: { hello: 1 }, isWorker: true },
      code: 7,
    };
    expect(await ask(gw, "cluster")).toEqual([worker, worker]);
    await gw.until(/warn +worker 1: The app starts a cluster of its own/);
    expect(gw.stderr().match(/starts a cluster/g)?.length).toBe(1);
  });

  test.each(["thread", "webThread", "nestedThread"])(
    "programs: a %s starts them as the app does",
    async (way) => {
      expect(await ask(gw, way)).toEqual({
        execArgv: [],
        spawned: "1\n",
        shell: "2\n",
        bunSpawned: "3\n",
        ofGw: [],
      });
    },
  );
});

describe("programs of others", () => {
  testWith(AS_ROOT)("programs: another user starts them too", async () => {
    using dir = writeAll();
    await using gw = await startGw([
      `${dir.path}/app.ts`,
      "--user",
      "nobody",
      "--server-root",
      `${dir.path}/root`,
    ]);
    expect(await ask(gw, "script")).toMatchObject(NO_TRACE);
    expect(await ask(gw, "cli")).toStartWith("cli ");
  });

  test("programs: what somebody has removed is there again", async () => {
    using dir = writeAll();
    await using gw = await startGw([`${dir.path}/app.ts`]);
    const { argv } = (await ask(gw, "sight")) as { argv: string[] };
    const [runtime = ""] = argv;
    unlinkSync(runtime);
    await eventually(() => existsSync(runtime), "it is there again");
    expect(await ask(gw, "version")).toBe(`${Bun.version}\n`);
  });

  const CLUSTERED = `
    import cluster from "node:cluster";
    import { createServer } from "node:http";
    if (cluster.isWorker) createServer((_, response) => response.end()).on("error", () => OTHERWISE).listen(process.env.PORT);
    else cluster.fork();`;
  test.each([
    ["ends", "process.exit(1)"],
    ["stays", "setInterval(() => {}, 1000)"],
  ])(
    "programs: an app that listens only in its cluster, which %s, is told what to do instead",
    async (_how, act) => {
      using dir = makeTempDir();
      const app = dir.write("app.ts", CLUSTERED.replace("OTHERWISE", act));
      const { code, stderr } = await runGw(["start-server", app, "--port", "0", "--host", "127.0.0.1"]);
      expect(code).toBe(1);
      expect(stderr).toContain("The app starts a cluster of its own and listens nowhere else");
    },
  );

  test("programs: gw by any other name stays gw, and takes no script of the app for a command", async () => {
    using dir = writeAll();
    const { code, stderr } = await runGw([`${dir.path}/tell.ts`]);
    expect([code, stderr]).toEqual([64, expect.stringContaining("tell.ts")]);
  });
});
