import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { isRuntimeName } from "../../../src/link/runtime-names.ts";
import {
  makeRuntimeDir,
  removeRuntimeDir,
  runtimeDirOf,
  runtimeOf,
} from "../../../src/supervisor/root/runtime-dir.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const uid = process.getuid?.() ?? 0;
const system = {
  pid: 1,
  uid,
  executable: { path: "/proc/self/exe", name: "/usr/bin/gw" },
  env: {},
  kill() {},
};

describe("runtime directory", () => {
  test("holds the names of the runtime, which lead to gw, and is removed again", () => {
    using temp = makeTempDir();
    expect(makeRuntimeDir(temp.path, system)).toBe(true);
    const dir = runtimeDirOf(temp.path);
    expect(readdirSync(dir).toSorted()).toEqual(["bun", "node"]);
    expect(readlinkSync(runtimeOf(temp.path, system)!)).toBe("/usr/bin/gw");
    expect(statSync(dir).mode & 0o777).toBe(0o755);
    expect(makeRuntimeDir(temp.path, system)).toBe(false);
    removeRuntimeDir(temp.path);
    expect(readdirSync(temp.path)).toEqual([]);
  });

  test("what is missing, or leads elsewhere, is made again", () => {
    using temp = makeTempDir();
    makeRuntimeDir(temp.path, system);
    const dir = runtimeDirOf(temp.path);
    unlinkSync(join(dir, "bun"));
    unlinkSync(join(dir, "node"));
    writeFileSync(join(dir, "node"), "");
    chmodSync(dir, 0o777);
    expect(makeRuntimeDir(temp.path, system)).toBe(true);
    for (const name of ["bun", "node"]) expect(readlinkSync(join(dir, name))).toBe("/usr/bin/gw");
    expect(statSync(dir).mode & 0o777).toBe(0o755);
  });

  test("stands beside a server root whose name PATH could not hold", () => {
    using temp = makeTempDir();
    const root = join(temp.path, "gw-[::]:8000:0");
    mkdirSync(root);
    makeRuntimeDir(root, system);
    expect(readdirSync(temp.path).toSorted()).toEqual(
      [".gw-[--]-8000-0.runtime", "gw-[::]:8000:0"].toSorted(),
    );
    removeRuntimeDir(root);
    expect(readdirSync(temp.path)).toEqual(["gw-[::]:8000:0"]);
  });

  test("a file in its place is refused by name", () => {
    using temp = makeTempDir();
    temp.write("runtime", "");
    expect(() => makeRuntimeDir(temp.path, system)).toThrow(`${temp.path}/runtime cannot be used`);
  });

  test("is not needed by a gw that is run from its sources", () => {
    using temp = makeTempDir();
    const plain = { ...system, executable: { path: process.execPath, script: "src/main.ts" } };
    makeRuntimeDir(temp.path, plain);
    expect([existsSync(runtimeDirOf(temp.path)), runtimeOf(temp.path, plain)]).toEqual([false, undefined]);
  });
});

test.each([
  ["bun", true],
  ["/tmp/.gw-0.0.0.0-8000-0.runtime/bun", true],
  ["/usr/bin/node", true],
  ["gw", false],
  ["./dist/gw", false],
  ["/opt/bun/gw", false],
  ["mybun", false],
  ["bunx", false],
  ["", false],
])("runtime names: %s", (argv0, isRuntime) => {
  expect(isRuntimeName(argv0)).toBe(isRuntime);
});
