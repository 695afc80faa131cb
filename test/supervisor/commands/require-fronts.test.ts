import { expect, test } from "bun:test";
import { requireFronts } from "../../../src/supervisor/commands/require-fronts.ts";
import type { Site } from "../../../src/supervisor/generations/site.ts";

const site = (hasBegun: boolean, hasFronts: boolean) =>
  ({ hasBegun, tenure: { fronts: { traffic: { hasFronts } } } }) as unknown as Site;

test("require fronts: in embedded mode what is missing is said, and nowhere else", () => {
  expect(() => requireFronts(site(true, true))).not.toThrow();
  expect(() => requireFronts(site(false, false))).not.toThrow();
  expect(() => requireFronts(site(true, false))).toThrow("In embedded mode there are no front ends");
  expect(() => requireFronts(site(true, false), "no queue")).toThrow("no queue");
});
