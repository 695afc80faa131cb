import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { GwError } from "../../../src/core/errors.ts";
import { openRunDir } from "../../../src/supervisor/root/run-dir.ts";
import type { System } from "../../../src/supervisor/root/system.ts";
import { captureLog } from "../../support/capture-log.ts";
import { AS_ROOT, describeWith, ON_LINUX, testWith } from "../../support/needs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const uid = process.getuid?.() ?? 0;
const system: System = {
  pid: process.pid,
  uid,
  executable: { path: process.execPath },
  env: {},
  kill: (pid, signal) => void process.kill(pid, signal),
};
/** A pid that no process has: above the largest that Linux gives out. */
const NOBODY = 4_194_304 + 1;

function open(path: string, as: Partial<System> = {}) {
  const { log, texts } = captureLog();
  return { dir: openRunDir(path, { ...system, ...as }, log), texts };
}

function refusal(act: () => unknown): { cause: string; facts: GwError["facts"] } {
  try {
    act();
  } catch (error) {
    if (error instanceof GwError) return { cause: error.cause_, facts: error.facts };
    throw error;
  }
  throw new Error("it was not refused");
}

function makeOpenToAll(path: string): void {
  mkdirSync(path);
  chmodSync(path, 0o777);
}

describe("run dir", () => {
  test("is made private, with a private place for sockets, and removed without a trace", () => {
    using temp = makeTempDir();
    const path = join(temp.path, "root");
    const { dir } = open(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, "run")).mode & 0o777).toBe(0o700);
    expect(dir.socket("w1.sock")).toBe(join(path, "run/w1.sock"));
    expect(readdirSync(path).sort()).toEqual([".made-by-gw", "gw.pid", "run", "runtime"]);
    dir.remove();
    expect(existsSync(path)).toBe(false);
    dir.remove();
  });

  test("that a gw made and another one took over is removed by the other one", () => {
    using temp = makeTempDir();
    const path = join(temp.path, "root");
    open(path);
    writeFileSync(join(path, "gw.pid"), `${NOBODY} 17\n`);
    open(path).dir.remove();
    expect(existsSync(path)).toBe(false);
  });

  test("that somebody removed is made again with its lock, and then removed as ever", () => {
    using temp = makeTempDir();
    const path = join(temp.path, "root");
    const { dir, texts } = open(path);
    dir.restore();
    expect(texts()).toEqual([]);
    for (const gone of [join(path, "run"), path]) {
      rmSync(gone, { recursive: true });
      dir.restore();
      expect(statSync(join(path, "run")).mode & 0o777).toBe(0o700);
      expect(refusal(() => open(path, { pid: NOBODY })).cause).toBe("server_root_taken");
    }
    const said = "the directory of the sockets had vanished and was made again";
    expect(texts()).toEqual([said, said]);
    dir.remove();
    expect(existsSync(path)).toBe(false);
  });

  test("whose lock alone was removed is locked again, and a second gw is refused as ever", () => {
    using temp = makeTempDir();
    const { dir, texts } = open(temp.path);
    rmSync(join(temp.path, "gw.pid"));
    expect(dir.restore()).toBe(true);
    expect(texts()).toEqual(["the lock of the server root had vanished and was made again"]);
    expect(refusal(() => open(temp.path, { pid: NOBODY })).cause).toBe("server_root_taken");
    dir.remove();
  });

  test("that is lent is another gw's to lock, and its sockets are made again all the same", () => {
    using temp = makeTempDir();
    const path = join(temp.path, "root");
    const { dir, texts } = open(path);
    const lock = join(path, "gw.pid");
    const own = readFileSync(lock, "utf8");
    dir.lend();
    writeFileSync(lock, `${process.ppid} -`);
    rmSync(join(path, "run"), { recursive: true });
    dir.restore();
    expect(existsSync(join(path, "run"))).toBe(true);
    expect(texts()).toEqual(["the directory of the sockets had vanished and was made again"]);
    expect(readFileSync(lock, "utf8")).toBe(`${process.ppid} -`);
    // That one has ended.
    rmSync(lock);
    expect(dir.takeBack()).toBe(true);
    expect(readFileSync(lock, "utf8")).toBe(own);
    expect(texts().at(-1)).toBe("the server root is this gw's again");
    rmSync(lock);
    dir.restore();
    expect(texts().at(-1)).toBe("the lock of the server root had vanished and was made again");
    dir.remove();
  });

  test("that another gw took after it was removed is left to that one", () => {
    using temp = makeTempDir();
    const path = join(temp.path, "root");
    const { dir, texts } = open(path);
    rmSync(path, { recursive: true });
    const other = open(path, { pid: process.ppid });
    rmSync(join(path, "run"), { recursive: true });
    expect([dir.restore(), dir.restore()]).toEqual([false, false]);
    expect(texts()).toEqual(["the directory of the sockets has vanished"]);
    expect(existsSync(join(path, "run"))).toBe(false);
    other.dir.remove();
  });

  test("that was there before stays, with what others keep in it", () => {
    using temp = makeTempDir();
    temp.write("notes.txt", "mine");
    open(temp.path).dir.remove();
    expect(readdirSync(temp.path)).toEqual(["notes.txt"]);
  });

  test("of a running gw is refused, and names its pid", () => {
    using temp = makeTempDir();
    const { dir } = open(temp.path);
    expect(refusal(() => open(temp.path, { pid: NOBODY }))).toEqual({
      cause: "server_root_taken",
      facts: { pid: process.pid, path: temp.path },
    });
    expect(readdirSync(temp.path).sort()).toEqual(["gw.pid", "run", "runtime"]);
    dir.remove();
  });

  test("of a dead gw is taken over, its sockets are removed, and the log says so", () => {
    using temp = makeTempDir();
    mkdirSync(join(temp.path, "run"));
    writeFileSync(join(temp.path, "run/w1.sock"), "");
    writeFileSync(join(temp.path, "gw.pid"), `${NOBODY} 17\n`);
    const { dir, texts } = open(temp.path);
    expect(texts()).toEqual(["removed what a dead gw left behind"]);
    expect(readdirSync(join(temp.path, "run"))).toEqual([]);
    dir.remove();
    expect(readdirSync(temp.path)).toEqual([]);
  });

  testWith(ON_LINUX)("of a dead gw whose pid another process has now is taken over", () => {
    using temp = makeTempDir();
    writeFileSync(join(temp.path, "gw.pid"), `${process.ppid} 1\n`);
    const { dir, texts } = open(temp.path);
    expect(texts()).toEqual(["removed what a dead gw left behind"]);
    dir.remove();
  });

  test("with a lock that is not readable as one is taken over", () => {
    using temp = makeTempDir();
    temp.write("gw.pid", "\0\0\0");
    open(temp.path).dir.remove();
    expect(readdirSync(temp.path)).toEqual([]);
  });

  test("that another gw has taken meanwhile is left alone at the end", () => {
    using temp = makeTempDir();
    const { dir } = open(temp.path);
    temp.write("gw.pid", "1 1\n");
    dir.remove();
    expect(readFileSync(join(temp.path, "gw.pid"), "utf8")).toBe("1 1\n");
    expect(existsSync(join(temp.path, "run"))).toBe(true);
  });

  const unusable: [string, (path: string) => void, string][] = [
    ["a symbolic link", (path) => symlinkSync("/tmp", path), "it is a symbolic link"],
    ["a link to nowhere", (path) => symlinkSync("/no/such/place", path), "it is a symbolic link"],
    ["a file", (path) => writeFileSync(path, ""), "it is not a directory"],
    ["open to others", makeOpenToAll, "other users may write to it (chmod go-w helps)"],
  ];
  test.each(unusable)("that is %s is refused and not touched", (_name, make, reason) => {
    using temp = makeTempDir();
    const path = join(temp.path, "root");
    make(path);
    expect(refusal(() => open(path))).toEqual({ cause: "server_root_unusable", facts: { path, reason } });
  });

  test("of another user is refused", () => {
    using temp = makeTempDir();
    const reason = `it belongs to user ${uid}, and gw runs as user ${uid + 1}`;
    expect(refusal(() => open(temp.path, { uid: uid + 1 })).facts.reason).toBe(reason);
  });

  test("below a place where nothing can be made is refused with the system's reason", () => {
    using temp = makeTempDir();
    const file = temp.write("file", "");
    const { cause, facts } = refusal(() => open(join(file, "root")));
    expect(cause).toBe("server_root_unusable");
    expect(String(facts.reason)).toMatch(/ENOTDIR|EEXIST/);
  });
});

