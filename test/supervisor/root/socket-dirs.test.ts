import { describe, expect, test } from "bun:test";
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { GwError } from "../../../src/core/errors.ts";
import {
  removeSocketDir,
  SocketDirs,
  type SocketUser,
  socketDirsIn,
} from "../../../src/supervisor/root/socket-dirs.ts";
import type { System } from "../../../src/supervisor/root/system.ts";
import { AS_ROOT, describeWith } from "../../support/needs.ts";
import { makePublicDir, makeTempDir } from "../../support/temp-dir.ts";

const UID = process.getuid?.() ?? 0;
const SYSTEM = { uid: UID } as System;
const user = (uid: number, gid = uid): SocketUser => ({ name: `user ${uid}`, uid, gid, groups: [] });

const seen = (path: string) => {
  const { mode, uid, gid } = statSync(path);
  return [(mode & 0o7777).toString(8), uid, gid];
};

function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof GwError) return error.message;
    throw error;
  }
  throw new Error("not refused");
}

describe("socket directories: of whoever runs gw", () => {
  test("one for all, made when it is first asked for, closed to everybody else, and empty", () => {
    using temp = makeTempDir();
    mkdirSync(join(temp.path, "run"));
    temp.write("run/left-behind.sock", "");
    const dirs = new SocketDirs(temp.path, SYSTEM, undefined);
    expect(existsSync(join(temp.path, "run/left-behind.sock"))).toBe(true);
    const path = dirs.of(undefined);
    expect([path, dirs.of(undefined)]).toEqual([join(temp.path, "run"), path]);
    expect([seen(path)[0], existsSync(join(path, "left-behind.sock"))]).toEqual(["700", false]);
    expect(dirs.isShared(undefined)).toBe(false);
  });

  test("one that somebody has removed is known, and made again", () => {
    using temp = makeTempDir();
    const dirs = new SocketDirs(temp.path, SYSTEM, undefined);
    const path = dirs.of(undefined);
    expect(dirs.lost()).toEqual([]);
    rmSync(path, { recursive: true });
    expect(dirs.lost()).toEqual([path]);
    dirs.restore();
    expect([dirs.lost(), seen(path)[0]]).toEqual([[], "700"]);
  });

  test("what is no directory in its place is not touched", () => {
    using temp = makeTempDir();
    symlinkSync("/", join(temp.path, "run"));
    const dirs = new SocketDirs(temp.path, SYSTEM, undefined);
    expect(refusalOf(() => dirs.of(undefined))).toContain("it is not a directory of ours");
    expect(existsSync(join(temp.path, "run/etc"))).toBe(true);
  });

  test("all that there are, by their names", () => {
    using temp = makeTempDir();
    for (const name of ["run", "u2", "u10", "under", "u", "logs"]) mkdirSync(join(temp.path, name));
    expect(socketDirsIn(temp.path).sort()).toEqual(["run", "u10", "u2"].map((name) => join(temp.path, name)));
  });
});

describeWith(AS_ROOT)("socket directories: of other users", () => {
  test("each has its own; where the front ends are somebody else, they get in by their group and nobody else does", () => {
    using temp = makePublicDir();
    const front = user(4_711);
    const dirs = new SocketDirs(temp.path, SYSTEM, front);
    const [own, other, third] = [dirs.of(front), dirs.of(user(4_712)), dirs.of(user(4_713))];
    expect([own, other, third]).toEqual(["run", "u2", "u3"].map((name) => join(temp.path, name)));
    expect(dirs.of(user(4_712))).toBe(other);
    expect(seen(own)).toEqual(["700", 4_711, 4_711]);
    // What is made in it takes the front ends' group on.
    expect(seen(other)).toEqual(["2710", 4_712, 4_711]);
    expect([dirs.isShared(front), dirs.isShared(user(4_712)), dirs.isShared(undefined)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test("one that is made again is still its user's", () => {
    using temp = makePublicDir();
    const dirs = new SocketDirs(temp.path, SYSTEM, user(4_711));
    const path = dirs.of(user(4_712));
    rmSync(path, { recursive: true });
    dirs.restore();
    expect(seen(path)).toEqual(["2710", 4_712, 4_711]);
  });

  test("a user who cannot come near is told which directory is in the way", () => {
    using temp = makePublicDir();
    const root = join(temp.path, "closed/root");
    mkdirSync(root, { recursive: true });
    chmodSync(join(temp.path, "closed"), 0o700);
    const dirs = new SocketDirs(root, SYSTEM, user(4_711));
    expect(refusalOf(() => dirs.of(user(4_711)))).toContain(
      `cannot pass ${temp.path}/closed (chmod o+x helps)`,
    );
  });

  test("one that was another user's is taken away without following what that user has put there", () => {
    using temp = makeTempDir();
    using elsewhere = makeTempDir();
    const kept = elsewhere.write("kept", "");
    const path = join(temp.path, "run");
    mkdirSync(path);
    symlinkSync(elsewhere.path, join(path, "link"));
    chownSync(path, 4_711, 4_711);
    removeSocketDir(path, SYSTEM);
    expect([existsSync(path), existsSync(kept)]).toEqual([false, true]);
    removeSocketDir(path, SYSTEM);
  });

  test("a directory with something in it, which that user may exchange at any time, is not entered", () => {
    using temp = makeTempDir();
    const path = join(temp.path, "run");
    mkdirSync(join(path, "deep"), { recursive: true });
    temp.write("run/deep/file", "");
    chownSync(path, 4_711, 4_711);
    expect(() => removeSocketDir(path, SYSTEM)).toThrow("ENOTEMPTY");
    expect(existsSync(join(path, "deep/file"))).toBe(true);
  });
});
