// Probes of how Bun starts programs and threads, on which child/own-variables.ts and worker/life/threads.ts stand.
import { describe, expect, test } from "bun:test";
import { makeTempDir } from "../support/temp-dir.ts";

/** Runs a program that prints one line of JSON. */
function run(source: string, files: Record<string, string> = {}): unknown {
  using dir = makeTempDir();
  for (const [name, text] of Object.entries(files)) dir.write(name, text);
  const { stdout, stderr } = Bun.spawnSync([process.execPath, dir.write("program.ts", source)], {
    cwd: dir.path,
  });
  expect(stderr.toString()).toBe("");
  return JSON.parse(stdout.toString());
}

describe("programs", () => {
  test("node:child_process and node:cluster start them by Bun.spawn, with an environment in one object", () => {
    const seen = run(
      `const start = Bun.spawn; const seen = [];
       Bun.spawn = (options, ...rest) => { seen.push("NODE_UNIQUE_ID" in options.env); return start(options, ...rest); };
       const { spawn } = await import("node:child_process");
       const { once } = await import("node:events");
       await once(spawn("true"), "exit");
       const cluster = (await import("node:cluster")).default;
       cluster.setupPrimary({ exec: "worker.ts" });
       await once(cluster.fork(), "exit");
       console.log(JSON.stringify(seen)); process.exit();`,
      { "worker.ts": "process.exit();" },
    );
    expect(seen).toEqual([false, true]);
  });

  test("what fork and cluster start follows process.execPath and process.execArgv, which can be replaced", () => {
    const seen = run(
      `process.execPath = import.meta.dir + "/other"; process.execArgv = ["--smol"];
       await Bun.$\`ln -s \${process.argv[0]} other\`;
       const child = (await import("node:child_process")).fork("child.ts");
       child.on("message", (told) => { console.log(JSON.stringify(told)); });`,
      {
        "child.ts":
          "process.send([process.argv0.endsWith('/other'), process.execArgv], () => process.exit());",
      },
    );
    expect(seen).toEqual([true, ["--smol"]]);
  });
});

describe("threads", () => {
  const FILES = {
    "first.ts": `globalThis.first = require("node:worker_threads").getEnvironmentData("key");`,
    "thread.ts": `require("node:worker_threads").parentPort.postMessage(globalThis.first);`,
  };

  test("a module of preload runs before the thread's own, and knows its environment data", () => {
    const seen = run(
      `const threads = require("node:worker_threads");
       threads.setEnvironmentData("key", "value");
       new threads.Worker("./thread.ts", { preload: ["./first.ts"] }).on("message", (told) => console.log(JSON.stringify(told)));`,
      FILES,
    );
    expect(seen).toBe("value");
  });

  test("a Worker that is replaced through getBuiltinModule is what later imports by name find", () => {
    const seen = run(
      `process.getBuiltinModule("node:worker_threads").Worker = "mine"; await import("./late.ts");`,
      { "late.ts": `import { Worker } from "node:worker_threads"; console.log(JSON.stringify(Worker));` },
    );
    expect(seen).toBe("mine");
  });
});
