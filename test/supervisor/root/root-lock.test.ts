// The lock of a server root, between processes that are there, are gone, or have the number of one that is gone.
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isLockedBy, markOf, replaceLock, takeLock } from "../../../src/supervisor/root/root-lock.ts";
import type { System } from "../../../src/supervisor/root/system.ts";
import { captureLog } from "../../support/capture-log.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const system: System = {
  pid: process.pid,
  uid: process.getuid?.() ?? 0,
  executable: { path: process.execPath },
  env: {},
  kill: (pid, signal) => void process.kill(pid, signal),
};
const own = markOf(process.pid);
const parent = markOf(process.ppid);

function setUp(lock?: string) {
  const temp = makeTempDir();
  const { log, texts } = captureLog();
  if (lock !== undefined) writeFileSync(join(temp.path, "gw.pid"), lock);
  return {
    path: temp.path,
    texts,
    take: () => takeLock(temp.path, own, system, log),
    replace: (theirs: string) => replaceLock(temp.path, theirs, own, system),
    read: () => readFileSync(join(temp.path, "gw.pid"), "utf8"),
    [Symbol.dispose]: () => temp[Symbol.dispose](),
  };
}

describe("root lock", () => {
  test.each([
    ["free", undefined, []],
    ["a dead gw's", "4194305 1\n", ["removed what a dead gw left behind"]],
    ["no lock at all", "what?", ["removed what a dead gw left behind"]],
  ])("that is %s is taken, and nothing else is left", (_, lock, says) => {
    using root = setUp(lock);
    root.take();
    expect([root.read(), readdirSync(root.path), root.texts()]).toEqual([own, ["gw.pid"], says]);
    expect(isLockedBy(root.path, own)).toBe(true);
  });

  test("of a running gw is not", () => {
    using root = setUp(parent);
    expect(() => root.take()).toThrow(`Another gw (pid ${process.ppid})`);
    expect([root.read(), readdirSync(root.path)]).toEqual([parent, ["gw.pid"]]);
  });

  test("is taken from a running gw that gives it up, and from nobody else", () => {
    using root = setUp(parent);
    expect(() => root.replace("77 1\n")).toThrow("another gw has taken it meanwhile");
    root.replace(parent);
    expect([root.read(), readdirSync(root.path)]).toEqual([own, ["gw.pid"]]);
  });
});
