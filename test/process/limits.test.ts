// What a worker may use, on the real gw; what holds is asked of the kernel.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { type GwOptions, runGw, startGw } from "../support/gw.ts";
import { AS_ROOT, testWith } from "../support/needs.ts";
import { childInRole, limitOf, nicesOf } from "../support/proc-status.ts";
import { makePublicDir, makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const APP = `
  let depth = 0;
  const dive = () => { depth++; dive(); };
  export default { fetch(request) {
    try { depth = 0; dive(); } catch {}
    const shown = Bun.spawnSync(["sh", "-c", "ulimit -n; nice"]).stdout.toString();
    return Response.json({ depth, shown });
  } };`;

async function serveWith(args: string[], options: GwOptions = {}) {
  const dir = makePublicDir();
  const gw = await startGw([dir.write("app.ts", APP), ...args], options);
  const worker = childInRole(gw.pid, "__worker").pid;
  const front = childInRole(gw.pid, "__front").pid;
  return {
    gw,
    worker,
    front,
    seen: async () => (await (await fetch(gw.url)).json()) as { depth: number; shown: string },
    async [Symbol.asyncDispose]() {
      await gw[Symbol.asyncDispose]();
      dir[Symbol.dispose]();
    },
  };
}

const megabytes = (text: string) => Number(text) / 2 ** 20;

describe("limits that the machine grants", () => {
  test("limits: without an option nothing is limited, apart from core files", async () => {
    await using served = await serveWith([]);
    for (const pid of [served.worker, served.front])
      expect(limitOf(pid, "Max core file size")).toEqual(["0", "0"]);
    for (const name of ["Max data size", "Max address space", "Max cpu time"])
      expect(limitOf(served.worker, name)).toEqual(limitOf(process.pid, name));
    expect(new Set(nicesOf(served.worker))).toEqual(new Set([nicesOf(process.pid)[0] ?? 0]));
  });

  test("limits: memory is what the runtime has taken already plus the limit, and the collector knows", async () => {
    await using served = await serveWith(["--memory-limit", "256M"]);
    const [soft, hard] = limitOf(served.worker, "Max data size");
    expect(hard).toBe(soft);
    expect(megabytes(soft)).toBeGreaterThan(256);
    // The engine maps about 6 GB of data before the app is loaded.
    expect(megabytes(soft)).toBeLessThan(16_384);
    const environment = await Bun.file(`/proc/${served.worker}/environ`).text();
    expect(environment.split("\0")).toContain(`BUN_JSC_forceRAMSize=${256 * 2 ** 20}`);
    expect((await served.seen()).depth).toBeGreaterThan(100);
  });

  test("limits: processor time leaves the worker its shutdown timeout and a second", async () => {
    await using served = await serveWith(["--cpu-time-limit", "90500ms", "--shutdown-timeout", "3s"]);
    expect(limitOf(served.worker, "Max cpu time")).toEqual(["91", "95"]);
  });

  test("limits: address space", async () => {
    await using served = await serveWith(["--virtual-memory-limit", "100G"]);
    expect(limitOf(served.worker, "Max address space").map(megabytes)).toEqual([102_400, 102_400]);
  });

  test("limits: open files, for the app and what it starts, and not for the front", async () => {
    await using served = await serveWith(["--open-files", "333"]);
    expect(limitOf(served.worker, "Max open files")).toEqual(["333", "333"]);
    expect((await served.seen()).shown).toStartWith("333\n");
    expect(limitOf(served.front, "Max open files")).not.toEqual(["333", "333"]);
  });

  test("limits: the nice value is that of every thread", async () => {
    const wanted = (nicesOf(process.pid)[0] ?? 0) + 3;
    await using served = await serveWith(["--cpu-priority", String(wanted)]);
    expect(new Set(nicesOf(served.worker))).toEqual(new Set([wanted]));
    expect((await served.seen()).shown).toEndWith(`\n${wanted}\n`);
  });

  test("limits: a smaller stack makes functions call each other less deep", async () => {
    await using small = await serveWith(["--stack-size", "1M"]);
    await using usual = await serveWith([]);
    expect(limitOf(small.worker, "Max stack size")[0]).toBe(String(2 ** 20));
    // The supervisor lent its own limit for a moment only.
    expect(limitOf(small.gw.pid, "Max stack size")).toEqual(limitOf(usual.gw.pid, "Max stack size"));
    expect((await small.seen()).depth).toBeLessThan((await usual.seen()).depth / 2);
  });

  test("limits: the banner names them", async () => {
    await using served = await serveWith(["--memory-limit", "1G", "--open-files", "500"]);
    expect(served.gw.stdout()).toMatch(/^Limits +: memory 1G, open files 500 for each worker$/m);
  });
});

describe("limits that the machine refuses", () => {
  const most = limitOf(process.pid, "Max open files")[1];
  const HARD_LIMIT = { isMet: most !== "unlimited", why: "needs a hard limit for open files" };
  const beyond = String(Number(most) + 1);
  /** Root may have the right to go beyond it; nobody else has. */
  const as = AS_ROOT.isMet ? { uid: 65_534, gid: 65_534 } : undefined;

  test("limits: less address space than the runtime has mapped is refused with that figure", async () => {
    using dir = makeTempDir();
    const app = dir.write("app.ts", APP);
    const { code, stdout, stderr } = await runGw([
      "start-server",
      app,
      "--port",
      "0",
      "--virtual-memory-limit",
      "1G",
    ]);
    expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
    expect(stderr).toMatch(
      /error: The limit virtualMemoryLimit "1G" cannot be set: the runtime alone takes \d{4,}M/,
    );
    expect(stderr).toContain("--best-effort-limits");
  });

  testWith(HARD_LIMIT)(
    "limits: more files than the hard limit are refused with what is allowed",
    async () => {
      using dir = makePublicDir();
      const app = dir.write("app.ts", APP);
      const { code, stderr } = await runGw(
        ["start-server", app, "--port", "0", "--open-files", beyond],
        as && { as },
      );
      expect(code).toBe(78);
      expect(stderr).toContain(`The limit openFiles "${beyond}" cannot be set`);
      expect(stderr).toContain(`at most ${most} is allowed here`);
    },
  );

  testWith(HARD_LIMIT)(
    "limits: with best effort a refused limit is a warning, and as much as can be had is taken",
    async () => {
      await using served = await serveWith(["--open-files", beyond, "--best-effort-limits"], as && { as });
      await served.gw.until(new RegExp(`The limit openFiles "${beyond}" could not be set`));
      expect(limitOf(served.worker, "Max open files")[0]).toBe(most);
      expect((await served.seen()).depth).toBeGreaterThan(100);
    },
  );

  test("limits: address space below the runtime's is left alone with best effort", async () => {
    await using served = await serveWith(["--virtual-memory-limit", "1G", "--best-effort-limits"]);
    await served.gw.until(/The limit virtualMemoryLimit "1G" could not be set/);
    expect(limitOf(served.worker, "Max address space")).toEqual(limitOf(process.pid, "Max address space"));
  });
});
