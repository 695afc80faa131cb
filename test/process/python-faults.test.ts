// What can go wrong in an app in Python, on the real executable: docs/faults.md has a row for each.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { eventually, type Gw, runGw, startGw } from "../support/gw.ts";
import { describeWith, WITH_PYTHON } from "../support/needs.ts";
import { standStill } from "../support/proc-status.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { PYTHON } from "../support/worker-process.ts";

setDefaultTimeout(60_000);

const APP = join(import.meta.dir, "../apps/python-app.py");
const WITH = ["--python", PYTHON ?? "python3"];

const isAlive = (pid: number) => existsSync(`/proc/${pid}`);

/** Where the code of worker 1 stands, as `gw stack` tells it. */
async function statusOfStack(gw: Gw): Promise<string> {
  const { stdout } = await runGw(["stack", "1", "--port", String(gw.port)], { env: { TMPDIR: gw.tmp } });
  return stdout;
}

const causeOf = (answer: Response) => /details="(\w+)"/.exec(answer.headers.get("proxy-status") ?? "")?.[1];

describeWith(WITH_PYTHON)("faults of apps in Python", () => {
  let gw: Gw;
  const ask = (path: string) => fetch(`${gw.url}${path}`);
  const pid = async () => (await ask("pid")).text();

  beforeAll(async () => {
    gw = await startGw([APP, ...WITH, "--memory-limit=96M", "--processes=1"]);
  });
  afterAll(async () => {
    await gw[Symbol.asyncDispose]();
  });

  test("python faults: an app that raises in each request goes on", async () => {
    const before = await pid();
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask("raise")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([500]));
    expect(await pid()).toBe(before);
    await gw.until(/RuntimeError: on purpose/);
  });

  test("python faults: one request that takes all memory gets MemoryError, and its worker goes on", async () => {
    const before = await pid();
    expect((await ask("devour")).status).toBe(500);
    await gw.until(/\[worker 1\] MemoryError/);
    expect(await pid()).toBe(before);
  });

  test("python faults: a leak is replaced in time, and costs a MemoryError at the most", async () => {
    const before = await pid();
    await eventually(async () => {
      const answer = await ask("leak");
      expect([200, 500]).toContain(answer.status);
      return (await pid()) !== before;
    }, "another worker answers");
    await gw.until(/worker 1 ended.*reason=memory_limit/);
  });

  test("python faults: a process that the app forks never answers in its worker's place", async () => {
    for (let at = 0; at < 5; at++) expect(await (await ask("fork")).text()).toBe("parent");
    expect((await ask("pid")).status).toBe(200);
  });

  test("python faults: an app that ends its process: 502, and an end that nobody has asked for", async () => {
    const answer = await ask("leave");
    expect([answer.status, causeOf(answer)]).toEqual([502, "worker_died"]);
    await gw.until(/worker 1 ended.*app_exit/);
  });

  test("python faults: a crash in C: 502, and the stack of its thread in the log", async () => {
    expect((await ask("segfault")).status).toBe(502);
    await gw.until(/worker 1 ended.*SIGSEGV/);
    expect(gw.stderr()).toMatch(/\[worker 1\] Fatal Python error: Segmentation fault/);
    expect(gw.stderr()).toMatch(/\[worker 1\] {3}File "\S+python-app\.py", line \d+ in answer_segfault/);
    expect((await ask("pid")).status).toBe(200);
  });
});

