// A program that runs beside the app: no place of gw's, ready once it is imported, and told to go as anywhere else.
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { FromChild } from "../../src/link/messages.ts";
import { eventually } from "../support/gw.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { ROOT, startWorker, type WorkerProcess } from "../support/worker-process.ts";

const SERVICE = { setup: { listen: null, group: "service:test" } };
const startService = (name: string) => startWorker(`services/${name}`, SERVICE);
const lastWords = (worker: WorkerProcess) => worker.messages().slice(-2);
const left = (reason: string): FromChild[] => [{ type: "drained" }, { type: "bye", reason }];

describe("service", () => {
  test("service: it is ready without a listener of gw's, and listens where it likes", async () => {
    await using worker = startService("serves-itself.ts");
    expect(await worker.heard("ready")).toMatchObject({ kind: "service" });
    expect(worker.messages().filter(({ type }) => type === "step")).toEqual([{ type: "step", step: "load" }]);
    await eventually(() => /port: \d+\n/.test(worker.stdout()), "it has said where it listens");
    const port = /port: (\d+)/.exec(worker.stdout())?.[1];
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("the service's own");
    worker.say({ type: "drain", withinMs: 60_000 });
    expect(await worker.exited).toBe(0);
    expect(lastWords(worker)).toEqual(left("drain"));
  });

  test("service: a program that comes to its end ends its process with 0, after ready", async () => {
    await using worker = startService("finishes.ts");
    await worker.heard("ready");
    expect(await worker.exited).toBe(0);
    await worker.printed("done\n");
    expect(worker.messages().at(-1)).toEqual({ type: "bye", reason: "the app ended its process" });
  });

  test("service: a drain is SIGTERM for the program's own handler, and it ends as soon as nothing holds it", async () => {
    await using worker = startService("says-goodbye.ts");
    await worker.heard("ready");
    worker.say({ type: "drain", withinMs: 60_000 });
    expect(await worker.exited).toBe(0);
    await worker.printed("told 1: SIGTERM 15\n");
    expect(lastWords(worker)).toEqual(left("drain"));
  });

  test("service: process.exit in its handler is a departure as well", async () => {
    await using worker = startService("exits-when-told.ts");
    await worker.heard("ready");
    worker.say({ type: "drain", withinMs: 60_000 });
    expect(await worker.exited).toBe(0);
    const [drained, bye] = left("drain");
    expect(worker.messages().slice(-3)).toEqual([drained, { type: "exits", code: 0 }, bye] as FromChild[]);
  });

  test("service: one that does not go lives until it is killed, and is told once, whoever tells it", async () => {
    await using worker = startService("will-not-go.ts");
    await worker.heard("ready");
    worker.signal("SIGTERM");
    expect(await worker.heard("leaving")).toEqual({ type: "leaving", reason: "shutdown_signal" });
    expect(worker.stdout()).toBe("");
    worker.say({ type: "drain", withinMs: 0 });
    await worker.heard("drained");
    worker.signal("SIGTERM");
    await eventually(() => worker.stdout() === "no\n", "its handler has run");
    worker.signal("SIGKILL");
    expect(await worker.exited).toBe(137);
    await worker.printed("no\n");
  });

  test("service: the example writes while it runs, and tidies up when it is told to go", async () => {
    using temp = makeTempDir();
    const told = join(temp.path, "gw-example-clock.txt");
    await using worker = startWorker(join(ROOT, "examples/service/clock.ts"), {
      ...SERVICE,
      env: { TMPDIR: temp.path },
    });
    await worker.heard("ready");
    expect(existsSync(told)).toBe(true);
    worker.say({ type: "drain", withinMs: 60_000 });
    expect(await worker.exited).toBe(0);
    expect(existsSync(told)).toBe(false);
  });

  test("service: one that does not load says why", async () => {
    await using worker = startWorker("broken/throws.ts", SERVICE);
    expect(await worker.heard("failed")).toMatchObject({ cause: "app_load_failed", step: "load" });
    expect(await worker.exited).toBe(3);
  });
});
