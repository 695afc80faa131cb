// A worker's life as its supervisor sees it: greeting, drain, signals, and the end of the supervisor.
import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { ask, readAnswer, requestBytes, startWorker, TOKEN } from "../support/worker-process.ts";

describe("life", () => {
  test("life: an idle worker that is told to drain says so and leaves with 0", async () => {
    await using worker = startWorker("function.ts");
    await worker.heard("ready");
    worker.say({ type: "drain", withinMs: 60_000 });
    expect(await worker.exited).toBe(0);
    expect(worker.messages().slice(-2)).toEqual([{ type: "drained" }, { type: "bye", reason: "drain" }]);
  });

  test.each(["streams.ts", "node-slow.ts"])(
    "life: %s finishes its requests before it leaves",
    async (app) => {
      await using worker = startWorker(app);
      await worker.heard("ready");
      using client = await worker.connect();
      await client.send(requestBytes("/slow"));
      await client.send("");
      await ask(worker, "/count");
      worker.say({ type: "drain", withinMs: 60_000 });
      expect(readAnswer(await client.until("slow but complete")).status).toBe(200);
      expect(await worker.exited).toBe(0);
    },
  );

  test("life: a request that outlasts the window does not hold the worker", async () => {
    await using worker = startWorker("streams.ts");
    await worker.heard("ready");
    using client = await worker.connect();
    await client.send(requestBytes("/hold"));
    await ask(worker, "/");
    worker.say({ type: "drain", withinMs: 100 });
    expect(await worker.exited).toBe(0);
    expect(worker.messages().at(-1)).toEqual({ type: "bye", reason: "drain, 1 requests unfinished" });
  });

  test.each([
    ["SIGTERM", "shutdown_signal"],
    ["SIGUSR1", "eviction_signal"],
  ] as const)("life: %s is a drain of its own, when nobody answers", async (signal, reason) => {
    await using worker = startWorker("function.ts", { setup: { evictionTimeoutMs: 100 } });
    await worker.heard("ready");
    worker.signal(signal);
    expect(await worker.heard("leaving")).toEqual({ type: "leaving", reason });
    expect(await worker.exited).toBe(0);
    expect(worker.messages().at(-1)).toEqual({ type: "bye", reason });
  });

  test.each([
    ["SIGUSR1", "eviction_signal"],
    ["SIGXCPU", "cpu_time_limit"],
    ["SIGTERM", "shutdown_signal"],
  ] as const)("life: after %s a worker serves until it is told to drain", async (signal, reason) => {
    await using worker = startWorker("function.ts");
    await worker.heard("ready");
    worker.signal(signal);
    expect(await worker.heard("leaving")).toEqual({ type: "leaving", reason });
    expect((await ask(worker, "/")).status).toBe(200);
    worker.say({ type: "drain", withinMs: 0 });
    expect(await worker.exited).toBe(0);
    expect(worker.messages().at(-1)).toEqual({ type: "bye", reason });
  });

  test.each(["SIGINT", "SIGHUP", "SIGUSR2"] as const)(
    "life: %s does not disturb a worker",
    async (signal) => {
      await using worker = startWorker("function.ts");
      await worker.heard("ready");
      worker.signal(signal);
      expect((await ask(worker, "/")).status).toBe(200);
    },
  );

  test("life: the private socket gets the mode that it is told, for a front that is somebody else", async () => {
    await using worker = startWorker("function.ts", (socket) => ({
      setup: { listen: { unix: socket, token: TOKEN, mode: 0o660 } },
    }));
    await worker.heard("ready");
    expect(statSync(worker.socket).mode & 0o777).toBe(0o660);
    expect((await ask(worker, "/")).status).toBe(200);
  });

  test("life: SIGTERM before the worker is configured ends it with 0", async () => {
    await using worker = startWorker("function.ts", { isConfigured: false });
    await worker.heard("hello");
    worker.signal("SIGTERM");
    expect(await worker.exited).toBe(0);
  });

  test("life: SIGTERM while the app is loading ends it with 0", async () => {
    await using worker = startWorker("never-finishes.ts");
    await worker.heard("step");
    worker.signal("SIGTERM");
    expect(await worker.exited).toBe(0);
  });

  test.each([
    ["function.ts", true],
    ["never-finishes.ts", true],
    ["function.ts", false],
  ] as const)(
    "life: a worker (%s, configured: %p) whose supervisor hangs up leaves at once",
    async (app, isConfigured) => {
      await using worker = startWorker(app, { isConfigured });
      await worker.heard(isConfigured ? "step" : "hello");
      worker.hangUp();
      expect(await worker.exited).toBe(4);
    },
  );

  test("life: an answered connection stays open, whatever keep-alive time a node program has set", async () => {
    await using worker = startWorker("node-http.ts");
    await worker.heard("ready");
    using client = await worker.connect();
    await client.send(requestBytes("/address"));
    // The app has asked for one millisecond; a server that announces no time closes after none.
    expect(readAnswer(await client.until("8123}")).headers.get("keep-alive")).toBeNull();
    await client.send(requestBytes("/address"));
    await client.until((text) => text.split("HTTP/1.1 200").length === 3);
  });
});