describeWith(AS_ROOT)("run dir for workers of another user", () => {
  const nobody = { name: "nobody", uid: 65_534, gid: 65_534, groups: [65_534] };
  const openFor = (path: string) => openRunDir(path, system, captureLog().log, nobody);
  const look = (path: string) => [statSync(path).uid, statSync(path).mode & 0o777];

  function makePassable() {
    const temp = makeTempDir();
    chmodSync(temp.path, 0o711);
    return temp;
  }

  test("the sockets are that user's, the rest is ours and lets that user pass", () => {
    using temp = makePassable();
    const path = join(temp.path, "root");
    const dir = openFor(path);
    expect([look(path), look(join(path, "run"))]).toEqual([
      [0, 0o711],
      [65_534, 0o700],
    ]);
    dir.remove();
    expect(existsSync(path)).toBe(false);
  });

  test("a directory on the way that the user cannot pass is named", () => {
    using temp = makePassable();
    const closed = join(temp.path, "closed");
    mkdirSync(closed, { mode: 0o700 });
    const { cause, facts } = refusal(() => openFor(join(closed, "root")));
    expect(cause).toBe("server_root_unusable");
    expect(facts.reason).toBe(`user "nobody" cannot pass ${closed} (chmod o+x helps)`);
    expect(readdirSync(closed)).toEqual([]);
  });

  test("what the user has put between the sockets is removed, but nothing that a link leads to", () => {
    using temp = makePassable();
    const path = join(temp.path, "root");
    const precious = temp.write("precious", "kept");
    const dir = openFor(path);
    symlinkSync(precious, join(path, "run/link"));
    symlinkSync(temp.path, join(path, "run/way-out"));
    mkdirSync(join(path, "run/empty"));
    dir.remove();
    expect([existsSync(path), readFileSync(precious, "utf8")]).toEqual([false, "kept"]);
  });

  test("a directory that the user has filled is left alone, and named at the next start", () => {
    using temp = makePassable();
    const path = join(temp.path, "root");
    const dir = openFor(path);
    mkdirSync(join(path, "run/full"));
    writeFileSync(join(path, "run/full/file"), "");
    dir.remove();
    expect(readdirSync(join(path, "run/full"))).toEqual(["file"]);
    expect(refusal(() => openFor(path)).facts.reason).toContain("run/full");
  });
});
