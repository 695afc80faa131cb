import { expect, test } from "bun:test";
import { isCalledByNpx } from "../../../src/cli/start/npx.ts";

const NPX = { npm_command: "exec", npm_lifecycle_event: "npx" };

test.each([
  ["npx has called it by a shell", NPX, "sh", true],
  ["a program that npx runs has started it", NPX, "node", false],
  ["nobody knows who has started it", NPX, undefined, false],
  [
    "it is a script of package.json",
    { npm_command: "run-script", npm_lifecycle_event: "start" },
    "sh",
    false,
  ],
  ["it was typed", {}, "sh", false],
])("npx: %s", (_, env, parent, is) => {
  expect(isCalledByNpx(env, parent)).toBe(is);
});
