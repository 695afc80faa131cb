// What waits too long, for real: an answer, a start, a worker that is to leave.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { statusOf } from "../support/control.ts";
import { eventually, startGw } from "../support/gw.ts";
import { writeProcessApp } from "../support/process-app.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(90_000);

describe("timeouts: a request", () => {
  test("that the app does not answer gets 504, the app is told, and the process stays", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `export default { fetch(request) {
        if (request.url.endsWith("/pid")) return new Response(String(process.pid));
        return new Promise(() => { request.signal.addEventListener("abort", () => console.log("aborted")); });
      } };`,
    );
    await using gw = await startGw([app, "--request-timeout", "1s"]);
    const pid = await (await fetch(`${gw.url}pid`)).text();
    const answer = await fetch(gw.url);
    expect(answer.status).toBe(504);
    await gw.until(/\[worker 1\] aborted/);
    expect(await (await fetch(`${gw.url}pid`)).text()).toBe(pid);
  });

  test("that takes one of two places for ever costs the process its place when both are taken", async () => {
    using dir = makeTempDir();
    const options = ["--request-timeout", "1s", "--concurrency", "2"];
    await using gw = await startGw([writeProcessApp(dir), ...options]);
    const answers = await Promise.all([fetch(`${gw.url}never?secret=1`), fetch(`${gw.url}never`)]);
    expect(answers.map(({ status }) => status)).toEqual([504, 504]);
    // What has had its 504 holds nobody up: the old process goes at once, not after --graceful-timeout.
    await gw.until(/worker 1 ended .*how="exit code 0" reason=request_timeout kind=left/, 10_000);
    expect((await fetch(gw.url)).status).toBe(200);
    expect(gw.stderr()).not.toContain("secret");
  });

  test("with one place, an app that blocks its process is replaced at the timeout", async () => {
    using dir = makeTempDir();
    const options = ["--request-timeout", "3s", "--concurrency", "1", "--graceful-timeout", "1s"];
    await using gw = await startGw([writeProcessApp(dir), ...options, "--shutdown-timeout", "1s"]);
    expect((await fetch(`${gw.url}loop`)).status).toBe(504);
    await gw.until(/request refused cause=request_timeout .*path=\/loop .*worker=1/);
    await gw.until(
      /worker 1 ended .*how="signal SIGKILL" reason=request_timeout kind=killed_by_gw .*request="GET \/loop" .*requestCause=request_timeout/,
    );
    expect((await fetch(gw.url)).status).toBe(200);
  });
});

describe("timeouts: a slow client", () => {
  test("that has sent its body for longer than the app may take costs the worker nothing, also while the app is at work", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `export default { async fetch(request: Request) {
        const bytes = (await request.bytes()).length;
        // At work for longer than the supervisor looks away.
        await Bun.sleep(1_200);
        return new Response(bytes + " " + process.pid);
      } };`,
    );
    await using gw = await startGw([app, "--request-timeout", "3s", "--concurrency", "1"]);
    const { promise: isSlow, resolve: go } = Promise.withResolvers<void>();
    const body = new ReadableStream({
      async start(control) {
        control.enqueue(new Uint8Array(65_536));
        await isSlow;
        control.enqueue(new Uint8Array(65_536));
        control.close();
      },
    });
    const [worker] = (await statusOf(gw)).groups.flatMap(({ workers }) => workers);
    const answer = fetch(gw.url, { method: "POST", body });
    await eventually(
      async () => (await statusOf(gw)).groups[0]?.workers[0]?.receiving === 1,
      "its body comes",
    );
    // biome-ignore lint/plugin: the client is slow
    await Bun.sleep(3_200);
    go();
    expect(await (await answer).text()).toBe(`131072 ${worker?.pid}`);
    expect((await statusOf(gw)).groups[0]?.workers).toMatchObject([{ pid: worker?.pid, state: "ready" }]);
    expect(gw.stderr()).not.toContain("request_timeout");
  });
});

describe("timeouts: leaving", () => {
  test("a request that outlasts the eviction and the shutdown timeout is cut, and named", async () => {
    using dir = makeTempDir();
    const windows = ["--eviction-timeout", "500ms", "--shutdown-timeout", "500ms"];
    await using gw = await startGw([writeProcessApp(dir), ...windows]);
    const slow = fetch(`${gw.url}slow?ms=60000`);
    await gw.until(/\] slow/);
    gw.signal("SIGUSR1");
    const answer = await slow;
    expect(answer.status).toBe(504);
    expect(answer.headers.get("proxy-status")).toContain('"worker_stopped"');
    await gw.until(/warn .*worker 1 ended .* reason=graceful_signal .*request="GET \/slow" .*bystanders=0/);
    expect((await fetch(gw.url)).status).toBe(200);
  });

  test("a worker that hears TERM leaves by itself within the shutdown timeout", async () => {
    using dir = makeTempDir();
    const windows = ["--eviction-timeout", "200ms", "--shutdown-timeout", "3s"];
    await using gw = await startGw([writeProcessApp(dir), ...windows]);
    const slow = fetch(`${gw.url}slow?ms=1500`);
    await gw.until(/\] slow/);
    gw.signal("SIGUSR1");
    expect((await slow).status).toBe(200);
    await gw.until(/worker 1 ended .*how="exit code 0" reason=graceful_signal kind=left/);
  });
});

describe("timeouts: a start", () => {
  test("that hangs when a dead worker is to be replaced is ended, named, and tried again", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `import { existsSync, writeFileSync } from "node:fs";
       const mark = import.meta.dir + "/once";
       if (existsSync(mark) && !existsSync(mark + "-more")) { writeFileSync(mark + "-more", ""); await new Promise((go) => setTimeout(go, 2 ** 30)); }
       writeFileSync(mark, "");
       export default { fetch: () => new Response(String(process.pid)) };`,
    );
    await using gw = await startGw([app, "--startup-timeout", "2s"]);
    process.kill(Number(await (await fetch(gw.url)).text()), "SIGKILL");
    await gw.until(/worker 1 did not start .*reason=startup_timeout/);
    expect((await fetch(gw.url)).status).toBe(200);
  });
});
