// Reading the system's table of processes.
import { expect, test } from "bun:test";
import { join } from "node:path";
import {
  childrenOf,
  isRunning,
  parseIsRunning,
  parseStat,
  readProcess,
  readProcesses,
} from "../../src/core/process-table.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

test("process table: a name may hold what separates the fields", () => {
  const text = `42 (a) Z (b c) Z 7 40 39 ${Array.from({ length: 15 }, () => "0").join(" ")} 1234 0 0`;
  expect(parseStat(text)).toEqual({
    ...{ pid: 42, parent: 7, group: 40, session: 39, startedAt: 1234 },
    isZombie: true,
    name: "a) Z (b c",
  });
  for (const broken of ["", "42", "42 (a) S 1", "x"]) expect(parseStat(broken)).toBeUndefined();
});

testWith(ON_LINUX)("process table: this process, and a child of it", async () => {
  await using child = Bun.spawn(["sleep", "1000"], { stdio: ["ignore", "ignore", "ignore"] });
  expect(readProcess(child.pid)).toMatchObject({ parent: process.pid, isZombie: false });
  expect(childrenOf(process.pid)).toContain(child.pid);
  expect(readProcesses().map(({ pid }) => pid)).toContain(child.pid);
  child.kill("SIGKILL");
  await child.exited;
  expect(readProcess(child.pid)).toBeUndefined();
});

test("process table: who runs, and who is about to end", () => {
  const statOf = (state: string, flags: number) => `42 (a) Z (b c) ${state} 7 40 39 0 -1 ${flags} 0 0`;
  expect(["R", "S", "D", "T"].map((state) => parseIsRunning(statOf(state, 0x400140)))).toEqual(
    Array(4).fill(true),
  );
  expect([statOf("Z", 0), statOf("X", 0), statOf("R", 0x40014c)].map(parseIsRunning)).toEqual([
    false,
    false,
    false,
  ]);
});

testWith(ON_LINUX)(
  "process table: whoever sees the other end of a connection closed by death sees no process that goes on",
  async () => {
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
          end: () => seen.resolve(isRunning(child.pid)),
          close: () => seen.resolve(isRunning(child.pid)),
        },
      });
      await using child = Bun.spawn([process.execPath, "-e", source, path], {
        stdio: ["ignore", "ignore", "ignore"],
      });
      expect(isRunning(child.pid)).toBe(true);
      expect(await seen.promise).toBe(false);
    }
  },
);
