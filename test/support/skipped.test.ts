// A run tells what it has not shown: each skipped test is counted with its reason, and none can be written without one.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { reasonIn } from "./needs.ts";
import { countSkipped, renderSkipped } from "./skipped.ts";
import { makeTempDir } from "./temp-dir.ts";

const ROOT = join(import.meta.dir, "../..");

test.each<[string[], string | undefined]>([
  [["names a user [needs root]"], "needs root"],
  [["file.test.ts", "as others [needs root]", "reads"], "needs root"],
  [["waits [twice]"], undefined],
  [["needs root"], undefined],
  [["[needs root] is in the middle"], undefined],
  [["reads"], undefined],
])("skipped: the reason in %p is %p", (titles, reason) => {
  expect(reasonIn(titles)).toBe(reason);
});

/** Runs the tests of one file by test/run.ts, where nothing of gw's settings is read. */
async function runTests(source: string) {
  using dir = makeTempDir();
  const needs = JSON.stringify(join(import.meta.dir, "needs.ts"));
  const head = `import { describe, expect, test } from "bun:test"; import { describeWith, testWith } from ${needs};
    const ABSENT = { isMet: false, why: "needs a <moon> & \\"more\\"" }; const HERE = { isMet: true, why: "needs air" };`;
  dir.write("some.test.ts", `${head}\n${source}`);
  await using child = Bun.spawn([process.execPath, join(ROOT, "test/run.ts")], {
    cwd: dir.path,
    stdout: "pipe",
    stderr: "ignore",
  });
  const stdout = await new Response(child.stdout).text();
  return { code: await child.exited, said: stdout.slice(stdout.search(/^\d+ skipped$/m)).trim() };
}

test("skipped: what was missing is told and counted, and the run is good", async () => {
  const source = `
    test("runs", () => {});
    testWith(HERE)("runs too", () => {});
    testWith(HERE, ABSENT)("one", () => { throw new Error("ran"); });
    describeWith(ABSENT)("more", () => { test("two", () => {}); describe("deep", () => test("three", () => {})); });
    describeWith(HERE)("air", () => testWith({ isMet: false, why: "needs water" })("four", () => {}));`;
  expect(await runTests(source)).toEqual({
    code: 0,
    said: '4 skipped\n  3: needs a <moon> & "more"\n  1: needs water',
  });
});

test("skipped: without a reason it fails the run, and so does what is still to do", async () => {
  const { code, said } = await runTests(
    `test("runs", () => {}); test.skip("left out", () => {}); test.todo("later");`,
  );
  expect(code).toBe(1);
  expect(said).toContain("2 skipped\n");
  expect(said).toContain("without a reason, which fails the run: some.test.ts: left out");
});

test("skipped: where the needs are met, the test runs and can fail", async () => {
  const { code, said } = await runTests(`testWith(HERE)("fails", async () => { throw new Error("no"); });`);
  expect({ code, said }).toEqual({ code: 1, said: "0 skipped" });
});

test("skipped: a run that leaves no report is not a good one", async () => {
  const { code } = await runTests("process.exit(0);");
  expect(code).not.toBe(0);
});

test("skipped: nothing skipped is said, too", () => {
  expect(renderSkipped(countSkipped('<testcase name="a" file="b" />'))).toBe("0 skipped");
});

test("skipped: no test is skipped past test/support/needs.ts", async () => {
  const found: string[] = [];
  for (const file of new Bun.Glob("test/**/*.ts").scanSync({ cwd: ROOT })) {
    if (file.startsWith("test/published/apps/") || file.startsWith("test/support/")) continue;
    const source = await Bun.file(join(ROOT, file)).text();
    const calls =
      source.match(/\b(?:test|it|describe)\.(?:skip|skipIf|if|todo|todoIf|only|failing)\b/g) ?? [];
    found.push(...calls.map((call) => `${file}: ${call}`));
  }
  expect(found).toEqual([]);
});
