// Signals that reach all of gw's processes at once, as service managers, containers and terminals send them, and Ctrl-C
// that comes twice: one orderly stop, in whatever order they arrive.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { statusOf } from "../support/control.ts";
import { freePort } from "../support/free-port.ts";
import { eventually, type Gw, gwCommand, startGw } from "../support/gw.ts";
import { makeMark } from "../support/processes.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

/** A request ends when there is a file GO; with SIGTERM the app says so, and flushes. */
const APP = `
  import { existsSync } from "node:fs";
  process.on("SIGTERM", async () => { await Bun.sleep(50); console.log("flushed"); process.exit(0); });
  export default {
    async fetch(request) {
      console.log("runs " + new URL(request.url).pathname);
      while (!existsSync(process.env.GO)) await Bun.sleep(10);
      return new Response("done");
    },
  };`;

const ORDERS: Record<string, (pids: number[]) => number[]> = {
  "gw first": (pids) => pids,
  "gw last": (pids) => pids.toReversed(),
  "gw in between": ([gw = 0, ...others]) => [...others.slice(0, 2), gw, ...others.slice(2)],
};

/** The supervisor is the oldest. */
const signalAll = (pids: readonly number[], name: NodeJS.Signals) => {
  for (const pid of pids) process.kill(pid, name);
};

/** Requests that run, and those that wait. */
const presentIn = async (gw: Gw) => {
  const { generations, groups } = await statusOf(gw);
  return (generations[0]?.activeRequests ?? 0) + (groups[0]?.queueLength ?? 0);
};

const expectOrder = (gw: Gw) => {
  expect(gw.stderr()).not.toMatch(/ ended |refused|did not start|at once|killed/);
  expect(gw.stderr()).toMatch(/stopped\n$/);
};

