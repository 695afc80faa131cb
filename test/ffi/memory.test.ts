import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { releaseProgramText } from "../../ffi/memory.ts";

const isLinux = process.platform === "linux";
const fileKilobytes = () =>
  Number(/^RssFile:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);

test.if(isLinux)("ffi: the program runs on after its code was given back, in less memory", () => {
  const before = fileKilobytes();
  const released = releaseProgramText();
  const after = fileKilobytes();
  expect(released).toEqual({ ok: true, value: expect.any(Number) });
  expect(before - after).toBeGreaterThan(5_000);
  expect(JSON.parse(JSON.stringify({ a: [1, "b"] }))).toEqual({ a: [1, "b"] });
});

test.if(!isLinux)("ffi: where the code is not known, the answer says so", () => {
  expect(releaseProgramText()).toEqual({ ok: false, reason: expect.any(String) });
});
