// Calls that cannot be taken back are made in a process of their own.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { getAllIds, getGroups, getUmask, setUmask } from "../../ffi/identity.ts";
import { AS_ORDINARY_USER, AS_ROOT, testWith } from "../support/needs.ts";

const FFI = join(import.meta.dir, "../../ffi");

/** Runs statements with all functions of ffi/ at hand; answers what they print as JSON. */
function run(statements: string): unknown {
  const code = `import * as ffi from "${FFI}/identity.ts"; import * as own from "${FFI}/process.ts"; ${statements}`;
  const { stdout, stderr, exitCode } = Bun.spawnSync([process.execPath, "-e", code]);
  if (exitCode !== 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString());
}

test("ffi: ids and groups are those that the runtime knows", () => {
  const uid = process.getuid?.() ?? -1;
  const gid = process.getgid?.() ?? -1;
  expect(getAllIds()).toEqual({ ok: true, value: { uids: [uid, uid, uid], gids: [gid, gid, gid] } });
  const groups = [...new Set(process.getgroups?.() ?? [])].sort((a, b) => a - b);
  // POSIX leaves open whether the own group is among them.
  const without = (list: number[]) => list.filter((one) => one !== gid);
  const found = getGroups();
  expect(without(found.ok ? found.value : [])).toEqual(without(groups));
});

test("ffi: reading the umask leaves it as it was, and setting it sets it", () => {
  const before = process.umask();
  expect(getUmask()).toEqual({ ok: true, value: before });
  expect(process.umask()).toBe(before);
  expect(setUmask(0o27)).toEqual({ ok: true });
  try {
    expect([process.umask(), getUmask()]).toEqual([0o27, { ok: true, value: 0o27 }]);
  } finally {
    setUmask(before);
  }
});

testWith(AS_ROOT)("ffi: a user who was taken on cannot be taken off", () => {
  const seen = run(`
    const taken = [ffi.setGroups([44, 7]), ffi.setGroup(33), ffi.setUser(34)];
    console.log(JSON.stringify([taken, ffi.getAllIds().value, ffi.getGroups().value, ffi.setUser(0)]));`);
  expect(seen).toEqual([
    [{ ok: true }, { ok: true }, { ok: true }],
    { uids: [34, 34, 34], gids: [33, 33, 33] },
    [7, 44],
    { ok: false, reason: expect.stringContaining("EPERM") },
  ]);
});

testWith(AS_ROOT)("ffi: another root directory is another file system", () => {
  expect(
    run(`
      const before = require("node:fs").existsSync("/etc/passwd");
      const outcome = ffi.changeRoot("${FFI}");
      process.chdir("/");
      console.log(JSON.stringify([before, outcome, require("node:fs").existsSync("/identity.ts"), ffi.changeRoot("/nowhere")]));`),
  ).toEqual([true, { ok: true }, true, { ok: false, reason: expect.stringContaining("ENOENT") }]);
});

test("ffi: no new privileges, a nice value for all threads, visible to the own user", () => {
  expect(
    run(`
      const { readdirSync } = require("node:fs");
      const before = own.getPriority().value;
      const lower = Math.min(before + 2, 19);
      const raised = own.setPriority(lower, readdirSync("/proc/self/task").map(Number));
      console.log(JSON.stringify([own.setNoNewPrivileges(), own.hasNoNewPrivileges(), raised, own.getPriority().value === lower, own.showToOwnUser()]));`),
  ).toEqual([{ ok: true }, { ok: true, value: true }, { ok: true }, true, { ok: true }]);
});

testWith(AS_ORDINARY_USER)("ffi: whoever is not root is refused, with the reason", () => {
  const reason = expect.stringContaining("EPERM");
  expect(
    run(`console.log(JSON.stringify([ffi.setUser(0), ffi.changeRoot("/"), ffi.setGroups([])]))`),
  ).toEqual([
    { ok: false, reason },
    { ok: false, reason },
    { ok: false, reason },
  ]);
});
