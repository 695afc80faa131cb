// Which files may become gw: whoever could write them, or put others in their place, would have its rights.
import { describe, expect, test } from "bun:test";
import { chmodSync, closeSync, mkdirSync, readSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { judgePath, openProgram, type PathFacts } from "../../../src/supervisor/upgrade/program.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const facts = (path: string, mode: number, uid = 0): PathFacts => ({ path, mode, uid });
const ROOT = facts("/", 0o755);

describe("judge path", () => {
  const good: [string, PathFacts[]][] = [
    ["all of it is root's", [facts("/bin/gw", 0o755), facts("/bin", 0o755), ROOT]],
    [
      "it is gw's user's",
      [facts("/home/a/gw", 0o700, 7), facts("/home/a", 0o755, 7), facts("/home", 0o755), ROOT],
    ],
    ["a directory of all lets nobody exchange it", [facts("/tmp/gw", 0o755, 7), facts("/tmp", 0o1777), ROOT]],
  ];
  test.each(good)("upgrade program: nothing is wrong where %s", (_, all) => {
    expect(judgePath(all, 7)).toBeUndefined();
  });

  const wrong: [string, PathFacts[], RegExp][] = [
    ["its group can write it", [facts("/bin/gw", 0o775), facts("/bin", 0o755), ROOT], /the file/],
    ["everybody can write it", [facts("/bin/gw", 0o757), facts("/bin", 0o755), ROOT], /the file/],
    [
      "a directory lets others exchange it",
      [facts("/a/gw", 0o755), facts("/a", 0o777), ROOT],
      /the directory \/a/,
    ],
    [
      "it is somebody else's",
      [facts("/a/gw", 0o755, 8), facts("/a", 0o755), ROOT],
      /user 8, who owns the file/,
    ],
    [
      "a directory is somebody else's",
      [facts("/a/gw", 0o755), facts("/a", 0o755, 8), ROOT],
      /user 8, who owns the directory \/a/,
    ],
    ["a file of all has that bit", [facts("/a/gw", 0o1777), facts("/a", 0o755), ROOT], /the file/],
    ["the root is open", [facts("/a/gw", 0o755), facts("/a", 0o755), facts("/", 0o777)], /the directory \//],
  ];
  test.each(wrong)("upgrade program: refused where %s", (_, all, says) => {
    expect(judgePath(all, 7)).toMatch(says);
  });
});

const uid = process.getuid?.() ?? 0;

test("upgrade program: a link is followed to where the file is, and what is put at its path later is not what is run", () => {
  using dir = makeTempDir();
  const real = dir.write("real", "one");
  chmodSync(real, 0o755);
  const link = join(dir.path, "link");
  symlinkSync(real, link);
  const program = openProgram(link, uid);
  try {
    expect(program.path).toBe(real);
    renameSync(dir.write("other", "two"), real);
    const bytes = Buffer.alloc(8);
    expect(bytes.toString("latin1", 0, readSync(program.descriptor, bytes, 0, 8, 0))).toBe("one");
  } finally {
    closeSync(program.descriptor);
  }
});

test("upgrade program: a link through a directory of everybody's is refused by the directory", () => {
  using dir = makeTempDir();
  const open = join(dir.path, "open");
  mkdirSync(open);
  const file = dir.write("open/gw", "");
  chmodSync(file, 0o755);
  chmodSync(open, 0o777);
  const link = join(dir.path, "link");
  symlinkSync(file, link);
  expect(() => openProgram(link, uid)).toThrow(`to the directory ${open}`);
});
