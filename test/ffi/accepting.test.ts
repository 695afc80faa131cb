import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { findGate, parseTargets } from "../../ffi/accepting.ts";
import { countUnaccepted, findListeners } from "../../ffi/socket.ts";
import { eventually } from "../support/gw.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";

test("accepting: what the kernel tells of an epoll is read as numbers", () => {
  const text = [
    "pos:\t0",
    "flags:\t02000002",
    "tfd:        5 events:       19 data:      33bdb504240  pos:0 ino:10f4bf sdev:9",
    "tfd:       12 events: 80000019 data: ffff8bd9d905c001  pos:0 ino:40e sdev:10",
    "",
  ].join("\n");
  expect(parseTargets(text)).toEqual([
    { target: 5, events: 0x19, data: 0x33bdb504240n },
    { target: 12, events: 0x8000_0019, data: 0xffff_8bd9_d905_c001n },
  ]);
  expect(parseTargets("")).toEqual([]);
});

function listen(onOpen: () => void) {
  const before = findListeners();
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { open: onOpen, data() {} } });
  const found = findListeners();
  const own = found.ok ? found.value.filter((fd) => !before.ok || !before.value.includes(fd)) : [];
  const gate = findGate(own);
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
  expect(findGate([9_999])).toEqual({
    ok: false,
    reason: "the runtime's loop does not wait for the listener by epoll",
  });
});
