// What gw profile, gw heap and --debug-mode rely on, and what the module `gw` of apps does.
import { describe, expect, test } from "bun:test";
import { AsyncLocalStorage } from "node:async_hooks";
import { Session } from "node:inspector";
import { runBun } from "./run-bun.ts";

const post = (session: Session, method: string, params = {}) =>
  new Promise<Record<string, unknown>>((resolve, reject) =>
    session.post(method, params, (error, result) => (error ? reject(error) : resolve(result as never))),
  );

describe("inspector", () => {
  test("a profile names functions with file and line, also of what ran for long", async () => {
    function computeForTheProfile(ms: number): number {
      const end = performance.now() + ms;
      let sum = 0;
      while (performance.now() < end) sum += Math.sqrt(sum + 1);
      return sum;
    }
    const session = new Session();
    session.connect();
    await post(session, "Profiler.enable");
    await post(session, "Profiler.setSamplingInterval", { interval: 1000 });
    await post(session, "Profiler.start");
    computeForTheProfile(200);
    const { profile } = (await post(session, "Profiler.stop")) as {
      profile: { nodes: { callFrame: { functionName: string; url: string } }[]; samples: number[] };
    };
    session.disconnect();
    const found = profile.nodes.find(({ callFrame }) => callFrame.functionName === "computeForTheProfile");
    expect(found?.callFrame.url).toContain("inspector.test.ts");
    expect(profile.samples.length).toBeGreaterThan(0);
  });

  test("a heap snapshot is one of V8's form", () => {
    const { snapshot, strings } = JSON.parse(
      new TextDecoder().decode(Bun.generateHeapSnapshot("v8", "arraybuffer")),
    );
    expect([snapshot.node_count > 0, Array.isArray(strings)]).toEqual([true, true]);
  });

  test("an inspector on a port that is taken throws nothing, and has no address", async () => {
    const { stdout } = await runBun(`
      import * as inspector from "node:inspector";
      const taken = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
      inspector.open(taken.port, "127.0.0.1");
      const before = inspector.url();
      inspector.open(0, "127.0.0.1");
      console.log(typeof before, new URL(inspector.url()).hostname);
      process.exit(0);`);
    expect(stdout).toBe("undefined 127.0.0.1\n");
  });
});

test("async storage: what a handler awaits, and the timers that it sets, know whose they are", async () => {
  const scope = new AsyncLocalStorage<string>();
  const ran = Promise.withResolvers<string | undefined>();
  await scope.run("a", async () => {
    await Promise.resolve();
    setImmediate(() => ran.resolve(scope.getStore()));
  });
  expect([await ran.promise, scope.getStore()]).toEqual(["a", undefined]);
});
