// What an app starts by itself ends with its worker: nothing keeps a socket, a pipe or a processor after the stop.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually, startGw } from "../support/gw.ts";
import { makeMark } from "../support/processes.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const APP = `
  const child = Bun.spawn(["sleep", "600"], { stdio: ["ignore", "inherit", "inherit"] });
  console.log("child", child.pid);
  export default { fetch: () => new Response(String(process.pid)) };`;

describe("leftovers", () => {
  test("a process that the app has started ends with gw, and does not hold up its end", async () => {
    using dir = makeTempDir();
    const mark = makeMark();
    await using gw = await startGw([dir.write("app.ts", APP)], { env: mark.env });
    expect(await gw.stop()).toBe(0);
    await eventually(() => mark.pids().length === 0, "no process is left", 2_000);
  });

  test("a process that a worker has started ends when the worker is killed", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", APP)]);
    const output = await gw.until(/\[worker 1\] child \d+/);
    const child = Number(/child (\d+)/.exec(output)![1]);
    process.kill(Number(await (await fetch(gw.url)).text()), "SIGKILL");
    await gw.until(/worker 1 ended/);
    await eventually(() => !isAlive(child), `process ${child} is gone`, 2_000);
  });

  test("a worker that puts a full directory in place of its socket, and ends, has a successor all the same", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `
      import { mkdirSync, readdirSync, rmSync } from "node:fs";
      export default {
        fetch({ url }) {
          if (!url.endsWith("/trap")) return new Response(String(process.pid));
          const root = process.env.TMPDIR + "/" + readdirSync(process.env.TMPDIR).find((name) => name.startsWith("gw-"));
          const socket = root + "/run/w1.sock";
          rmSync(socket);
          mkdirSync(socket + "/full", { recursive: true });
          setTimeout(() => process.kill(process.pid, "SIGKILL"), 20);
          return new Response(socket);
        },
      };`,
    );
    await using gw = await startGw([app]);
    const first = await (await fetch(gw.url)).text();
    expect(await (await fetch(`${gw.url}trap`)).text()).toEndWith("/run/w1.sock");
    await gw.until(/worker 1 is ready/);
    expect(await (await fetch(gw.url)).text()).not.toBe(first);
    expect(await gw.stop()).toBe(0);
  });

  test("what steers gw and the runtime is not handed to the app", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `
      export default { fetch: () => Response.json(Object.keys(process.env).filter((name) => /^(GW_|BUN_|NODE_CHANNEL)/.test(name))) };`,
    );
    await using gw = await startGw([app], {
      env: { GW_LOG_LEVEL: "warn", BUN_JSC_forceRAMSize: "4294967296" },
    });
    expect(await (await fetch(gw.url)).json()).toEqual([]);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
