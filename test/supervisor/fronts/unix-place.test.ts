// UNIX sockets of clients: who is there already, and what is never removed.
import { expect } from "bun:test";
import {
  closeSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { listenAtPath } from "../../../ffi/unix-socket.ts";
import { GwError } from "../../../src/core/errors.ts";
import { openUnixPlace } from "../../../src/supervisor/fronts/unix-place.ts";
import { AS_ROOT, ON_LINUX, testWith } from "../../support/needs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const SETUP = { mode: 0o660, owner: {}, backlog: 5, uid: process.getuid?.() ?? 0 };

function refusalOf(path: string): { cause: string; message: string } | undefined {
  try {
    openUnixPlace(path, SETUP).close();
    return undefined;
  } catch (error) {
    if (!(error instanceof GwError)) throw error;
    return { cause: error.cause_, message: error.message };
  }
}

const stale = (path: string) => {
  const made = listenAtPath(path, { mode: 0o600, backlog: 1 });
  if (made.ok) closeSync(made.value);
};

testWith(ON_LINUX)("unix place: the file is there while it is open, and goes with it", () => {
  using dir = makeTempDir();
  const path = join(dir.path, "a.sock");
  const place = openUnixPlace(path, SETUP);
  expect(lstatSync(path).isSocket()).toBe(true);
  expect(refusalOf(path)).toMatchObject({ cause: "socket_taken" });
  place.close();
  expect(readdirSync(dir.path)).toEqual([]);
});

testWith(ON_LINUX)("unix place: a socket that nobody listens on any more is replaced", () => {
  using dir = makeTempDir();
  const path = join(dir.path, "a.sock");
  stale(path);
  openUnixPlace(path, SETUP).close();
  expect(readdirSync(dir.path)).toEqual([]);
});

testWith(ON_LINUX, AS_ROOT)(
  "unix place: one of somebody else stays, unless it was given to them before",
  () => {
    using dir = makeTempDir();
    const path = join(dir.path, "a.sock");
    stale(path);
    lchownSync(path, 65_534, 65_534);
    expect(refusalOf(path)?.message).toContain("there is a socket of user 65534, which gw does not remove");
    expect(existsSync(path)).toBe(true);
    openUnixPlace(path, { ...SETUP, owner: { uid: 65_534 } }).close();
    expect(existsSync(path)).toBe(false);
  },
);

testWith(ON_LINUX)("unix place: whatever else is there stays, and is named", () => {
  using dir = makeTempDir();
  const paths = ["file", "dir", "link", "linked"].map((name) => join(dir.path, name)) as [
    string,
    string,
    string,
    string,
  ];
  writeFileSync(paths[0], "keep me");
  mkdirSync(paths[1]);
  stale(paths[3]);
  symlinkSync(paths[3], paths[2]);
  const words = paths.slice(0, 3).map((path) => refusalOf(path)?.message.replace(path, "P"));
  expect(words).toEqual(
    ["a file", "a directory", "a symbolic link"].map(
      (what) => `gw cannot listen on the socket P: there is ${what} of that name, which gw does not remove`,
    ),
  );
  expect(paths.every(existsSync)).toBe(true);
});

testWith(ON_LINUX)("unix place: at the end nobody else's socket is removed", () => {
  using dir = makeTempDir();
  const path = join(dir.path, "a.sock");
  const place = openUnixPlace(path, SETUP);
  renameSync(path, join(dir.path, "moved"));
  const other = listenAtPath(path, { mode: 0o600, backlog: 1 });
  place.close();
  expect(existsSync(path)).toBe(true);
  if (other.ok) closeSync(other.value);
});

testWith(ON_LINUX)("unix place: a directory that is not there is the system's refusal", () => {
  expect(refusalOf("/nowhere/a.sock")).toEqual({
    cause: "socket_refused",
    message: "gw cannot listen on the socket /nowhere/a.sock: no such file or directory (ENOENT)",
  });
});

testWith(ON_LINUX)("unix place: a name without a file is taken or not", () => {
  const name = `@gw-place-${process.pid}`;
  const place = openUnixPlace(name, SETUP);
  expect(refusalOf(name)).toMatchObject({ cause: "socket_taken" });
  place.close();
  expect(refusalOf(name)).toBeUndefined();
});

testWith(ON_LINUX, AS_ROOT)("unix place: it is given to its owner", () => {
  using dir = makeTempDir();
  const path = join(dir.path, "a.sock");
  const place = openUnixPlace(path, { ...SETUP, owner: { uid: 65_534, gid: 33 } });
  const { uid, gid, mode } = lstatSync(path);
  expect([uid, gid, mode & 0o777]).toEqual([65_534, 33, 0o660]);
  place.close();
  const group = openUnixPlace(path, { ...SETUP, owner: { gid: 33 } });
  expect(lstatSync(path)).toMatchObject({ uid: 0, gid: 33 });
  group.close();
});
