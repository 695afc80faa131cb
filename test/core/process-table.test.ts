// Reading the system's table of processes.
import { expect, test } from "bun:test";
import { childrenOf, parseStat, readProcess, readProcesses } from "../../src/core/process-table.ts";

test("process table: a name may hold what separates the fields", () => {
  const text = `42 (a) Z (b c) Z 7 40 39 ${Array.from({ length: 15 }, () => "0").join(" ")} 1234 0 0`;
  expect(parseStat(text)).toEqual({
    ...{ pid: 42, parent: 7, group: 40, session: 39, startedAt: 1234 },
    isZombie: true,
    name: "a) Z (b c",
  });
  for (const broken of ["", "42", "42 (a) S 1", "x"]) expect(parseStat(broken)).toBeUndefined();
});

test.skipIf(process.platform !== "linux")("process table: this process, and a child of it", async () => {
  await using child = Bun.spawn(["sleep", "1000"], { stdio: ["ignore", "ignore", "ignore"] });
  expect(readProcess(child.pid)).toMatchObject({ parent: process.pid, isZombie: false });
  expect(childrenOf(process.pid)).toContain(child.pid);
  expect(readProcesses().map(({ pid }) => pid)).toContain(child.pid);
  child.kill("SIGKILL");
  await child.exited;
  expect(readProcess(child.pid)).toBeUndefined();
});
