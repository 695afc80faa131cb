import { describe, expect, test } from "bun:test";
import { planLimits } from "../../src/child/limits.ts";
import type { LimitSetup } from "../../src/link/setups.ts";
import { startWorker } from "../support/worker-process.ts";

const TAKEN = { ok: true, value: { dataBytes: 6000, mappedBytes: 9000 } } as const;
const plan = (setup: Partial<LimitSetup>) => planLimits({ isBestEffort: false, ...setup }, 5_000, TAKEN);
const planned = (setup: Partial<LimitSetup>) =>
  plan(setup).wishes.map(({ resource, limit }) => [resource, limit.soft, limit.hard]);

describe("plan", () => {
  test("limits: nothing asked, nothing planned", () => {
    expect(plan({})).toEqual({ wishes: [], refusals: [] });
  });

  test("limits: memory comes on top of what the runtime has taken", () => {
    expect(planned({ memoryBytes: 100 })).toEqual([["data", 6100, 6100]]);
  });

  test.each([
    [1, 1, 7],
    [1_000, 1, 7],
    [1_001, 2, 8],
    [90_000, 90, 96],
  ])(
    "limits: %d ms of processor time are %d s, and then the shutdown timeout and a second",
    (ms, soft, hard) => {
      expect(planned({ cpuTimeMs: ms })).toEqual([["cpu", soft, hard]]);
    },
  );

  test("limits: address space must hold what is mapped", () => {
    expect(planned({ virtualMemoryBytes: 9001 })).toEqual([["addressSpace", 9001, 9001]]);
    expect(plan({ virtualMemoryBytes: 9000 })).toEqual({
      wishes: [],
      refusals: [{ option: "virtualMemoryLimit", value: 9000, reason: "the runtime alone takes 1M" }],
    });
  });

  test("limits: where the system does not tell what is taken the two memory limits are refused, the others are not", () => {
    const asked = { memoryBytes: 1, virtualMemoryBytes: 2, openFiles: 64 };
    const { wishes, refusals } = planLimits({ isBestEffort: false, ...asked }, 0, {
      ok: false,
      reason: "no table",
    });
    expect(refusals.map(({ option }) => option)).toEqual(["memoryLimit", "virtualMemoryLimit"]);
    expect(refusals[0]?.reason).toBe("what the runtime itself has taken is not known: no table");
    expect(wishes.map(({ option }) => option)).toEqual(["openFiles"]);
  });
});

test("limits: what was read back comes with ready", async () => {
  await using worker = startWorker("function.ts", {
    setup: { limits: { openFiles: 300, isBestEffort: false }, identity: { umask: 0o27 } },
  });
  const { limits } = await worker.heard("ready");
  expect(limits).toMatchObject({ openFiles: 300, core: 0, umask: "027", uid: process.getuid?.() ?? 0 });
});

test("limits: a refused one is named before the app is loaded", async () => {
  await using worker = startWorker("broken/throws.ts", {
    setup: { limits: { virtualMemoryBytes: 2 ** 20, isBestEffort: false } },
  });
  const failed = await worker.heard("failed");
  expect(failed).toMatchObject({
    cause: "limit_refused",
    step: "configure",
    facts: { option: "virtualMemoryLimit", value: "1M" },
  });
});
