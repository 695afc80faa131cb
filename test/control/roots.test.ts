import { describe, expect, test } from "bun:test";
import { chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LOCK_NAME } from "../../src/control/protocol.ts";
import { ownerOf, ownRoots, portIn, rootsOfOthers, rootsPattern, statOf } from "../../src/control/roots.ts";
import { startTimeOf } from "../../src/os/operating-system.ts";
import { os } from "../../src/os/os.ts";
import { AS_ROOT, testWith } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const UID = process.getuid?.() ?? 0;
const OTHER = 4_711;

/** A directory for temporary files in which these are directories. */
function withRoots(...names: string[]) {
  const temp = makeTempDir();
  for (const name of names) mkdirSync(join(temp.path, name));
  return temp;
}

const namesOf = (temp: { path: string }, paths: string[]) =>
  paths.map((path) => path.slice(temp.path.length + 1)).sort();

describe("roots: which there are", () => {
  test("one's own, by name, kind and owner; nothing else that anybody may have put there", () => {
    using temp = withRoots(
      `gw-0.0.0.0:8000:${UID}`,
      `gw-::1:0.99:${UID}`,
      `gw-::1:8000:${OTHER}`,
      "gw-nonsense",
      `x-::1:1:${UID}`,
    );
    temp.write(`gw-::1:9000:${UID}`, "a file");
    symlinkSync("/", join(temp.path, `gw-::1:9001:${UID}`));
    expect(namesOf(temp, ownRoots(temp.path, UID))).toEqual([`gw-0.0.0.0:8000:${UID}`, `gw-::1:0.99:${UID}`]);
    expect(ownRoots("/nowhere/at/all", UID)).toEqual([]);
  });

  test("those of others count only where they belong to the user in the name, or to root", () => {
    using temp = withRoots(
      `gw-::1:8000:${OTHER}`,
      `gw-::1:9000:${OTHER}`,
      `gw-::1:0.5:${OTHER}`,
      `gw-::1:8000:${UID}`,
    );
    const isRoots = UID === 0;
    const all = [`gw-::1:0.5:${OTHER}`, `gw-::1:8000:${OTHER}`, `gw-::1:9000:${OTHER}`];
    expect(namesOf(temp, rootsOfOthers(temp.path, UID, undefined))).toEqual(isRoots ? all : []);
    // One whose port the name does not tell may serve any.
    expect(namesOf(temp, rootsOfOthers(temp.path, UID, 8000))).toEqual(isRoots ? all.slice(0, 2) : []);
  });

  testWith(AS_ROOT)("a third one's directory with somebody's name is nobody's", () => {
    using temp = withRoots(`gw-::1:8000:${OTHER}`, `gw-::1:9000:${OTHER}`);
    chownSync(join(temp.path, `gw-::1:8000:${OTHER}`), 4_712, 0);
    chownSync(join(temp.path, `gw-::1:9000:${OTHER}`), OTHER, 0);
    expect(namesOf(temp, rootsOfOthers(temp.path, UID, undefined))).toEqual([`gw-::1:9000:${OTHER}`]);
  });

  test.each([
    ["/tmp/gw-0.0.0.0:8000:5", 8000],
    ["/tmp/gw-::1:8000:5", 8000],
    ["/tmp/gw-::1:0.77:5", undefined],
    ["/srv/app/state", undefined],
    ["/tmp/gw-host:8000", undefined],
  ])("the port in %s", (path, port) => {
    expect(portIn(path)).toBe(port as number);
  });

  test("where they are looked for is said in a form that a shell understands", () => {
    expect(rootsPattern("/tmp", 5)).toBe("/tmp/gw-*:5");
    expect(rootsPattern("/tmp", "*")).toBe("/tmp/gw-*:*");
  });
});

describe("roots: whose lock it is", () => {
  const started = startTimeOf(os, process.pid);
  const ownerWith = (lock: string | undefined) => {
    using temp = makeTempDir();
    if (lock !== undefined) temp.write(LOCK_NAME, lock);
    return ownerOf(temp.path);
  };

  test("that of a process which runs, was started when the lock says so, and is the owner's of the root", () => {
    expect(ownerWith(`${process.pid} ${started}\n`)).toBe(process.pid);
  });

  test.each([
    ["none", undefined],
    ["an empty one", ""],
    ["one without a start", `${process.pid}`],
    ["one of a process that has ended, whose number another one has", `${process.pid} 1`],
    ["one of no process", `4194305 ${started}`],
    ["nonsense", `-1 ${started}`],
  ])("nobody's, of %s", (_, lock) => {
    expect(ownerWith(lock)).toBeUndefined();
  });

  test("a link in its place is not followed, and a pipe not waited for", () => {
    using temp = makeTempDir();
    const elsewhere = temp.write("elsewhere", `${process.pid} ${started}`);
    symlinkSync(elsewhere, join(temp.path, LOCK_NAME));
    expect(ownerOf(temp.path)).toBeUndefined();
    using other = makeTempDir();
    expect(Bun.spawnSync(["mkfifo", join(other.path, LOCK_NAME)]).exitCode).toBe(0);
    expect(ownerOf(other.path)).toBeUndefined();
  });

  testWith(AS_ROOT)("nor is it anybody's in the root of another user", () => {
    using temp = makeTempDir();
    writeFileSync(join(temp.path, LOCK_NAME), `${process.pid} ${started}`);
    chownSync(temp.path, OTHER, 0);
    expect(ownerOf(temp.path)).toBeUndefined();
  });

  test("what is not there is nothing, without an exception", () => {
    expect([statOf("/nowhere/at/all"), statOf("/etc/passwd/below")]).toEqual([undefined, undefined]);
  });
});
