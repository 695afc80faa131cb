import { describe, expect, test } from "bun:test";
import { closeSync, fstatSync } from "node:fs";
import { RATE_MEMORY_BYTES } from "../../../src/link/messages.ts";
import { RateMemory, ratePartsOf } from "../../../src/supervisor/fronts/rate-memory.ts";
import { captureLog } from "../../support/capture-log.ts";
import { defaultSettings } from "../../support/default-settings.ts";
import { ON_LINUX, testWith } from "../../support/needs.ts";

const RULE = { by: "address", count: 1, windowMs: 1000, burst: 1, path: undefined } as const;

function configWith(...rateLimit: (typeof RULE)[]) {
  const settings = { ...defaultSettings(), frontEnds: 4, rateLimit };
  return { settings, groups: [{ settings }] } as unknown as Parameters<typeof ratePartsOf>[0];
}

describe("rate memory", () => {
  test("nothing is asked for it where there are no rates", () => {
    const never = {
      get descriptor(): number {
        throw new Error("it was asked for");
      },
    };
    expect(ratePartsOf(configWith(), never, 7)).toEqual({ inherited: [] });
  });

  test("front ends inherit it, and count together", () => {
    const { inherited, setup } = ratePartsOf(configWith(RULE), { descriptor: 40 }, 7);
    expect([inherited, setup?.(5)]).toEqual([[40], { descriptor: 5, parts: 1, salt: 7 }]);
  });

  test("where there is none, each has its part", () => {
    const { inherited, setup } = ratePartsOf(configWith(RULE), { descriptor: undefined as never }, 7);
    expect([inherited, setup?.(5)]).toEqual([[], { parts: 4, salt: 7 }]);
  });

  testWith(ON_LINUX)("it is made once, of the size that front ends expect", () => {
    const { log, lines } = captureLog();
    const memory = new RateMemory(log);
    const { descriptor = -1 } = memory;
    expect([memory.descriptor, fstatSync(descriptor).size, lines.length]).toEqual([
      descriptor,
      RATE_MEMORY_BYTES,
      0,
    ]);
    closeSync(descriptor);
  });
});
