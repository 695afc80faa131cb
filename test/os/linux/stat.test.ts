// What is read from the text of /proc/PID/stat.
import { expect, test } from "bun:test";
import { parseCpuMs, parseIsRunning, parseStat } from "../../../src/os/linux/stat.ts";

test("stat: a name may hold what separates the fields", () => {
  const text = `42 (a) Z (b c) Z 7 40 39 ${Array.from({ length: 15 }, () => "0").join(" ")} 1234 0 0`;
  expect(parseStat(text)).toEqual({
    ...{ pid: 42, parent: 7, group: 40, session: 39, startedAt: 1234 },
    isZombie: true,
    name: "a) Z (b c",
  });
  for (const broken of ["", "42", "42 (a) S 1", "x"]) expect(parseStat(broken)).toBeUndefined();
});

test("stat: who runs, and who is about to end", () => {
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

test("stat: processor time is that of the program and of the kernel for it", () => {
  expect(parseCpuMs("42 (a b) S 7 40 39 0 -1 0 1 2 3 4 150 25 9 9 20 0")).toBe(1_750);
});
