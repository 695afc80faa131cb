import { expect } from "bun:test";
import { closeSync, statSync } from "node:fs";
import { join } from "node:path";
import { listenAtPath, sendDatagram, tryToConnect } from "../../ffi/unix-socket.ts";
import { NOT_ON_LINUX, ON_LINUX, testWith } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

testWith(ON_LINUX)("unix socket: it has its permissions whatever the umask is, which stays as it was", () => {
  using dir = makeTempDir();
  const before = process.umask(0o027);
  try {
    for (const mode of [0o600, 0o660, 0o666, 0o700]) {
      const path = join(dir.path, `${mode}`);
      const made = listenAtPath(path, { mode, backlog: 5 });
      if (!made.ok) throw new Error(made.reason);
      expect(statSync(path).mode & 0o777).toBe(mode);
      closeSync(made.value);
    }
    expect(process.umask()).toBe(0o027);
  } finally {
    process.umask(before);
  }
});

testWith(ON_LINUX)("unix socket: whether somebody listens is told by trying", () => {
  using dir = makeTempDir();
  const abstract = `@gw-test-${process.pid}`;
  for (const path of [join(dir.path, "a"), abstract]) {
    expect(tryToConnect(path)).toMatchObject({ ok: false });
    const made = listenAtPath(path, { mode: 0o600, backlog: 5 });
    if (!made.ok) throw new Error(made.reason);
    expect(tryToConnect(path)).toEqual({ ok: true });
    expect(listenAtPath(path, { mode: 0o600, backlog: 5 })).toEqual({
      ok: false,
      reason: "address already in use (EADDRINUSE)",
    });
    closeSync(made.value);
    expect(tryToConnect(path)).toEqual({ ok: false, reason: "connection refused (ECONNREFUSED)" });
  }
});

testWith(ON_LINUX)(
  "unix socket: a path that is too long is refused, and one of the full length is not",
  () => {
    using dir = makeTempDir();
    const full = join(dir.path, "x").padEnd(107, "x");
    const made = listenAtPath(full, { mode: 0o600, backlog: 1 });
    if (!made.ok) throw new Error(made.reason);
    closeSync(made.value);
    expect(listenAtPath(`${full}x`, { mode: 0o600, backlog: 1 })).toEqual({
      ok: false,
      reason: "the path is too long for a socket",
    });
  },
);

testWith(ON_LINUX)("unix socket: a datagram to nobody is refused in the system's words", () => {
  expect(sendDatagram("/nowhere/at/all", "x")).toEqual({
    ok: false,
    reason: "no such file or directory (ENOENT)",
  });
});

testWith(NOT_ON_LINUX)("unix socket: elsewhere the reason is told", () => {
  expect(listenAtPath("/tmp/x", { mode: 0o600, backlog: 1 })).toMatchObject({ ok: false });
});
