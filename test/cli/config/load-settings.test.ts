// Settings as they are loaded again and again in one process, as a reload does it.
import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadSettings } from "../../../src/cli/config/load-settings.ts";
import { planReload } from "../../../src/options/resolve/reload.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

test("load-settings: the file is read anew each time, the environment is that of the start", async () => {
  using dir = makeTempDir();
  const config = join(dir.path, "live.json");
  const load = async (text: string) => {
    writeFileSync(config, text);
    const resolution = await loadSettings(["--config", config, "--port", "0"]);
    if (resolution.problems) throw new Error(resolution.problems.map(({ what }) => what).join("; "));
    return resolution;
  };
  const first = await load('{ "concurrency": 5 }');
  process.env.GW_CONCURRENCY = "9";
  const second = await load('{ "concurrency": 6, "host": "127.0.0.1" }');
  delete process.env.GW_CONCURRENCY;
  expect([first.settings.concurrency.max, second.settings.concurrency.max]).toEqual([5, 6]);
  expect(planReload(first, second).refused.map(({ what }) => what)).toEqual([
    'host cannot change from "0.0.0.0" to "127.0.0.1" while gw runs',
  ]);
});

test("load-settings: a command's own switches are told apart", async () => {
  const resolution = await loadSettings(["--setup-only"], ["setup-only"]);
  expect([...resolution.switches]).toEqual(["setup-only"]);
  const { problems } = await loadSettings(["--setup-only"]);
  expect(problems?.map(({ what }) => what)).toEqual(['There is no option "--setup-only"']);
});

test("load-settings: a directory for evidence that others may look into, or that cannot be made, is a problem with its place", async () => {
  using dir = makeTempDir();
  mkdirSync(join(dir.path, "open"), { mode: 0o755 });
  mkdirSync(join(dir.path, "own"), { mode: 0o700 });
  dir.write("file", "");
  symlinkSync(join(dir.path, "own"), join(dir.path, "link"));
  const problemOf = async (name: string) =>
    (await loadSettings(["--evidence-directory", join(dir.path, name)])).problems?.[0];
  for (const [name, why] of [
    ["open", "others may look into it (mode 755)"],
    ["file", "it is not a directory"],
    ["link", "it is a symbolic link"],
    ["nowhere/below", "there is no directory"],
  ] as const)
    expect(await problemOf(name)).toMatchObject({
      from: "--evidence-directory",
      what: expect.stringContaining(why) as never,
    });
  expect([await problemOf("own"), await problemOf("new")]).toEqual([undefined, undefined]);
});
