// The system's table of processes, as it is.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { linux } from "../../../src/os/linux/linux.ts";
import { known, startTimeOf } from "../../../src/os/operating-system.ts";
import { describeWith, ON_LINUX } from "../../support/needs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

/** Above the highest that Linux gives. */
const NOBODY = 4_194_305;

describeWith(ON_LINUX)("processes", () => {
  test("this process, and a child of it", async () => {
    await using child = Bun.spawn(["sleep", "1000"], { stdio: ["ignore", "ignore", "ignore"] });
    expect(known(linux.findProcess(child.pid))).toMatchObject({ parent: process.pid, isZombie: false });
    expect(known(linux.childrenOf(process.pid))).toContain(child.pid);
    expect(known(linux.listProcesses())?.map(({ pid }) => pid)).toContain(child.pid);
    expect(linux.userOf(child.pid)).toEqual({ ok: true, value: process.geteuid?.() });
    expect(linux.usageOf(child.pid)).toMatchObject({ ok: true, value: { rssBytes: expect.any(Number) } });
    child.kill("SIGKILL");
    await child.exited;
    const gone = { ok: true, value: undefined } as const;
    const { pid } = child;
    expect([linux.findProcess(pid), linux.userOf(pid), linux.usageOf(pid)]).toEqual([gone, gone, gone]);
    expect(linux.childrenOf(pid)).toEqual({ ok: true, value: [] });
  });

  test("a process has a start time that stays, and nobody has none", () => {
    expect(startTimeOf(linux, process.pid)).toMatch(/^\d+$/);
    expect(startTimeOf(linux, process.pid)).toBe(startTimeOf(linux, process.pid)!);
    expect(startTimeOf(linux, NOBODY)).toBeUndefined();
  });

  test("a name that looks like fields does not move the start time", async () => {
    const script = `require("fs").writeFileSync("/proc/self/comm", "a) 1 2 (b"); console.log("named"); setInterval(() => {}, 1000);`;
    await using child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
    await child.stdout.getReader().read();
    expect(known(linux.findProcess(child.pid))?.name).toBe("a) 1 2 (b");
    const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
    expect(startTimeOf(linux, child.pid)).toBe(stat.replace("(a) 1 2 (b)", "name").split(" ")[21]!);
    child.kill("SIGKILL");
  });

  test("whoever sees the other end of a connection closed by death sees no process that goes on", async () => {
    for (let n = 0; n < 10; n++) {
      const source = `
        const socket = await Bun.connect({ unix: process.argv.at(-1), socket: { data() {} } });
        socket.write("here");
        setInterval(() => {}, 1000);`;
      using temp = makeTempDir();
      const path = join(temp.path, "s");
      const seen = Promise.withResolvers<boolean>();
      using _listener = Bun.listen<undefined>({
        unix: path,
        socket: {
          data: () => void child.kill("SIGKILL"),
          end: () => seen.resolve(linux.isRunning(child.pid)),
          close: () => seen.resolve(linux.isRunning(child.pid)),
        },
      });
      await using child = Bun.spawn([process.execPath, "-e", source, path], {
        stdio: ["ignore", "ignore", "ignore"],
      });
      expect(linux.isRunning(child.pid)).toBe(true);
      expect(await seen.promise).toBe(false);
    }
  });
});
