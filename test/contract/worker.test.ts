// What every worker keeps, whatever language it runs: docs/workers.md, sentence by sentence. Each test runs against each kind, with
// the test in the place of the supervisor and of a front end.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { WorkerKind } from "../../src/options/declare/worker-kinds.ts";
import { eventually } from "../support/gw.ts";
import { describeWith, WITH_PYTHON } from "../support/needs.ts";
import {
  type Ask,
  ask,
  readAnswer,
  requestBytes,
  startWorker,
  type WorkerOptions,
} from "../support/worker-process.ts";

const KINDS: { kind: WorkerKind; ending: string; group: (title: string, body: () => void) => void }[] = [
  { kind: "bun", ending: ".ts", group: describe },
  { kind: "python", ending: ".py", group: describeWith(WITH_PYTHON) },
];

const APPS = join(import.meta.dir, "apps");
for (const { kind, ending, group } of KINDS) {
  const start = (name = "app", options: WorkerOptions = {}) =>
    startWorker(join(APPS, `${name}${ending}`), { ...options, kind });
  const served = async (options: WorkerOptions = {}) => {
    const worker = start("app", options);
    await worker.heard("ready");
    return worker;
  };

  group(`a worker of the kind ${kind}: life`, () => {
    test(`contract ${kind}: greets, tells its steps, and is ready with its limits`, async () => {
      await using worker = await served();
      const [first] = worker.messages();
      expect(first).toMatchObject({ type: "hello", protocol: 1, role: "worker", pid: worker.pid });
      const steps = worker.messages().flatMap((message) => (message.type === "step" ? [message.step] : []));
      expect(steps).toEqual(["load", "listen"]);
      const ready = await worker.heard("ready");
      expect(ready.app).toBe(join(APPS, `app${ending}`));
      expect(ready.limits).toMatchObject({ core: 0, uid: process.getuid?.(), listenBacklog: 100 });
    });

    test(`contract ${kind}: takes on limits, reads them back, and a umask`, async () => {
      await using worker = await served({
        setup: {
          limits: { openFiles: 128, cpuTimeMs: 90_000, cpuPriority: 3, isBestEffort: false },
          identity: { umask: 0o027 },
        },
      });
      const { limits } = await worker.heard("ready");
      expect(limits).toMatchObject({ openFiles: 128, cpu: 90, cpuPriority: 3, umask: "027" });
    });

    test(`contract ${kind}: a limit that cannot be had is the end of the start, with its name`, async () => {
      await using worker = start("app", {
        setup: { limits: { virtualMemoryBytes: 1024, isBestEffort: false } },
      });
      const failed = await worker.heard("failed");
      expect([failed.cause, failed.facts.option, failed.step]).toEqual([
        "limit_refused",
        "virtualMemoryLimit",
        "configure",
      ]);
      expect(await worker.exited).toBe(3);
    });

    test(`contract ${kind}: an app that does not load is told with its own words, and ends the process`, async () => {
      await using worker = start("broken");
      const failed = await worker.heard("failed");
      expect([failed.cause, failed.step]).toEqual(["app_load_failed", "load"]);
      expect(failed.facts.reason).toContain("broken on purpose");
      expect(failed.detail).toContain(`broken${ending}`);
      expect(await worker.exited).toBe(3);
    });

    test(`contract ${kind}: told to drain, it finishes, says so, and goes with code 0`, async () => {
      await using worker = await served();
      worker.say({ type: "drain", withinMs: 5_000 });
      expect(await worker.exited).toBe(0);
      expect(worker.messages().slice(-2)).toEqual([{ type: "drained" }, { type: "bye", reason: "drain" }]);
    });

    test(`contract ${kind}: a drain does not wait longer than it was told to`, async () => {
      await using worker = await served();
      using client = await worker.connect();
      await client.send(requestBytes("/hang"));
      await eventually(async () => (await ask(worker, "/hello")).status === 200, "the one before has begun");
      worker.say({ type: "drain", withinMs: 50 });
      const bye = await worker.heard("bye");
      expect(bye.reason).toContain("1 requests unfinished");
      expect(await worker.exited).toBe(0);
    });

    test.each([
      ["SIGTERM", "shutdown_signal"],
      ["SIGUSR1", "eviction_signal"],
      ["SIGXCPU", "cpu_time_limit"],
    ] as const)(
      `contract ${kind}: %s is a wish to leave, and it serves until it is told when`,
      async (signal, reason) => {
        await using worker = await served();
        worker.signal(signal);
        expect(await worker.heard("leaving")).toEqual({ type: "leaving", reason });
        worker.say({ type: "stay" });
        expect((await ask(worker, "/hello")).body).toBe("hello");
        worker.say({ type: "drain", withinMs: 1_000 });
        expect((await worker.heard("bye")).reason).toBe(reason);
        expect(await worker.exited).toBe(0);
      },
    );

    test.each(["SIGINT", "SIGHUP", "SIGUSR2"] as const)(
      `contract ${kind}: %s is nothing to it`,
      async (signal) => {
        await using worker = await served();
        worker.signal(signal);
        expect((await ask(worker, "/hello")).body).toBe("hello");
      },
    );

    test(`contract ${kind}: a signal before it was told what to be ends it well`, async () => {
      await using worker = start("app", { isConfigured: false });
      await worker.heard("hello");
      worker.signal("SIGTERM");
      expect(await worker.exited).toBe(0);
    });

    test(`contract ${kind}: without its supervisor it ends, with code 4`, async () => {
      await using worker = await served();
      worker.hangUp();
      expect(await worker.exited).toBe(4);
    });
  });

  group(`a worker of the kind ${kind}: traffic`, () => {
    test(`contract ${kind}: answers one request after the other on a connection`, async () => {
      await using worker = await served();
      using client = await worker.connect();
      for (const sent of ["first", "second"]) {
        await client.send(requestBytes("/hello", { headers: { "X-Sent": sent } }));
        const all = await client.until(new RegExp(`: ${sent}\\r\\n[^]*hello$`));
        expect(all.match(/HTTP\/1.1 200/g)).toHaveLength(sent === "first" ? 1 : 2);
      }
    });

    test(`contract ${kind}: fields of one name stay apart, and the front's own word is not the app's to see`, async () => {
      await using worker = await served();
      const answer = await ask(worker, "/hello");
      expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
      expect(answer.headers.get("x-visit")).toBe("nothing");
    });

    test.each<[string, Ask]>([
      ["no token", { visit: null }],
      ["another token", { visit: "token-of-another http r1 192.0.2.7 40001 0" }],
      ["what is no visit", { visit: "x" }],
    ])(`contract ${kind}: whoever has %s is refused, and the app is not asked`, async (_, options) => {
      await using worker = await served();
      expect((await ask(worker, "/hello", options)).status).toBe(403);
    });

    test(`contract ${kind}: the scheme is the front's word`, async () => {
      await using worker = await served();
      expect((await ask(worker, "/scheme", { scheme: "https" })).body).toBe("https");
    });

    test(`contract ${kind}: bodies come with a length and in chunks`, async () => {
      await using worker = await served();
      expect((await ask(worker, "/echo", { method: "POST", body: "text" })).body).toBe("text");
      using client = await worker.connect();
      const head = requestBytes("/echo", {
        method: "POST",
        headers: { "Transfer-Encoding": "chunked", Connection: "close" },
      });
      await client.send(`${head}3\r\nabc\r\n`);
      await client.send("2;x=y\r\nde\r\n0\r\n\r\n");
      expect(readAnswer(await client.untilClosed()).body).toBe("abcde");
    });

    test(`contract ${kind}: an answer of unknown length comes in chunks, and HEAD has none of it`, async () => {
      await using worker = await served();
      expect((await ask(worker, "/stream")).body).toBe("one two three");
      const head = await ask(worker, "/hello", { method: "HEAD" });
      expect([head.status, head.body]).toEqual([200, ""]);
      expect((await ask(worker, "/empty")).status).toBe(204);
    });

    test(`contract ${kind}: an app that fails answers 500, and its error is printed`, async () => {
      await using worker = await served();
      expect((await ask(worker, "/throw")).status).toBe(500);
      await eventually(() => worker.stderr().includes("on purpose"), "the error is printed");
    });

    test(`contract ${kind}: an answer that fails on its way is never ended as if it were whole`, async () => {
      await using worker = await served();
      using client = await worker.connect();
      await client.send(requestBytes("/cut"));
      expect(await client.untilClosed()).not.toContain("0\r\n\r\n");
    });
  });
}
