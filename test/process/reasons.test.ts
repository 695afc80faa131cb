// Every end of a worker is one line: its reason, how it ended, told apart, and the request that was there.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { type Gw, startGw } from "../support/gw.ts";
import { writeProcessApp } from "../support/process-app.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const endLines = (gw: Gw) =>
  gw
    .stderr()
    .split("\n")
    .filter((line) => / worker \d ended /.test(line));

describe("reasons: ends that nobody has asked for", () => {
  const ends: [string, string, RegExp][] = [
    [
      "the app calls exit",
      "exit?code=3",
      /how="exit code 3" reason=crash kind=app_exit request="GET \/exit" /,
    ],
    ["the app calls exit with 0", "exit", /how="exit code 0" reason=crash kind=app_exit /],
    [
      "an error in a timer",
      "throw",
      /how="exit code 1" reason=crash kind=uncaught_error request="GET \/throw" |how="exit code 1" reason=crash kind=uncaught_error servedMs/,
    ],
    ["a rejection that nobody handles", "reject", /how="exit code 1" reason=crash kind=uncaught_error /],
    ["a signal of the app's own", "segv", /how="signal SIGSEGV" reason=crash kind=runtime_crash /],
    [
      "a crash of the runtime",
      "crash",
      /how="signal SIGSEGV" reason=crash kind=runtime_crash request="GET \/crash" .*crash="panic\(main thread\): Segmentation fault at address 0x8"/,
    ],
  ];
  test.each(ends)("%s", async (_name, path, line) => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    await fetch(`${gw.url}${path}`);
    await gw.until(/ worker 1 ended .*\n/);
    expect(endLines(gw)[0]).toMatch(line);
    expect((await fetch(gw.url)).status).toBe(200);
    expect(endLines(gw).length).toBe(1);
  });

  test("killed from outside", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    process.kill(Number(await (await fetch(gw.url)).text()), "SIGKILL");
    await gw.until(/worker 1 ended .*how="signal SIGKILL" reason=crash kind=outside_signal servedMs=\d+\n/);
  });

  test("the oldest request is named without its query, with its age, and the others are counted", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir)]);
    const open = [1, 2, 3].map(() => fetch(`${gw.url}never?token=abc`, { method: "POST" }));
    await gw.until(/(\] hanging[\s\S]*){3}/);
    open.push(fetch(`${gw.url}exit?token=abc`));
    expect((await Promise.all(open)).map(({ status }) => status)).toEqual([502, 502, 502, 502]);
    await gw.until(/worker 1 ended .*request="POST \/never" requestId=\S+ ageMs=\d+ bystanders=3/);
    expect(endLines(gw).join()).not.toContain("token");
  });

  test("a stop is no restart: it says its reason once, and no worker has ended for another", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeProcessApp(dir), "--processes", "2"]);
    expect(await gw.stop()).toBe(0);
    expect(gw.stderr()).toContain("stopping signal=SIGTERM reason=shutdown_signal");
    expect(endLines(gw)).toEqual([]);
  });
});
