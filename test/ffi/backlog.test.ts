import { expect, test } from "bun:test";
import { closeSync, openSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { findListener, readBacklog, readDiagnosis, setBacklog } from "../../ffi/backlog.ts";
import { os } from "../../src/os/os.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const handlers = { socket: { data() {} } };

function onLinux<T>(answer: { ok: true; value: T } | { ok: false; reason: string }): T {
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}

testWith(ON_LINUX)("backlog: of a TCP listener, set while it listens and read back", () => {
  using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, ...handlers });
  const fd = onLinux(findListener({ port: listener.port }, os.ownDescriptors()));
  expect(setBacklog(fd, 7)).toEqual({ ok: true });
  expect(readBacklog(fd)).toEqual({ ok: true, value: { now: 0, most: 7 } });
});

testWith(ON_LINUX)("backlog: of a UNIX listener, with what waits there", async () => {
  using dir = makeTempDir();
  const unix = `${dir.path}/a.sock`;
  using _other = Bun.listen({ unix: `${dir.path}/b.sock`, ...handlers });
  using _listener = Bun.listen({ unix, ...handlers });
  const fd = onLinux(findListener({ unix }, os.ownDescriptors()));
  expect(setBacklog(fd, 9)).toEqual({ ok: true });
  expect(readBacklog(fd)).toEqual({ ok: true, value: { now: 0, most: 9 } });
  const client = connect(unix);
  // The connection is made by the call; it is accepted in a later turn of this loop.
  expect(readBacklog(fd)).toEqual({ ok: true, value: { now: 1, most: 9 } });
  await new Promise((resolve) => client.once("connect", resolve));
  client.destroy();
});

testWith(ON_LINUX)("backlog: the kernel cuts a wish down to net.core.somaxconn, and says so", () => {
  const most = Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8"));
  using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, ...handlers });
  const fd = onLinux(findListener({ port: listener.port }, os.ownDescriptors()));
  setBacklog(fd, most + 1);
  expect(onLinux(readBacklog(fd)).most).toBe(most);
});

testWith(ON_LINUX)("backlog: what is no listener is refused in the kernel's words", () => {
  const fd = openSync("/dev/null", "r");
  const no = { ok: false, reason: "socket operation on non-socket (ENOTSOCK)" } as const;
  expect([setBacklog(fd, 1), readBacklog(fd)]).toEqual([no, no]);
  closeSync(fd);
  expect(findListener({ unix: "/nowhere" }, os.ownDescriptors())).toMatchObject({ ok: false });
});

test("backlog: a diagnosis that says something else is none", () => {
  for (const bytes of [0, 16, 31, 32, 40])
    expect(readDiagnosis(Buffer.alloc(bytes))).toMatchObject({ ok: false });
});
