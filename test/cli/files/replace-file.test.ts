// A file that is changed as a whole: its rights, its owner, two who change it at once.
import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { type FileChange, replaceFile } from "../../../src/cli/files/replace-file.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { AS_ROOT, testWith } from "../../support/needs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const replace = (path: string, edit: FileChange["edit"], clock = systemClock) =>
  replaceFile({ path, mostBytes: 1024, edit }, clock);
const modeOf = (path: string) => statSync(path).mode & 0o7777;

describe("replace file", () => {
  test("replace file: a new one is for its owner alone, whatever the umask is", async () => {
    using dir = makeTempDir();
    const path = join(dir.path, "users");
    const umask = process.umask(0);
    try {
      expect(await replace(path, (text) => `${text} b`)).toBe("replaced");
    } finally {
      process.umask(umask);
    }
    expect([readFileSync(path, "utf8"), modeOf(path)]).toEqual(["undefined b", 0o600]);
    expect(readdirSync(dir.path)).toEqual(["users"]);
  });

  test.each([0o600, 0o640, 0o444])("replace file: one that is there keeps its mode %d", async (mode) => {
    using dir = makeTempDir();
    const path = dir.write("users", "a");
    chmodSync(path, mode);
    expect(await replace(path, (text) => `${text}b`)).toBe("replaced");
    expect([readFileSync(path, "utf8"), modeOf(path)]).toEqual(["ab", mode]);
  });

  testWith(AS_ROOT)("replace file: one that is there keeps its owner and its group", async () => {
    using dir = makeTempDir();
    const path = dir.write("users", "a");
    chownSync(path, 4711, 4712);
    chmodSync(path, 0o640);
    await replace(path, () => "b");
    const { uid, gid } = statSync(path);
    expect([uid, gid, modeOf(path)]).toEqual([4711, 4712, 0o640]);
  });

  test("replace file: a link goes on leading to it", async () => {
    using dir = makeTempDir();
    mkdirSync(join(dir.path, "real"));
    dir.write("real/users", "a");
    const link = join(dir.path, "users");
    symlinkSync("real/users", link);
    await replace(link, (text) => `${text}b`);
    expect([lstatSync(link).isSymbolicLink(), readFileSync(join(dir.path, "real/users"), "utf8")]).toEqual([
      true,
      "ab",
    ]);
    expect(readdirSync(join(dir.path, "real"))).toEqual(["users"]);
  });

  test("replace file: where nothing is to change nothing does", async () => {
    using dir = makeTempDir();
    const path = dir.write("users", "a");
    const { ino } = statSync(path);
    expect(await replace(path, () => undefined)).toBe("kept");
    expect(await replace(join(dir.path, "none"), () => undefined)).toBe("kept");
    expect([statSync(path).ino, readdirSync(dir.path)]).toEqual([ino, ["users"]]);
  });

  test("replace file: what cannot be changed is told, and leaves nothing", async () => {
    using dir = makeTempDir();
    const large = dir.write("large", "x".repeat(2000));
    mkdirSync(join(dir.path, "dir"));
    const edit = () => "b";
    for (const [path, reason] of [
      [large, "it has more than 1024 bytes"],
      [join(dir.path, "dir"), "it is a directory"],
      [join(dir.path, "no/users"), "no such file or directory"],
      [join(large, "users"), "not a directory"],
    ] as const) {
      const done = (await replace(path, edit)) as { problem: string };
      expect(done.problem).toStartWith(`"${path}" cannot be changed: `);
      expect(done.problem).toContain(reason);
    }
    expect(readdirSync(dir.path).toSorted()).toEqual(["dir", "large"]);
  });

  test("replace file: a change that fails leaves the file and nothing else", async () => {
    using dir = makeTempDir();
    const path = dir.write("users", "a");
    const done = await replace(path, () => {
      throw new Error("no room");
    });
    expect(done).toMatchObject({ problem: `"${path}" cannot be changed: no room` });
    expect([readFileSync(path, "utf8"), readdirSync(dir.path)]).toEqual(["a", ["users"]]);
  });

  test("replace file: while somebody else is at it one waits, and says so in the end", async () => {
    using dir = makeTempDir();
    const path = dir.write("users", "a");
    const other = dir.write("users.new", "");
    const clock = new FakeClock();
    let done: unknown;
    const waiting = replace(path, () => "b", clock).then((result) => {
      done = result;
    });
    for (let i = 0; done === undefined && i < 1000; i++) {
      clock.advance(100);
      await Promise.resolve();
    }
    await waiting;
    expect(done).toEqual({
      problem: `"${path}" is being changed by somebody else: there is "${other}"`,
      advice: `If nobody is, for one was killed over it: rm ${other}`,
    });
    expect(existsSync(other)).toBe(true);
    expect(readFileSync(path, "utf8")).toBe("a");
  });

  test("replace file: it goes on as soon as the other one is done", async () => {
    using dir = makeTempDir();
    const path = dir.write("users", "a");
    dir.write("users.new", "");
    const clock = new FakeClock();
    const waiting = replace(path, (text) => `${text}b`, clock);
    await Promise.resolve();
    dir.remove("users.new");
    clock.advance(100);
    expect(await waiting).toBe("replaced");
    expect(readFileSync(path, "utf8")).toBe("ab");
  });
});
