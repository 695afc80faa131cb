import { expect } from "bun:test";
import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { openSeen, Root, type Sight } from "../../../src/front/files/root.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { makeFileTree } from "../../support/file-tree.ts";
import { ON_LINUX, testWith } from "../../support/needs.ts";

function close(sight: Sight): string {
  if (sight.kind === "file") closeSync(sight.fd);
  return sight.kind === "refused" ? sight.why : sight.kind;
}

testWith(ON_LINUX)("root: what is asked for again is answered at once, and says the same", async () => {
  using tree = makeFileTree({ "site/a.txt": "a", "site/sub/b": "b", secret: "s" });
  symlinkSync("../secret", join(tree.path, "site/out"));
  spawnSync("mkfifo", [join(tree.path, "site/fifo")]);
  const clock = new FakeClock();
  const root = new Root(join(tree.path, "site"), false, clock);
  for (const [name, expected] of [
    ["a.txt", "file"],
    ["sub", "directory"],
    ["none", "nothing"],
    ["fifo", "it is no regular file"],
  ] as const) {
    expect(close(await root.look([name]))).toBe(expected);
    const again = root.look([name]);
    // Only where the kernel can say what it has in memory.
    if (!(again instanceof Promise)) expect(close(again)).toBe(expected);
  }
  expect(close(await root.look(["out"]))).toContain("--follow-symlinks");
  const open = new Root(join(tree.path, "site"), true, clock);
  expect(close(await open.look(["out"]))).toBe("file");
  root.close();
  open.close();
});

testWith(ON_LINUX)("root: a pipe that waits for a reader goes on waiting", async () => {
  using tree = makeFileTree({ x: "" });
  spawnSync("mkfifo", [join(tree.path, "fifo")]);
  const root = new Root(tree.path, false, new FakeClock());
  expect(close(await root.look(["fifo"]))).toBe("it is no regular file");
  // It would be let in if anybody had opened the other end.
  expect(() => openSync(join(tree.path, "fifo"), constants.O_WRONLY | constants.O_NONBLOCK)).toThrow("ENXIO");
  root.close();
});

testWith(ON_LINUX)("root: a directory that takes its place is served within a second or two", async () => {
  using tree = makeFileTree({ "v1/a": "old", "v2/a": "newer" });
  const link = join(tree.path, "current");
  symlinkSync("v1", link);
  const clock = new FakeClock();
  const root = new Root(link, false, clock);
  const sizeNow = async () => {
    clock.advance(1001);
    const sight = await root.look(["a"]);
    close(sight);
    return sight.kind === "file" ? sight.stat.size : sight.kind;
  };
  expect(await sizeNow()).toBe(3n);
  symlinkSync("v2", `${link}.new`);
  renameSync(`${link}.new`, link);
  while ((await sizeNow()) !== 5n) await new Promise(setImmediate);
  // While nothing is there, the last one is.
  tree.remove("current");
  expect(await sizeNow()).toBe(5n);
  root.close();
});

testWith(ON_LINUX)("root: what was looked at is what is read, whatever has its name by then", async () => {
  using tree = makeFileTree({ a: "first", b: "other" });
  const root = new Root(tree.path, false, new FakeClock());
  const sight = await root.look(["a"]);
  if (sight.kind !== "file") throw new Error(sight.kind);
  renameSync(join(tree.path, "b"), join(tree.path, "a"));
  const fd = await openSeen(sight.fd, undefined);
  expect(await Bun.file(fd).text()).toBe("first");
  closeSync(fd);
  root.close();
});
