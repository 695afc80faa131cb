// gw check-reload on the real executable, small: the whole of it is a matter of the bench.
import { expect, setDefaultTimeout, test } from "bun:test";
import { runGw, startGw } from "../support/gw.ts";
import { writeProcessApp } from "../support/process-app.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const SMALL = ["--times", "3", "--concurrency", "8", "--requests", "2000"];

test.each([
  ["reloads", []],
  ["replacements of all processes", ["--front"]],
])("check-reload: %s lose no request", async (what, words) => {
  using dir = makeTempDir();
  await using gw = await startGw([writeProcessApp(dir), "--processes", "2"]);
  const { code, stdout, stderr } = await runGw(["check-reload", ...SMALL, ...words], {
    env: { TMPDIR: gw.tmp },
  });
  expect(stdout).toContain(`${what}: 3 of 3 done, 0 refused`);
  expect(stdout).toMatch(
    /^good(?:, but slow during reloads)?: 0 of \d+ requests failed, 3 of 3 reloads succeeded$/m,
  );
  expect(stderr.match(/^reload \d of 3: done/gm)).toHaveLength(3);
  expect(code).toBe(0);
});

test("check-reload: as JSON, for scripts", async () => {
  using dir = makeTempDir();
  await using gw = await startGw([writeProcessApp(dir)]);
  const { stdout, stderr } = await runGw(["check-reload", ...SMALL, "--json", "--path", "/pid"], {
    env: { TMPDIR: gw.tmp },
  });
  expect(JSON.parse(stdout)).toMatchObject({ failures: 0, done: 3, isGood: true });
  expect(stderr).toBe("");
});

test("check-reload: without a gw there is nothing to check", async () => {
  const { code, stderr } = await runGw(["check-reload", "--server-root", "/nonexistent"]);
  expect(stderr).toContain("No gw answers at /nonexistent/control.sock");
  expect(code).toBe(69);
});

test("check-reload: where no group takes the host, nothing is proved, and a host that one takes is told beside the address", async () => {
  using dir = makeTempDir();
  await using gw = await startGw([writeProcessApp(dir), "--server-name", "www.test"]);
  const env = { TMPDIR: gw.tmp };
  const vain = await runGw(["check-reload", ...SMALL], { env });
  expect(vain.stdout).toMatch(/^answers: \d+ × 421\n {2}\d+ of them are gw's own/m);
  expect(vain.stdout).toMatch(/^nothing proved: .*; --host and --path choose/m);
  expect([vain.code, vain.stderr]).toEqual([1, ""]);
  const { code, stdout } = await runGw(["check-reload", ...SMALL, "--host", "www.test"], { env });
  expect(stdout).toContain(`requests to ${gw.url}, for the host www.test, in`);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^answers: \d+ × 200$/m)]);
});
