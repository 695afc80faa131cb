// Signals to the real gw, at every moment of its life. Whatever comes when, nothing is left behind.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { eventually, type Gw, launchGw, startGw } from "../support/gw.ts";
import { makeMark } from "../support/processes.ts";
import { connectRaw } from "../support/raw-http.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(120_000);

const HELLO = `export default { fetch: () => new Response("hello") };`;
/** The longest that anything may outlive its supervisor. */
const ORPHAN_MS = 2_000;

const noneOf = (mark: ReturnType<typeof makeMark>) => () => mark.pids().length === 0;

describe("signals: a stop", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s ends an idle server with code 0 and nothing left",
    async (signal) => {
      using dir = makeTempDir();
      const mark = makeMark();
      await using gw = await startGw([dir.write("app.ts", HELLO)], { env: mark.env });
      gw.signal(signal);
      expect(await gw.exited).toBe(0);
      expect(gw.stderr()).toMatch(new RegExp(`stopping signal=${signal}[\\s\\S]*stopped`));
      expect(readdirSync(gw.tmp)).toEqual([]);
      expect(mark.pids()).toEqual([]);
    },
  );

  test("a request in flight is answered completely before the server ends", async () => {
    using dir = makeTempDir();
    const app = dir.write("app.ts", slowApp());
    await using gw = await startGw([app]);
    using client = await connectRaw(gw.url);
    await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await client.until("first");
    gw.signal("SIGTERM");
    await gw.until(/stopping/);
    await client.until(/last\r?\n[\s\S]*0\r\n\r\n$/);
    expect(await gw.exited).toBe(0);
  });

  test("a second signal does not wait for requests", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `export default { fetch: () => { console.log("taken"); return new Promise(() => {}); } };`,
    );
    const mark = makeMark();
    await using gw = await startGw([app, "--graceful-timeout", "10m"], { env: mark.env });
    using client = await connectRaw(gw.url);
    await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await gw.until(/\[worker 1\] taken/);
    gw.signal("SIGINT");
    await gw.until(/stopping signal/);
    // A second one counts when it is no echo of the first.
    const again = setInterval(() => gw.signal("SIGINT"), 50);
    await gw.exited.finally(() => clearInterval(again));
    expect(gw.stderr()).toContain("stopping at once");
    expect(mark.pids()).toEqual([]);
    expect(readdirSync(gw.tmp)).toEqual([]);
  });

  test("an app that keeps its process busy is killed at the shutdown timeout", async () => {
    using dir = makeTempDir();
    const mark = makeMark();
    await using gw = await startGw([dir.write("app.ts", busyApp()), "--shutdown-timeout", "1s"], {
      env: mark.env,
    });
    await makeBusy(gw);
    gw.signal("SIGTERM");
    expect(await gw.exited).toBe(0);
    expect(gw.stderr()).toContain("worker 1 did not stop in time and was killed");
    expect(mark.pids()).toEqual([]);
  });

  test("SIGUSR2 where gw writes no log files is noted, and the server lives", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", HELLO)]);
    gw.signal("SIGUSR2");
    await gw.until(/SIGUSR2 was sent to gw, which writes no log files/);
    expect(await (await fetch(gw.url)).text()).toBe("hello");
    expect(await gw.stop()).toBe(0);
  });
});

