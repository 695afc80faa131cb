import { expect, test } from "bun:test";
import { ERRORS } from "../../../src/core/errors.ts";
import { exitCodeOf, gravest, type ProblemCause } from "../../../src/options/declare/problems.ts";

test.each([
  [["app_not_found", "configuration", "usage"], "usage"],
  [["app_not_found", "configuration"], "configuration"],
  [["app_not_found"], "app_not_found"],
  [[], "configuration"],
] as [ProblemCause[], ProblemCause][])("problems: of %j, %s speaks for all", (causes, cause) => {
  const problems = causes.map((one) => ({ cause: one, what: "" }));
  expect(gravest(problems)).toBe(cause);
  expect(exitCodeOf(problems)).toBe(ERRORS[cause].exit);
});
