import { expect } from "bun:test";
import { closeSync, constants, fstatSync, mkdirSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EAGAIN, ENOENT, ENOTDIR, EXDEV, openBeneath, readCached } from "../../../ffi/files/open-beneath.ts";
import { ON_LINUX, testWith } from "../../support/needs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const STAYS = { followsLinks: false, cachedOnly: false };

testWith(ON_LINUX)("openBeneath: what lies below is opened, what leads out is not", () => {
  using dir = makeTempDir();
  const root = join(dir.path, "root");
  mkdirSync(join(root, "sub"), { recursive: true });
  writeFileSync(join(root, "a.txt"), "hello");
  writeFileSync(join(dir.path, "secret"), "secret");
  symlinkSync("../a.txt", join(root, "sub", "inside"));
  symlinkSync("../secret", join(root, "outside"));
  symlinkSync("/proc/self/root", join(root, "magic"));
  const directory = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  const errnoOf = (path: string, how = STAYS) => {
    const fd = openBeneath(directory, path, how);
    if (fd >= 0) closeSync(fd);
    return fd >= 0 ? 0 : -fd;
  };
  expect(errnoOf("a.txt")).toBe(0);
  expect(errnoOf("sub/inside")).toBe(0);
  expect(errnoOf("sub/../a.txt")).toBe(0);
  expect(errnoOf("outside")).toBe(EXDEV);
  expect(errnoOf("../secret")).toBe(EXDEV);
  expect(errnoOf("/etc/passwd")).toBe(EXDEV);
  expect(errnoOf("nothing")).toBe(ENOENT);
  expect(errnoOf("a.txt/more")).toBe(ENOTDIR);
  expect(errnoOf("outside", { followsLinks: true, cachedOnly: false })).toBe(0);
  expect(errnoOf("magic/etc", { followsLinks: true, cachedOnly: false })).not.toBe(0);
  closeSync(directory);
});

testWith(ON_LINUX)(
  "openBeneath: a path that nobody has asked for is not looked up where that may take time",
  () => {
    using dir = makeTempDir();
    const directory = openSync(dir.path, constants.O_RDONLY | constants.O_DIRECTORY);
    const never = `never-${process.pid}-${process.hrtime.bigint()}`;
    expect(openBeneath(directory, never, { followsLinks: false, cachedOnly: true })).toBe(-EAGAIN);
    expect(openBeneath(directory, never, STAYS)).toBe(-ENOENT);
    closeSync(directory);
  },
);

testWith(ON_LINUX)(
  "openBeneath: nothing can be read by what it gives, and readCached reads what is in memory",
  () => {
    using dir = makeTempDir();
    writeFileSync(join(dir.path, "a"), "0123456789");
    const directory = openSync(dir.path, constants.O_RDONLY | constants.O_DIRECTORY);
    const found = openBeneath(directory, "a", STAYS);
    expect(fstatSync(found).isFile()).toBe(true);
    const piece = new Uint8Array(new ArrayBuffer(4));
    expect(readCached(found, piece, 0)).toBeLessThan(0);
    const fd = openSync(`/proc/self/fd/${found}`, constants.O_RDONLY);
    expect(readCached(fd, piece, 8)).toBe(2);
    expect(Buffer.from(piece.subarray(0, 2)).toString()).toBe("89");
    expect(readCached(fd, piece, 10)).toBe(0);
    for (const one of [fd, found, directory]) closeSync(one);
  },
);