describe("signals: during the start", () => {
  test("a stop while the app loads ends with code 1, and says so", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `console.log("loading"); await new Promise((go) => setTimeout(go, 2 ** 30));`,
    );
    const mark = makeMark();
    await using gw = launchGw(["start-server", app, "--port", "0"], { env: mark.env });
    await gw.until(/\[worker 1\] loading/);
    gw.signal("SIGINT");
    expect(await gw.exited).toBe(1);
    expect(gw.stderr()).toContain("Stopped by SIGINT before the server was ready");
    expect(mark.pids()).toEqual([]);
    expect(readdirSync(gw.tmp)).toEqual([]);
  });

  test("a shower: at any instant a signal ends the start, and nothing is left", async () => {
    using dir = makeTempDir();
    const app = dir.write("app.ts", HELLO);
    const instants = Array.from({ length: 24 }, (_, index) => index * 12);
    for (const [index, instant] of instants.entries()) {
      const signal = index % 2 === 0 ? "SIGINT" : "SIGTERM";
      const mark = makeMark();
      await using gw = launchGw(
        ["start-server", app, "--port", "0", "--host", "127.0.0.1", "--processes", "2"],
        { env: mark.env },
      );
      // biome-ignore lint/plugin: not a wait for anything; the stimulus itself is a moment of the start
      await Bun.sleep(instant);
      gw.signal(signal);
      const code = await gw.exited;
      // Served and stopped, stopped before serving, or ended by the system's default before there was a handler.
      expect({
        instant,
        code,
        isKnown: [0, 1, signal === "SIGINT" ? 130 : 143].includes(code),
      }).toMatchObject({ isKnown: true });
      await eventually(
        noneOf(mark),
        `nothing is left of the start that was stopped after ${instant} ms`,
        ORPHAN_MS,
      );
      expect(readdirSync(gw.tmp)).toEqual([]);
    }
  });

  test("many signals at once end it once", async () => {
    using dir = makeTempDir();
    const mark = makeMark();
    await using gw = await startGw([dir.write("app.ts", HELLO)], { env: mark.env });
    for (let n = 0; n < 50; n++) gw.signal(n % 2 ? "SIGTERM" : "SIGINT");
    expect(await gw.exited).toBe(0);
    expect(gw.stderr().match(/ stopped$/gm)?.length).toBe(1);
    expect(mark.pids()).toEqual([]);
    expect(readdirSync(gw.tmp)).toEqual([]);
  });
});

describe("signals: the supervisor is killed", () => {
  test("no process outlives it by two seconds, not even one that is busy for ever; the next start works", async () => {
    using dir = makeTempDir();
    const mark = makeMark();
    const root = `${dir.path}/root`;
    const app = dir.write("app.ts", busyApp());
    await using gw = await startGw([app, "--processes", "2", "--server-root", root], { env: mark.env });
    await makeBusy(gw);
    expect(mark.pids().length).toBe(4);
    gw.signal("SIGKILL");
    await eventually(noneOf(mark), "no process is left", ORPHAN_MS);
    await gw.exited;
    await using next = await startGw([app, "--server-root", root, "--port", String(gw.port)]);
    expect(next.stderr()).toContain("removed what a dead gw left behind");
    expect(await (await fetch(`${next.url}idle`)).text()).toBe("idle");
  });

  test("killed while the app loads, it leaves no process", async () => {
    using dir = makeTempDir();
    const mark = makeMark();
    const app = dir.write("app.ts", `console.log("loading"); for (;;);`);
    await using gw = launchGw(["start-server", app, "--port", "0"], { env: mark.env });
    await gw.until(/\[worker 1\] loading/);
    gw.signal("SIGKILL");
    await eventually(noneOf(mark), "no process is left", ORPHAN_MS);
  });
});

function slowApp(): string {
  return `
    export default {
      fetch: () => new Response(new ReadableStream({
        async start(controller) {
          controller.enqueue("first\\n");
          await new Promise((go) => setTimeout(go, 500));
          controller.enqueue("last\\n");
          controller.close();
        },
      })),
    };`;
}

function busyApp(): string {
  return `
    export default {
      fetch(request) {
        if (request.url.endsWith("/idle")) return new Response("idle");
        console.log("busy");
        for (;;);
      },
    };`;
}

/** Sends one worker into a loop that never ends. The client leaves, so that no request is open. */
async function makeBusy(gw: Gw): Promise<void> {
  using client = await connectRaw(gw.url);
  await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await gw.until(/\[worker \d\] busy/);
}
