import { describe, expect, test } from "bun:test";
import { type RuntimeSight, showRuntime } from "../../src/child/runtime.ts";
import { prepareThreads, readThreadSetup } from "../../src/worker/life/threads.ts";

const BUN = "/run/gw/runtime/bun";

function programWith(env: Record<string, string | undefined>): RuntimeSight {
  return { execPath: "/usr/bin/gw", argv0: "(gw:default)", execArgv: ["--env-file=/dev/null"], env };
}

describe("runtime", () => {
  test.each<[string, Record<string, string | undefined>, string | undefined]>([
    ["behind the rest of PATH", { PATH: "/bin:/usr/bin" }, "/bin:/usr/bin:/run/gw/runtime"],
    ["once", { PATH: "/run/gw/runtime:/bin" }, "/run/gw/runtime:/bin"],
    ["not in the place of what the system takes for a missing PATH", {}, undefined],
  ])("runtime: it is found %s", (_name, env, path) => {
    const program = programWith(env);
    showRuntime(program, BUN);
    expect(program).toMatchObject({ execPath: BUN, argv0: "bun", execArgv: [] });
    expect(env.PATH).toBe(path);
  });

  test("runtime: where there is none to show, only what gw was built with is hidden", () => {
    const program = programWith({ PATH: "/bin" });
    showRuntime(program, undefined);
    expect(program).toEqual({ execPath: "/usr/bin/gw", argv0: "bun", execArgv: [], env: { PATH: "/bin" } });
  });
});

const ENVIRONMENT = { OF: "the app" };

describe("threads", () => {
  function standIn() {
    const made: unknown[][] = [];
    class Thread {
      constructor(...args: unknown[]) {
        made.push(args);
      }
    }
    const data = new Map<unknown, unknown>();
    const threads = {
      Worker: Thread as unknown,
      setEnvironmentData: (key: unknown, value: unknown) => void data.set(key, value),
      getEnvironmentData: (key: unknown) => data.get(key) as never,
    };
    const global = { Worker: Thread as unknown };
    prepareThreads("/first.js", { runtime: BUN }, { threads, global, environment: ENVIRONMENT });
    return { made, threads, global, Thread };
  }

  test("threads: what they must know reaches them, and gw's module runs before the app's own", () => {
    const { made, threads, global, Thread } = standIn();
    expect(readThreadSetup(threads)).toEqual({ runtime: BUN });
    const [Node, Web] = [threads.Worker, global.Worker] as (typeof Thread)[];
    for (const Kind of [Node!, Web!]) {
      expect(new Kind("t.ts")).toBeInstanceOf(Kind);
      new Kind("t.ts", { name: "n", preload: "own.ts" });
      new Kind("t.ts", { preload: ["a.ts", "b.ts"] });
    }
    const env = ENVIRONMENT;
    expect(made).toEqual([
      ["t.ts", { preload: ["/first.js"] }],
      ["t.ts", { name: "n", preload: ["/first.js", "own.ts"] }],
      ["t.ts", { preload: ["/first.js", "a.ts", "b.ts"] }],
      // The web's kind would have what the process was started with.
      ["t.ts", { env, preload: ["/first.js"] }],
      ["t.ts", { env, name: "n", preload: ["/first.js", "own.ts"] }],
      ["t.ts", { env, preload: ["/first.js", "a.ts", "b.ts"] }],
    ]);
    new Web!("t.ts", { env: { OWN: "1" } });
    expect(made.at(-1)).toEqual(["t.ts", { env: { OWN: "1" }, preload: ["/first.js"] }]);
  });

  test("threads: a class that extends them stays itself", () => {
    const { threads } = standIn();
    class Own extends (threads.Worker as new (url: string) => object) {}
    expect(new Own("t.ts")).toBeInstanceOf(Own);
  });
});
