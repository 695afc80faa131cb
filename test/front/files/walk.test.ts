import { expect } from "bun:test";
import { closeSync, fstatSync, openSync, readdirSync, readlinkSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { ELOOP, ENOENT, ENOTDIR, EXDEV } from "../../../ffi/files/open-beneath.ts";
import { O_PATH, pathOfDescriptor, WalkError, walkBeneath } from "../../../src/front/files/walk.ts";
import { makeFileTree } from "../../support/file-tree.ts";
import { ON_LINUX, testWith } from "../../support/needs.ts";

testWith(ON_LINUX)("walk: leads to what lies below, by links that stay there, and nowhere else", async () => {
  using tree = makeFileTree({ "root/a/b/c.txt": "c", "root/top.txt": "top", secret: "secret" });
  const link = (target: string, name: string) => symlinkSync(target, join(tree.path, "root", name));
  link("a/b/c.txt", "straight");
  link("../top.txt", "a/up");
  link("a/up", "twice");
  link("./a//b/.", "dots");
  link("../secret", "out");
  link("a/../../secret", "around");
  link("/etc/passwd", "absolute");
  link("self", "self");
  const root = openSync(join(tree.path, "root"), O_PATH);
  const before = openBelow(tree.path);
  const seen = async (...names: string[]) => {
    try {
      const fd = await walkBeneath(root, names);
      const found = readlinkSync(pathOfDescriptor(fd)).slice(tree.path.length);
      closeSync(fd);
      return found;
    } catch (thrown) {
      return thrown instanceof WalkError ? thrown.errno : -(thrown as { errno: number }).errno;
    }
  };
  expect(await seen("a", "b", "c.txt")).toBe("/root/a/b/c.txt");
  expect(await seen()).toBe("/root");
  expect(await seen("straight")).toBe("/root/a/b/c.txt");
  expect(await seen("a", "up")).toBe("/root/top.txt");
  expect(await seen("twice")).toBe("/root/top.txt");
  expect(await seen("dots", "c.txt")).toBe("/root/a/b/c.txt");
  for (const out of ["out", "around", "absolute"]) expect(await seen(out)).toBe(EXDEV);
  expect(await seen("self")).toBe(ELOOP);
  expect(await seen("nothing")).toBe(ENOENT);
  expect(await seen("top.txt", "more")).toBe(ENOTDIR);
  // They are closed by another thread.
  while (openBelow(tree.path).length > before.length) await new Promise(setImmediate);
  expect(openBelow(tree.path)).toEqual(before);
  expect(fstatSync(root).isDirectory()).toBe(true);
  closeSync(root);
});

/** What this process has open there; what else it has is not this test's. */
function openBelow(path: string): string[] {
  const paths = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      // That by which the list was read.
      return [];
    }
  });
  return paths.filter((one) => one.startsWith(path)).toSorted();
}
