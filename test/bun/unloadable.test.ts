// Probes of what the runtime cannot do: load files whose paths hold certain signs, and run where there is no /proc.
import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { unloadableSign } from "../../src/core/loadable.ts";
import { testWith, WITH_OWN_MOUNTS } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const require = createRequire(import.meta.url);

test.each([
  "a?b.ts",
  "a\\b.ts",
  "a?b/c.ts",
  "a#b.ts",
  "a%41.ts",
  "a b.ts",
  "a'b\".ts",
  "ü.ts",
  "a\nb.ts",
  "a*b.ts",
])("a file called %j can be loaded, unless there is a sign in it that we know of", async (name) => {
  using dir = makeTempDir();
  mkdirSync(join(dir.path, "a?b"));
  const path = dir.write(name, "export default 1;");
  const ways = [() => import(pathToFileURL(path).href), () => import(path), async () => require(path)];
  const loaded = await Promise.all(
    ways.map((way) =>
      way().then(
        ({ default: one }) => one === 1,
        () => false,
      ),
    ),
  );
  if (unloadableSign(path) === undefined) expect(loaded[0]).toBe(true);
  else expect(loaded).toEqual([false, false, false]);
});

testWith(WITH_OWN_MOUNTS)("without /proc it aborts before it runs anything", () => {
  const script = `mount -t tmpfs none /proc && exec "${process.execPath}" -e 'console.log("run")'`;
  const { stdout, stderr, exitCode } = Bun.spawnSync(["unshare", "--mount", "sh", "-c", script], {
    cwd: "/",
  });
  expect([stdout.toString(), exitCode === 0]).toEqual(["", false]);
  expect(stderr.toString()).toContain("abort() called");
});
