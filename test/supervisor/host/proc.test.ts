import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { startTimeOf } from "../../../src/core/start-time.ts";
import { listenerOf, strangerOn } from "../../../src/supervisor/host/listeners.ts";
import { nameOf } from "../../../src/supervisor/host/proc.ts";
import { describeWith, ON_LINUX } from "../../support/needs.ts";

const serve = (hostname: string, port = 0) =>
  Bun.serve({ hostname, port, reusePort: true, fetch: () => new Response() });

describeWith(ON_LINUX)("proc", () => {
  test("a process has a start time that stays, and nobody has none", () => {
    expect(startTimeOf(process.pid)).toMatch(/^\d+$/);
    expect(startTimeOf(process.pid)).toBe(startTimeOf(process.pid)!);
    expect(startTimeOf(4_194_305)).toBeUndefined();
  });

  test("a name that looks like fields does not move the start time", async () => {
    const script = `require("fs").writeFileSync("/proc/self/comm", "a) 1 2 (b"); console.log("named"); setInterval(() => {}, 1000);`;
    await using child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
    await child.stdout.getReader().read();
    expect(nameOf(child.pid)).toBe("a) 1 2 (b");
    const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
    expect(startTimeOf(child.pid)).toBe(stat.replace("(a) 1 2 (b)", "name").split(" ")[21]!);
    child.kill("SIGKILL");
  });

  test("whoever listens on a port is found", () => {
    using server = serve("127.0.0.1");
    expect(listenerOf(server.port!)).toBe(process.pid);
  });

  test("somebody who shares our address is a stranger; on another address, or alone, nobody is", async () => {
    using ours = serve("127.0.0.1");
    const port = ours.port!;
    expect(strangerOn(port, [process.pid])).toBeUndefined();
    using _elsewhere = serve("127.0.0.2", port);
    expect(strangerOn(port, [process.pid])).toBeUndefined();
    const script = `Bun.serve({ hostname: "127.0.0.1", port: ${port}, reusePort: true, fetch: () => new Response() }); console.log("up");`;
    await using child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
    await child.stdout.getReader().read();
    expect(strangerOn(port, [process.pid])).toBe(child.pid);
    expect(strangerOn(port, [process.pid, child.pid])).toBeUndefined();
    child.kill("SIGKILL");
  });
});
