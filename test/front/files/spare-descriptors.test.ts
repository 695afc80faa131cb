// Descriptors that are kept for others.
import { expect, test } from "bun:test";
import { readdirSync, readlinkSync } from "node:fs";
import { SpareDescriptors } from "../../../src/front/files/spare-descriptors.ts";
import { ON_LINUX, testWith } from "../../support/needs.ts";

/** Other tests of this process may be closing something of theirs. */
const count = () =>
  readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === "/dev/null";
    } catch {
      return false; // That of the list itself.
    }
  }).length;

testWith(ON_LINUX)("spare descriptors: they are had once, given up one by one, and had again", () => {
  const before = count();
  const spares = new SpareDescriptors();
  expect([spares.isFull, spares.isFull, count() - before]).toEqual([true, true, 16]);
  spares.giveUpOne();
  spares.giveUpOne();
  expect(count() - before).toBe(14);
  expect([spares.isFull, count() - before]).toEqual([true, 16]);
  spares.close();
  expect(count()).toBe(before);
});

test("spare descriptors: where there are none nothing is given up", () => {
  new SpareDescriptors().giveUpOne();
});
