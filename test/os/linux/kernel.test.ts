// Counters and settings of the kernel.
import { expect } from "bun:test";
import { linux } from "../../../src/os/linux/linux.ts";
import { ON_LINUX, testWith } from "../../support/needs.ts";

testWith(ON_LINUX)(
  "kernel: the longest queue of a listener is a number, and what is not told has a reason",
  () => {
    expect(linux.mostBacklog()).toEqual({ ok: true, value: expect.any(Number) });
    expect(linux.lowestOpenPort()).toEqual({ ok: true, value: expect.any(Number) });
    for (const answer of [linux.countOomKills(), linux.migratesRequests()])
      if (!answer.ok) expect(answer.reason).toMatch(/^\/proc\/.* does not tell$/);
  },
);
