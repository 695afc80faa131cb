import { expect, test } from "bun:test";
import { GwError } from "../../src/core/errors.ts";
import { loadFailure } from "../../src/sources/load-failure.ts";

test("load failure: what the source threw is told in its own words, and kept", () => {
  const thrown = new Error("no database");
  const failure = loadFailure(thrown);
  expect(failure).toMatchObject({ cause_: "app_load_failed", cause: thrown });
  expect(String(failure.facts.reason)).toStartWith("no database (");
  expect(failure.detail).toContain("error: no database");
});

test.each([
  ["pkg", "/a/app.ts", /^\/a\/app\.ts imports "pkg", which is not installed; run npm install/],
  ["./b.ts", "/a/app.ts", /^\/a\/app\.ts imports "\.\/b\.ts", and there is no such file$/],
  ["pkg", "", /^the app imports "pkg", which is not installed/],
])("load failure: %j of %j cannot be found", (specifier, referrer, reason) => {
  const thrown = Object.assign(new Error("Cannot find module"), { specifier, referrer });
  expect(String(loadFailure(thrown).facts.reason)).toMatch(reason);
});

test("load failure: an error that gw has named already stays what it is", () => {
  const error = new GwError("app_not_found", { path: "/a" });
  expect(loadFailure(error)).toBe(error);
});
