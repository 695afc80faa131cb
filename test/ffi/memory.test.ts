import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { releaseProgramText } from "../../ffi/memory.ts";
import { os } from "../../src/os/os.ts";
import { NOT_ON_LINUX, ON_LINUX, testWith } from "../support/needs.ts";

const fileKilobytes = () =>
  Number(/^RssFile:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);

testWith(ON_LINUX)("ffi: the program runs on after its code was given back, in less memory", () => {
  const before = fileKilobytes();
  const code = os.programCode();
  const released = code.ok ? releaseProgramText(code.value) : code;
  const after = fileKilobytes();
  expect(released).toEqual({ ok: true, value: expect.any(Number) });
  expect(before - after).toBeGreaterThan(5_000);
  expect(JSON.parse(JSON.stringify({ a: [1, "b"] }))).toEqual({ a: [1, "b"] });
});

testWith(NOT_ON_LINUX)("ffi: where the code is not known, the answer says so", () => {
  expect(releaseProgramText([])).toEqual({ ok: false, reason: expect.any(String) });
});
