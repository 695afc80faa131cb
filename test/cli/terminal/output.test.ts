import { expect, test } from "bun:test";
import { colorVariable, paintFor, renderError, renderProblems } from "../../../src/cli/terminal/output.ts";
import { GwError } from "../../../src/core/errors.ts";

test("output: a problem is what, who said so, what is accepted, what to do", () => {
  const problems = [
    {
      cause: "configuration",
      what: 'port cannot be "x"',
      from: "--port",
      accepted: "a number",
      advice: "Give a number",
    },
    { cause: "configuration", what: "It broke", detail: "line one\nline two\n" },
  ] as const;
  expect(renderProblems(problems)).toEqual([
    'error: port cannot be "x"',
    "  set by:   --port",
    "  accepted: a number",
    "  to do:    Give a number",
    "error: It broke",
    "  line one",
    "  line two",
    "gw: 2 problems. Nothing was started. Correct the lines above; gw show-config tells where each value comes from.",
  ]);
});

test("output: an error shows the app's own text before ours", () => {
  const error = new GwError("app_load_failed", { reason: "no database" }, "app.ts:3\nboom\n");
  expect(renderError(error)).toEqual([
    "app.ts:3",
    "boom",
    "error: The app could not be loaded: no database",
    "  to do:    The text above is the app's own error; correct it and start again",
  ]);
});

test.each([
  ["a terminal", { isTTY: true }, {}, true],
  ["a pipe", {}, {}, false],
  ["a terminal with NO_COLOR", { isTTY: true }, { NO_COLOR: "1" }, false],
  ["a dumb terminal", { isTTY: true }, { TERM: "dumb" }, false],
  ["a pipe with FORCE_COLOR", {}, { FORCE_COLOR: "1" }, true],
  ["a terminal with FORCE_COLOR=0", { isTTY: true }, { FORCE_COLOR: "0" }, false],
  ["a pipe with FORCE_COLOR and NO_COLOR", {}, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
])("output: colours on %s", (_name, stream, env, isColored) => {
  expect(paintFor(stream, env).bad("x").includes("\x1b[")).toBe(isColored);
});

test.each([
  ["a terminal of 16 colours", { isTTY: true, getColorDepth: () => 4 }, {}, { FORCE_COLOR: "1" }],
  ["a terminal of 256 colours", { isTTY: true, getColorDepth: () => 8 }, {}, { FORCE_COLOR: "2" }],
  ["a terminal of all colours", { isTTY: true, getColorDepth: () => 24 }, {}, { FORCE_COLOR: "3" }],
  ["a pipe", {}, {}, {}],
  ["a terminal where the operator has said it", { isTTY: true }, { FORCE_COLOR: "2" }, {}],
  ["a terminal where the operator wants none", { isTTY: true }, { NO_COLOR: "1" }, {}],
])("output: what apps are told of %s", (_name, stream, env, told) => {
  expect(colorVariable(stream, env)).toEqual(told);
});

test("output: an app's own error is shown line by line, and moves no cursor", () => {
  const error = new GwError(
    "app_load_failed",
    { path: "/a.ts", reason: "x\x1b[2J" },
    "Error: \x1b[1Ay\n    at /a.ts:1",
  );
  const [first, second, ...rest] = renderError(error);
  expect([first, second]).toEqual(["Error: \\x1b[1Ay", "    at /a.ts:1"]);
  expect(rest.join()).not.toContain("\x1b");
});
