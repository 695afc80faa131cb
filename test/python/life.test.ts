// What a worker in Python does although its code never looks up: test/contract has the rest.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { eventually } from "../support/gw.ts";
import { describeWith, WITH_PYTHON } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
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

  test("python life: subscribers of mod_wsgi hear of signals, and of the end with its reason", async () => {
    using site = makeTempDir();
    const app = site.write(
      "wsgi.py",
      `import mod_wsgi
mod_wsgi.subscribe_shutdown(lambda name, **event: print(name, event["shutdown_reason"]))
mod_wsgi.subscribe_signals(lambda name, **event: print(name, event["signame"]))
def application(environ, start_response):
    start_response("200 OK", [])
    return [mod_wsgi.process_group.encode()]
`,
    );
    await using worker = startWorker(app);
    await worker.heard("ready");
    worker.signal("SIGHUP");
    await worker.printed("process_signal SIGHUP\n");
    expect((await ask(worker, "/hello")).body).toBe("default");
    worker.say({
      type: "withdrawn",
      reason: "maximum_requests",
      withinMs: 1_000,
      streamsWithinMs: 1_000,
    });
    worker.say({ type: "drain", withinMs: 1_000 });
    expect(await worker.exited).toBe(0);
    await worker.printed("process_signal SIGHUP\nprocess_stopping maximum_requests\n");
  });
});
