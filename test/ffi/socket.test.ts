import { expect } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { countUnaccepted, findListeners, limitUnsentBytes, steerConnections } from "../../ffi/socket.ts";
import { os } from "../../src/os/os.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";

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
