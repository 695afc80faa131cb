// What a worker in Python does although its code never looks up: test/contract has the rest.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { eventually } from "../support/gw.ts";
import { describeWith, WITH_PYTHON } from "../support/needs.ts";
import { ask, ROOT, requestBytes, startWorker } from "../support/worker-process.ts";

const SPINS = join(ROOT, "test/contract/apps/spins.py");
const APP = join(ROOT, "test/apps/python-app.py");

describeWith(WITH_PYTHON)("a worker in Python whose code computes", () => {
  test("python life: a signal while the app is imported ends it well", async () => {
    await using worker = startWorker(SPINS);
    await worker.heardAlso(() =>
      worker.messages().some((said) => said.type === "step" && said.step === "load"),
    );
    worker.signal("SIGTERM");
    expect(await worker.exited).toBe(0);
  });

  test("python life: a drain while the app is imported ends it well", async () => {
    await using worker = startWorker(SPINS);
    await worker.heardAlso(() =>
      worker.messages().some((said) => said.type === "step" && said.step === "load"),
    );
    worker.say({ type: "drain", withinMs: 5_000 });
    expect(await worker.exited).toBe(0);
  });

  test("python life: a wish to leave is told, and others are served meanwhile", async () => {
    await using worker = startWorker(APP);
    await worker.heard("ready");
    using client = await worker.connect();
    await client.send(requestBytes("/spin"));
    await eventually(async () => (await ask(worker, "/hello")).status === 200, "another one is answered");
    worker.signal("SIGUSR1");
    expect((await worker.heard("leaving")).reason).toBe("eviction_signal");
    expect((await ask(worker, "/hello")).body).toBe("hello");
    worker.say({ type: "drain", withinMs: 100 });
    expect(await worker.exited).toBe(0);
  });
});
