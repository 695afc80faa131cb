import { expect, test } from "bun:test";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  countUnaccepted,
  decodeName,
  findListeners,
  limitUnsentBytes,
  nameOfListener,
  shareListener,
  steerConnections,
} from "../../ffi/socket.ts";
import { listenAtPath } from "../../ffi/unix-socket.ts";
import { os } from "../../src/os/os.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

/** The option is missing in the declarations of Bun 1.4.5. */
const SHARED = { reusePort: true } as object;

const listen = () => Bun.listen({ hostname: "127.0.0.1", port: 0, ...SHARED, socket: { data() {} } });

testWith(ON_LINUX)("sockets: a listener is found, takes its options, and holds nothing", () => {
  const before = findListeners(os.ownDescriptors());
  using _listener = listen();
  const found = findListeners(os.ownDescriptors());
  const own = found.ok ? found.value.filter((fd) => !before.ok || !before.value.includes(fd)) : [];
  expect(own).toHaveLength(1);
  expect(limitUnsentBytes(own, 65_536)).toEqual({ ok: true });
  expect(countUnaccepted(own)).toEqual({ ok: true, value: 0 });
  expect(steerConnections(own, [0])).toEqual({ ok: true });
  expect(steerConnections(own, [1, 0, 7])).toEqual({ ok: true });
  for (let i = 0; i < 2; i++) expect(steerConnections(own, [])).toEqual({ ok: true });
});

testWith(ON_LINUX)("sockets: what is no listener is refused in the kernel's words", () => {
  const fd = openSync("/dev/null", "r");
  const no = { ok: false, reason: "socket operation on non-socket (ENOTSOCK)" } as const;
  expect(limitUnsentBytes([fd], 1)).toEqual(no);
  expect(countUnaccepted([fd])).toEqual(no);
  expect(steerConnections([fd], [1])).toEqual(no);
  expect(steerConnections([fd], [])).toEqual(no);
  closeSync(fd);
});

testWith(ON_LINUX)("sockets: where nobody lists the descriptors the lowest are tried", () => {
  using _listener = listen();
  expect(findListeners({ ok: false, reason: "no list" })).toEqual(findListeners(os.ownDescriptors()));
});

const descriptorOf = (listener: object) => (listener as { fd: number }).fd;

testWith(ON_LINUX)("inherited socket: one that listens is told by where that is", () => {
  using dir = makeTempDir();
  const path = join(dir.path, "a");
  using v4 = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  using v6 = Bun.listen({ hostname: "::1", port: 0, socket: { data() {} } });
  const [file, name] = [path, `@gw-name-${process.pid}`].map((unix) =>
    listenAtPath(unix, { mode: 0o600, backlog: 1 }),
  );
  if (!file?.ok || !name?.ok) throw new Error("a socket could not be made");
  expect(nameOfListener(descriptorOf(v4))).toEqual({
    ok: true,
    value: { bytes: Uint8Array.of(127, 0, 0, 1), port: v4.port },
  });
  expect(nameOfListener(descriptorOf(v6))).toEqual({
    ok: true,
    value: { bytes: Uint8Array.of(...Array(15).fill(0), 1), port: v6.port },
  });
  expect(nameOfListener(file.value)).toEqual({ ok: true, value: { unix: path } });
  expect(nameOfListener(name.value)).toEqual({ ok: true, value: { unix: `@gw-name-${process.pid}` } });
  for (const { value } of [file, name]) closeSync(value);
});

testWith(ON_LINUX)("inherited socket: what takes no clients is told by what it is", async () => {
  const file = openSync("/dev/null", "r");
  expect(nameOfListener(file)).toEqual({ ok: false, reason: "is no socket" });
  closeSync(file);
  const udp = await Bun.udpSocket({ hostname: "127.0.0.1" });
  const sockets = [...new Bun.Glob("*").scanSync({ cwd: "/proc/self/fd", onlyFiles: false })].map(Number);
  const reasons = sockets.map((fd) => nameOfListener(fd)).map((one) => (one.ok ? "" : one.reason));
  udp.close();
  expect(reasons).toContain("is a socket of another type than stream");
});

test("inherited socket: a name of no known family is none", () => {
  expect(decodeName(Buffer.from([16, 0, 0, 0]))).toBeUndefined();
});

testWith(ON_LINUX)(
  "inherited socket: once it is shared, nobody waits in it, and no program gets it unasked",
  () => {
    using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    expect(shareListener(descriptorOf(listener))).toEqual({ ok: true });
    const flags = /^flags:\s*(\d+)/m.exec(
      readFileSync(`/proc/self/fdinfo/${descriptorOf(listener)}`, "utf8"),
    )?.[1];
    const [nonBlocking, closeOnExec] = [0o4000, 0o2000000];
    expect(Number.parseInt(flags ?? "", 8) & (nonBlocking | closeOnExec)).toBe(nonBlocking | closeOnExec);
    expect(shareListener(9_999)).toEqual({ ok: false, reason: "bad file descriptor (EBADF)" });
  },
);