describe("stop everyone: requests that run and requests that wait are all answered", () => {
  const cases: [NodeJS.Signals, string][] = [
    ["SIGTERM", "gw first"],
    ["SIGTERM", "gw last"],
    ["SIGTERM", "gw in between"],
    ["SIGINT", "gw last"],
  ];
  test.each(cases)("%s, %s", async (name, order) => {
    using dir = makeTempDir();
    const go = `${dir.path}/go`;
    const mark = makeMark();
    await using gw = await startGw(
      [
        dir.write("app.ts", APP),
        "--processes",
        "2",
        "--concurrency",
        "2",
        "--front-ends",
        "2",
        "--shutdown-timeout",
        "1s",
      ],
      { env: { ...mark.env, GO: go } },
    );
    const answers = Array.from({ length: 8 }, (_, index) => fetch(`${gw.url}${index}`));
    // On a front end each: what the kernel still holds for a listener is not gw's to answer.
    await eventually(async () => (await presentIn(gw)) === 8, "all requests have come");
    await gw.until(() => gw.stdout().split("runs /").length >= 3);
    const pids = mark.pids().toSorted((a, b) => a - b);
    expect(pids).toHaveLength(5);
    signalAll(ORDERS[order]?.(pids) ?? [], name);
    await gw.until(/stopping signal/);
    // A stop of gw has its graceful timeout, and not the shutdown timeout of a worker.
    // biome-ignore lint/plugin: the stimulus itself; the requests take longer than the shutdown timeout
    if (name === "SIGTERM") await Bun.sleep(1_200);
    dir.write("go", "");
    expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(await gw.exited).toBe(0);
    expectOrder(gw);
    expect(gw.stdout().split("flushed")).toHaveLength(3);
    expect(mark.pids()).toEqual([]);
  });

  test("SIGTERM in embedded mode", async () => {
    using dir = makeTempDir();
    const go = `${dir.path}/go`;
    const mark = makeMark();
    await using gw = await startGw(
      [dir.write("app.ts", APP), "--embedded-mode", "--shutdown-timeout", "1s"],
      { env: { ...mark.env, GO: go } },
    );
    const answer = fetch(gw.url);
    await gw.until(/runs \//);
    signalAll(
      mark.pids().toSorted((a, b) => b - a),
      "SIGTERM",
    );
    await gw.until(/stopping signal/);
    // biome-ignore lint/plugin: the stimulus itself; the request takes longer than the shutdown timeout
    await Bun.sleep(1_200);
    dir.write("go", "");
    expect((await answer).status).toBe(200);
    expect(await gw.exited).toBe(0);
    expectOrder(gw);
  });
});

test("stop everyone: one Ctrl-C that reaches gw twice does not cut what runs", async () => {
  using dir = makeTempDir();
  const go = `${dir.path}/go`;
  await using gw = await startGw([dir.write("app.ts", APP)], { env: { GO: go } });
  const answer = fetch(gw.url);
  await gw.until(/runs \//);
  gw.signal("SIGINT");
  gw.signal("SIGINT");
  await gw.until(/stopping signal/);
  gw.signal("SIGINT");
  dir.write("go", "");
  expect((await answer).status).toBe(200);
  expect(await gw.exited).toBe(0);
  expectOrder(gw);
});

/** Runs gw below a shell on a terminal of its own, as somebody would who types it. */
async function typeGw(command: string, env: Record<string, string>) {
  let output = "";
  const temp = makeTempDir();
  const port = freePort();
  const line = `${command} ${gwCommand().join(" ")} start-server ${env.APP} --host 127.0.0.1 --port ${port}\n`;
  const shell = Bun.spawn(["bash", "--norc", "-i"], {
    // Where nohup writes its own output.
    cwd: temp.path,
    env: { ...process.env, TMPDIR: temp.path, ...env },
    terminal: {
      data(_terminal, data) {
        output += new TextDecoder().decode(data);
      },
    },
  });
  shell.terminal?.write(line);
  return {
    shell,
    url: `http://127.0.0.1:${port}/`,
    output: () => output,
    async [Symbol.asyncDispose]() {
      shell.kill("SIGKILL");
      await shell.exited;
      temp[Symbol.dispose]();
    },
  };
}

describe("stop everyone: the terminal is closed", () => {
  test("gw stops in order, and what runs is answered", async () => {
    using dir = makeTempDir();
    const mark = makeMark();
    await using typed = await typeGw("", {
      ...mark.env,
      APP: dir.write("app.ts", APP),
      GO: `${dir.path}/go`,
    });
    await eventually(() => typed.output().includes("gw: serving"), "gw serves", 30_000);
    const answer = fetch(typed.url);
    await eventually(() => typed.output().includes("runs /"), "the request runs");
    typed.shell.terminal?.close();
    await eventually(async () => !(await accepts(typed.url)), "gw takes nothing new");
    dir.write("go", "");
    expect((await answer).status).toBe(200);
    await eventually(() => mark.pids().length === 0, "all of it is gone");
  });

  test("under nohup it goes on", async () => {
    using dir = makeTempDir();
    const mark = makeMark();
    dir.write("go", "");
    await using typed = await typeGw("nohup", {
      ...mark.env,
      APP: dir.write("app.ts", APP),
      GO: `${dir.path}/go`,
    });
    await eventually(async () => accepts(typed.url), "gw serves", 30_000);
    const before = mark.pids().length;
    typed.shell.terminal?.close();
    await typed.shell.exited;
    expect((await fetch(typed.url)).status).toBe(200);
    const [gw = 0] = mark.pids().toSorted((a, b) => a - b);
    process.kill(gw, "SIGHUP");
    expect((await fetch(typed.url)).status).toBe(200);
    expect(mark.pids()).toHaveLength(before - 1);
    process.kill(gw, "SIGTERM");
    await eventually(() => mark.pids().length === 0, "all of it is gone");
  });
});

async function accepts(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return Bun.connect({ hostname, port: Number(port), socket: { data() {} } }).then(
    (socket) => {
      socket.end();
      return true;
    },
    () => false,
  );
}
