import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import {
  getIdentity,
  getParentDeathSignal,
  getResourceLimit,
  hasNoNewPrivileges,
  kernelMicroseconds,
  setParentDeathSignal,
  setProcessName,
  setResourceLimit,
} from "../../ffi/process.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";

function limitOf(name: "openFiles" | "core" | "data") {
  const answer = getResourceLimit(name);
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}

test("ffi: the limit of open files is what the shell sees", async () => {
  const shell = await new Response(Bun.spawn(["sh", "-c", "ulimit -Hn"], { stdout: "pipe" }).stdout).text();
  const hard = shell.trim() === "unlimited" ? Number.POSITIVE_INFINITY : Number(shell);
  expect(limitOf("openFiles").hard).toBe(hard);
});

test("ffi: a soft limit can be lowered, is passed on to children, and can be put back", async () => {
  const before = limitOf("openFiles");
  expect(setResourceLimit("openFiles", { soft: 512, hard: before.hard })).toEqual({ ok: true });
  try {
    expect(limitOf("openFiles")).toEqual({ soft: 512, hard: before.hard });
  } finally {
    expect(setResourceLimit("openFiles", before)).toEqual({ ok: true });
  }
  expect(limitOf("openFiles")).toEqual(before);
});

test("ffi: no limit is Infinity, both ways", () => {
  const before = limitOf("data");
  expect(setResourceLimit("data", before)).toEqual({ ok: true });
  expect(limitOf("data")).toEqual(before);
});

test("ffi: a soft limit above the hard one is refused before the system is asked", () => {
  expect(setResourceLimit("core", { soft: 2, hard: 1 })).toEqual({
    ok: false,
    reason: "the soft limit 2 is not within the hard limit 1",
  });
});

test("ffi: identity is the one the runtime reports", () => {
  expect(getIdentity()).toEqual({
    ok: true,
    value: {
      uid: process.getuid?.() ?? -1,
      effectiveUid: process.geteuid?.() ?? -1,
      gid: process.getgid?.() ?? -1,
      effectiveGid: process.getegid?.() ?? -1,
    },
  });
});

testWith(ON_LINUX)(
  "ffi: the parent-death signal is kept, and an impossible one is refused with its reason",
  () => {
    expect<unknown>([setParentDeathSignal(15), getParentDeathSignal()]).toEqual([
      { ok: true },
      { ok: true, value: 15 },
    ]);
    expect<unknown>([setParentDeathSignal(0), getParentDeathSignal()]).toEqual([
      { ok: true },
      { ok: true, value: 0 },
    ]);
    expect(setParentDeathSignal(1000)).toEqual({ ok: false, reason: "invalid argument (EINVAL)" });
  },
);

testWith(ON_LINUX)("ffi: no_new_privs is what /proc says", async () => {
  const status = await Bun.file("/proc/self/status").text();
  expect(hasNoNewPrivileges()).toEqual({ ok: true, value: /^NoNewPrivs:\s*1$/m.test(status) });
});

testWith(ON_LINUX)("ffi: the kernel's clock is the one that all processes share", () => {
  const [before] = readFileSync("/proc/uptime", "utf8").split(" ");
  const now = kernelMicroseconds();
  if (!now.ok) throw new Error(now.reason);
  // It stands still while the machine sleeps, which the uptime does not.
  expect(Number(now.value) / 1e6).toBeLessThan(Number(before) + 60);
  expect(Number(now.value) / 1e3).toBeGreaterThan(performance.now());
  const later = kernelMicroseconds();
  expect(later.ok && later.value >= now.value).toBe(true);
});

testWith(ON_LINUX)(
  "ffi: the name of the process is what others see, and one that is too long is refused",
  () => {
    const seen = () => readFileSync("/proc/self/comm", "utf8").trim();
    const before = seen();
    expect(setProcessName("gw-of-15-bytes.")).toEqual({ ok: true });
    expect(seen()).toBe("gw-of-15-bytes.");
    expect(setProcessName("gw-of-16-bytes..")).toMatchObject({ ok: false });
    expect(seen()).toBe("gw-of-15-bytes.");
    expect(setProcessName(before)).toEqual({ ok: true });
  },
);
