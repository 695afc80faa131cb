// The gates of a front on real sockets: which of them takes clients, and when.
import { expect, setDefaultTimeout } from "bun:test";
import { join } from "node:path";
import { listenAtPath } from "../../../ffi/unix-socket.ts";
import { Gates } from "../../../src/front/door/gates.ts";
import { eventually } from "../../support/gw.ts";
import { ON_LINUX, testWith } from "../../support/needs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

setDefaultTimeout(20_000);

/** A port of its own and a UNIX socket that it shares, and how many clients have come by each. */
function setUp() {
  const dir = makeTempDir();
  const unix = join(dir.path, "a");
  const made = listenAtPath(unix, { mode: 0o600, backlog: 20 });
  if (!made.ok) throw new Error(made.reason);
  const came = { own: 0, shared: 0 };
  const listenerOf = (name: "own" | "shared", where: object) =>
    Bun.listen({ ...where, socket: { data() {}, open: () => void came[name]++ } } as never);
  const own = listenerOf("own", { hostname: "127.0.0.1", port: 0 });
  const shared = listenerOf("shared", { fd: made.value });
  const clients: { end(): void }[] = [];
  const connect = async (where: object) => {
    clients.push(await Bun.connect({ ...where, socket: { data() {} } } as never));
  };
  return {
    came,
    descriptors: { own: [(own as unknown as { fd: number }).fd], shared: [made.value] },
    connectBoth: () => Promise.all([connect({ hostname: "127.0.0.1", port: own.port }), connect({ unix })]),
    [Symbol.dispose]() {
      for (const client of clients) client.end();
      own.stop(true);
      shared.stop(true);
      dir[Symbol.dispose]();
    },
  };
}

testWith(ON_LINUX)(
  "gates: what is shared waits for its turn, and ends it, while the own port is open",
  async () => {
    using made = setUp();
    const { came, descriptors, connectBoth } = made;
    const gates = new Gates({ ...descriptors, waits: true });
    await connectBoth();
    await eventually(() => came.own === 1, "the own port has a client");
    expect([came.shared, gates.hasShared, gates.missing]).toEqual([0, true, undefined]);
    expect(gates.admitShared()).toEqual({ ok: true });
    await eventually(() => came.shared === 1, "the shared socket has its client");
    expect(gates.dismissShared()).toEqual({ ok: true });
    await connectBoth();
    await eventually(() => came.own === 2, "the own port has another one");
    expect(came.shared).toBe(1);
    gates.end();
    await eventually(() => came.shared === 2, "each socket is in its place");
  },
);

testWith(ON_LINUX)(
  "gates: closed, nobody gets in, who waits is counted where it is open, and nothing is opened out of turn",
  async () => {
    using made = setUp();
    const { came, descriptors, connectBoth } = made;
    const gates = new Gates({ ...descriptors, waits: false });
    expect(gates.close()).toEqual({ ok: true });
    expect(gates.own).not.toEqual(descriptors.own);
    await connectBoth();
    await eventually(() => gates.unaccepted === 2, "two wait");
    gates.dismissShared();
    expect([came, gates.unaccepted]).toEqual([{ own: 0, shared: 0 }, 1]);
    gates.open();
    await eventually(() => came.own === 1, "the own one gets in");
    expect([came.shared, gates.own]).toEqual([0, descriptors.own]);
    gates.close();
    gates.admitShared();
    expect(came.shared).toBe(0);
    gates.open();
    await eventually(() => came.shared === 1, "the shared one gets in");
  },
);

testWith(ON_LINUX)("gates: a shared socket that the loop does not wait for is refused", () => {
  expect(() => new Gates({ own: [], shared: [9_999], waits: false })).toThrow(
    "does not wait for the listener by epoll",
  );
});
