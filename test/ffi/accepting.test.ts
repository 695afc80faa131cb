import { expect } from "bun:test";
import { readdirSync } from "node:fs";
import { findGate } from "../../ffi/accepting.ts";
import { countUnaccepted, findListeners } from "../../ffi/socket.ts";
import { os } from "../../src/os/os.ts";
import { eventually } from "../support/gw.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";

function listen(onOpen: () => void) {
  const before = findListeners(os.ownDescriptors());
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { open: onOpen, data() {} } });
  const found = findListeners(os.ownDescriptors());
  const own = found.ok ? found.value.filter((fd) => !before.ok || !before.value.includes(fd)) : [];
  const gate = findGate(own, os.loopRegistrations());
  if (!gate.ok) throw new Error(gate.reason);
  return { server, own, gate: gate.value };
}

const connect = (port: number) => Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });

testWith(ON_LINUX)(
  "accepting: closed in the middle of a row, the rest waits; open, it is accepted",
  async () => {
    let opened = 0;
    const { server, own, gate } = listen(() => {
      if (++opened === 3) expect(gate.close()).toEqual({ ok: true });
    });
    using _server = server;
    expect(gate.listeners).toEqual(own);
    const clients = await Promise.all(Array.from({ length: 8 }, () => connect(server.port)));
    await eventually(() => opened === 3 && waiting(gate.listeners) === 5, "three are in, five wait");
    expect(gate.listeners).not.toEqual(own);
    expect(gate.close()).toEqual({ ok: true });
    expect(gate.open()).toEqual({ ok: true });
    expect(gate.open()).toEqual({ ok: true });
    await eventually(() => opened === 8 && waiting(gate.listeners) === 0, "all are in");
    expect(gate.listeners).toEqual(own);
    for (const client of clients) client.terminate();
  },
);

const waiting = (listeners: readonly number[]) => {
  const counted = countUnaccepted(listeners);
  return counted.ok ? counted.value : Number.NaN;
};

testWith(ON_LINUX)(
  "accepting: closing and opening takes no descriptor, and a listener that is closed is gone",
  async () => {
    const { server, gate } = listen(() => {});
    const count = () => readdirSync("/proc/self/fd").length;
    const before = count();
    for (let turn = 0; turn < 50; turn++) {
      expect(gate.close()).toEqual({ ok: true });
      expect(count()).toBe(before);
      expect(gate.open()).toEqual({ ok: true });
    }
    const { port } = server;
    server.stop(true);
    // A second descriptor of it would keep the port.
    using again = Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } });
    expect(again.port).toBe(port);
  },
);

testWith(ON_LINUX)("accepting: what no loop waits for has no gate", () => {
  expect(findGate([9_999], os.loopRegistrations())).toEqual({
    ok: false,
    reason: "the runtime's loop does not wait for the listener by epoll",
  });
});

testWith(ON_LINUX)(
  "accepting: where nobody knows what the loop waits for there is no gate, and the reason is handed on",
  () => {
    expect(findGate([0], { ok: false, reason: "no table" })).toEqual({ ok: false, reason: "no table" });
  },
);
