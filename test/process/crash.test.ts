// A child of the real gw dies: it is named, replaced after its rest, and clients wait instead of failing.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { obey } from "../support/control.ts";
import { startGw } from "../support/gw.ts";
import { makeMark } from "../support/processes.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const APP = `
  console.log("started", process.pid);
  export default {
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/exit") process.exit(3);
      if (pathname === "/abort") process.kill(process.pid, "SIGSEGV");
      if (pathname === "/throw") setTimeout(() => { throw new Error("from a timer"); });
      return new Response(String(process.pid));
    },
  };`;

const roleOf = (pid: number) => /__(front|worker)/.exec(readFileSync(`/proc/${pid}/cmdline`, "utf8"))?.[1];

const restsMs = (output: string) =>
  [...output.matchAll(/worker \d is started again inMs=(\d+)/g)].map((match) => Number(match[1]));

describe("crash", () => {
  const deaths: [string, string, string][] = [
    ["exits", "/exit", 'how="exit code 3"'],
    ["dies by a signal", "/abort", 'how="signal SIGSEGV"'],
  ];
  test.each(deaths)(
    "a worker that %s is named with how, and requests wait for the next one",
    async (_name, path, how) => {
      using dir = makeTempDir();
      await using gw = await startGw([dir.write("app.ts", APP)]);
      const before = await (await fetch(gw.url)).text();
      expect((await fetch(gw.url + path.slice(1))).status).toBe(502);
      await gw.until(new RegExp(`worker 1 ended pid=${before} ${how} reason=crash`));
      const after = await fetch(gw.url);
      expect(after.status).toBe(200);
      expect(await after.text()).not.toBe(before);
      expect(await gw.stop()).toBe(0);
    },
  );

  test("an idle worker that is killed is replaced before the next request is given up", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", APP)]);
    process.kill(Number(await (await fetch(gw.url)).text()), "SIGKILL");
    await gw.until(/worker 1 ended .*how="signal SIGKILL"/);
    expect((await fetch(gw.url)).status).toBe(200);
  });

  test("workers that had answered are killed one after the other: each is replaced at once, and nobody waits", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", APP), "--processes", "2"]);
    for (let n = 1; n <= 4; n++) {
      process.kill(Number(await (await fetch(gw.url)).text()), "SIGKILL");
      await gw.until((output) => output.split(" ended pid=").length === n + 1);
      expect((await fetch(gw.url)).status).toBe(200);
      await gw.until((output) => output.split(" is ready pid=").length === n + 1);
    }
    expect(restsMs(gw.stderr())).toEqual([0, 0, 0, 0]);
  });

  test("deaths in a row before anything was answered rest longer each time", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", APP)]);
    for (let n = 1; n <= 2; n++) {
      await fetch(`${gw.url}exit`);
      await gw.until(
        (output) => restsMs(output).length === n && output.split("[worker 1] started").length === n + 2,
      );
    }
    const [first, second] = restsMs(gw.stderr());
    expect(first).toBeWithin(900, 1_101);
    expect(second).toBeWithin(1_800, 2_201);
  });

  test("a request that ends its worker each time it is alone there is refused for a while by every front end, and told of", async () => {
    using dir = makeTempDir();
    const options = ["--poison-limit", "2", "--front-ends", "2", "--processes", "2"];
    await using gw = await startGw([dir.write("app.ts", APP), ...options]);
    for (let n = 1; n <= 2; n++) {
      expect((await fetch(`${gw.url}exit`)).status).toBe(502);
      await gw.until((output) => output.split(" ended pid=").length === n + 1);
    }
    await gw.until(/error a request is refused for a minute: .*request="GET \/exit" deaths=2/);
    // The kernel gives each connection to either front end.
    const asked = Array.from({ length: 20 }, () =>
      fetch(`${gw.url}exit?again`, { headers: { Connection: "close" } }),
    );
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([502]));
    expect(answers[0]?.headers.get("Proxy-Status")).toContain("poisonous_request");
    await gw.until(/front \d: request refused cause=poisonous_request status=502 .*path=\/exit /);
    expect((await fetch(gw.url)).status).toBe(200);
    expect(gw.stderr().split(" ended pid=").length).toBe(3);
    expect(await obey(gw, "status")).toMatch(
      /refused for \d+ s: GET \/exit, alone on 2 workers when they died/,
    );
  });

  test("a front that is killed is replaced at once", async () => {
    using dir = makeTempDir();
    const mark = makeMark();
    await using gw = await startGw([dir.write("app.ts", APP)], { env: mark.env });
    const front = mark.pids().find((pid) => roleOf(pid) === "front");
    process.kill(front!, "SIGKILL");
    await gw.until(/front 1 ended .*how="signal SIGKILL"[\s\S]*front 1 is ready/);
    expect((await fetch(gw.url)).status).toBe(200);
    expect(await gw.stop()).toBe(0);
  });

  test("in embedded mode a worker that dies is replaced on the same port", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", APP), "--embedded-mode"]);
    process.kill(Number(await (await fetch(gw.url)).text()), "SIGKILL");
    await gw.until(/worker 1 ended [\s\S]*worker 1 is ready/);
    expect((await fetch(gw.url)).status).toBe(200);
  });
});
