import { expect, test } from "bun:test";
import { resolve } from "../../src/options/resolve.ts";
import { RULES } from "../../src/options/rules.ts";
import { factsWith } from "./facts.ts";

const problemsOf = (argv: string[], facts = factsWith()) => resolve({ argv, env: {}, facts }).problems;

test("rules: an app that is not there, with the nearest file that is", () => {
  expect(problemsOf(["app.js"])).toEqual([
    {
      cause: "app_not_found",
      what: 'There is no app at "/srv/shop/app.js"',
      from: "the command line",
      advice: 'Did you mean "/srv/shop/app.ts"?',
    },
  ]);
});

test("rules: a directory is no app, but its likely entry is named", () => {
  expect(problemsOf(["."])).toEqual([
    {
      cause: "app_not_found",
      what: 'The app "/srv/shop" is a directory, not a file',
      from: "the command line",
      advice: 'Did you mean "/srv/shop/app.ts"?',
    },
  ]);
});

test("rules: home must be a directory", () => {
  expect(problemsOf(["app.ts", "--home", "app.ts"])?.map(({ what }) => what)).toEqual([
    'home "/srv/shop/app.ts" is not a directory',
  ]);
});

test("rules: a server root of 79 bytes leaves room for sockets, one of 80 does not", () => {
  const root = (bytes: number) => ["--server-root", `/${"r".repeat(bytes - 1)}`];
  expect(problemsOf(root(79))).toBeUndefined();
  expect(problemsOf(root(80))).toMatchObject([
    { cause: "configuration", from: "--server-root", accepted: "at most 79 bytes" },
  ]);
});

test("rules: the length of a server root is counted in bytes, also when TMPDIR made it", () => {
  const facts = factsWith(undefined, { tmpdir: `/${"ü".repeat(40)}` });
  expect(problemsOf([], facts)).toMatchObject([{ from: "the default, made from TMPDIR, host and port" }]);
});

test("rules: each front end needs a share of a worker", () => {
  expect(problemsOf(["--front-ends", "4", "--concurrency", "3"])).toMatchObject([
    { cause: "configuration", from: "--front-ends" },
  ]);
  expect(problemsOf(["--front-ends", "4", "--concurrency", "4"])).toBeUndefined();
});

test("rules: what embedded mode ignores is a warning, not an error", () => {
  const resolution = resolve({
    argv: ["--embedded-mode", "--concurrency", "512"],
    env: { GW_MAX_QUEUE: "5" },
    facts: factsWith(),
  });
  expect(resolution.problems ?? resolution.warnings).toEqual([
    "concurrency (--concurrency) has no effect in embedded mode, which has no front end and no queue",
    "maxQueue (GW_MAX_QUEUE) has no effect in embedded mode, which has no front end and no queue",
  ]);
});

test("rules: every rule has a test here", () => {
  expect(Object.keys(RULES)).toEqual([
    "appIsAFile",
    "homeIsADirectory",
    "serverRootIsShort",
    "concurrencyCoversFrontEnds",
  ]);
});