describeWith(WITH_PYTHON)("faults of apps in Python that wait", () => {
  test("python faults: code that waits for ever in every place: 504 each, and another worker", async () => {
    await using gw = await startGw([APP, ...WITH, "--threads=2", "--request-timeout=1s"]);
    const answers = await Promise.all(["wait", "wait"].map((path) => fetch(`${gw.url}${path}`)));
    expect(answers.map(causeOf)).toEqual(["request_timeout", "request_timeout"]);
    await gw.until(/worker 1 ended.*reason=request_timeout/);
    expect((await fetch(`${gw.url}pid`)).status).toBe(200);
  });

  test("python faults: an app that closes all that its process has open: 502, and another worker", async () => {
    await using gw = await startGw([APP, ...WITH]);
    const before = await (await fetch(`${gw.url}pid`)).text();
    expect((await fetch(`${gw.url}close`)).status).toBe(502);
    await gw.until(/worker 1 ended/);
    expect(await (await fetch(`${gw.url}pid`)).text()).not.toBe(before);
  });

  test("python faults: an app that has opened all files that there can be: 500 for it, and others are served", async () => {
    await using gw = await startGw([APP, ...WITH, "--open-files=100", "--processes=1"]);
    expect((await fetch(`${gw.url}descriptors`)).status).toBe(500);
    await gw.until(/\[worker 1\] OSError: \[Errno 24\]/);
    const others = ["doze", "doze", "doze", "doze"];
    const pids = await Promise.all(others.map(async (path) => (await fetch(`${gw.url}${path}`)).text()));
    expect(new Set(pids).size).toBe(1);
    expect(gw.stderr()).not.toContain("could not be accepted");
  });

  test("python faults: one that is stopped by a signal: 504, and another worker", async () => {
    await using gw = await startGw([APP, ...WITH, "--deadlock-timeout=2s"]);
    const before = Number(await (await fetch(`${gw.url}pid`)).text());
    await standStill(before);
    expect(causeOf(await fetch(`${gw.url}pid`))).toBe("deadlock_timeout");
    await gw.until(/worker 1 ended .*reason=deadlock_timeout/);
    expect(Number(await (await fetch(`${gw.url}pid`)).text())).not.toBe(before);
    expect(isAlive(before)).toBeFalse();
  });

  test("python faults: a reload whose import never ends is given up, and the old version serves", async () => {
    using site = makeTempDir();
    const text = `def application(environ, start_response):
    start_response("200 OK", [])
    return [b"first"]
`;
    const path = site.write("wsgi.py", text);
    await using gw = await startGw([path, ...WITH, "--startup-timeout=1s"]);
    site.write("wsgi.py", `import time\ntime.sleep(3600)\n${text.replace("first", "second")}`);
    await gw.until(/was not ready 1 s after/);
    expect(await (await fetch(gw.url)).text()).toBe("first");
    site.write("wsgi.py", text.replace("first", "third"));
    await eventually(
      async () => (await (await fetch(gw.url)).text()) === "third",
      "the next one is taken up",
    );
  });

  test("python faults: an app that has taken all threads: others wait, and the worker goes on", async () => {
    await using gw = await startGw([APP, ...WITH, "--memory-limit=64M", "--processes=1"]);
    const before = await (await fetch(`${gw.url}pid`)).text();
    const [taken, ...others] = await Promise.all(
      ["threads", "pid", "pid", "pid"].map(async (path) => (await fetch(`${gw.url}${path}`)).text()),
    );
    expect([taken, ...new Set(others)]).toEqual(["none was left", before]);
  });
});

describeWith(WITH_PYTHON)("faults of apps in Python, with limits", () => {
  test("python faults: processor time that is used up ends the worker, and the request that has no end", async () => {
    await using gw = await startGw([
      APP,
      ...WITH,
      "--cpu-time-limit=1s",
      "--graceful-timeout=1s",
      "--shutdown-timeout=10s",
    ]);
    const answer = await fetch(`${gw.url}burn`);
    // The worker's own end and the front's answer are due at nearly the same instant.
    expect(["worker_stopped", "worker_died"]).toContain(causeOf(answer) ?? "");
    await gw.until(/worker 1 ended.*reason=cpu_time_limit/);
    expect((await fetch(`${gw.url}pid`)).status).toBe(200);
  });

  test("python faults: gw is killed while code in C holds the interpreter's lock: the worker ends as well", async () => {
    await using other = await startGw([APP, ...WITH]);
    const worker = Number(await (await fetch(`${other.url}pid`)).text());
    void fetch(`${other.url}hold`).catch(() => {});
    await eventually(async () => (await statusOfStack(other)).includes("answer_hold"), "the lock is held");
    other.signal("SIGKILL");
    await eventually(() => !isAlive(worker), "the worker is gone");
  });

  test("python faults: a changed module is taken up, and one that is broken is shown while the old one serves", async () => {
    using site = makeTempDir();
    const word = (text: string) => site.write("word.py", `WORD = b"${text}"\n`);
    word("first");
    const app = site.write(
      "wsgi.py",
      `from word import WORD
def application(environ, start_response):
    start_response("200 OK", [])
    return [WORD]
`,
    );
    await using gw = await startGw([app, ...WITH, "--reload-on-changes"]);
    const text = async () => (await fetch(gw.url)).text();
    expect(await text()).toBe("first");
    word("second");
    await eventually(async () => (await text()) === "second", "the change is taken up");
    site.write("word.py", "WORD = \n");
    await gw.until(/SyntaxError/);
    expect(await text()).toBe("second");
    word("third");
    await eventually(async () => (await text()) === "third", "it is mended");
  });
});
