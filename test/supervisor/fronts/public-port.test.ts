// Who else listens on the port of the clients, on a system that says what each test has it say.
import { expect, test } from "bun:test";
import type { ListeningSocket, OperatingSystem } from "../../../src/os/operating-system.ts";
import { PublicPort } from "../../../src/supervisor/fronts/public-port.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const OURS = 10;
const THEIRS = 20;

const socket = (id: string, address = "7f000001"): ListeningSocket => ({ address, port: 8000, id });

/** `holders`: which process has which socket. */
function watchPort(holders: Map<ListeningSocket, number>, blind?: string) {
  const clock = new FakeClock();
  const { log, lines } = captureLog();
  const os = {
    listeningOn: () => (blind ? { ok: false, reason: blind } : { ok: true, value: [...holders.keys()] }),
    listeningOf: (pid, sockets) => sockets.find((one) => holders.get(one) === pid),
    holderOf: ([first]) => first && holders.get(first),
    findProcess: (pid) => ({ ok: true, value: { pid, name: `process ${pid}` } as never }),
  } satisfies Partial<OperatingSystem>;
  const port = new PublicPort({ clock, log, os, port: 8000, guarded: [], ownPids: () => [OURS] });
  const look = () => clock.advance(1_000);
  return { look, lines, [Symbol.dispose]: () => port.close() };
}

test("public port: a stranger at gw's own address is told once, and anew when it has come back", () => {
  const own = socket("1");
  const stranger = socket("2");
  const holders = new Map([[own, OURS]]);
  using watched = watchPort(holders);
  watched.look();
  expect(watched.lines).toEqual([]);
  holders.set(stranger, THEIRS);
  for (let n = 0; n < 3; n++) watched.look();
  holders.delete(stranger);
  watched.look();
  holders.set(stranger, THEIRS);
  watched.look();
  const told = {
    level: "error",
    text: "another process listens on gw's port and takes a share of its clients; end it",
    fields: { pid: THEIRS, name: "process 20", address: "127.0.0.1", port: 8000 },
  };
  expect(watched.lines).toMatchObject([told, told]);
});

test("public port: who is in nobody's way is not told, and nobody is before gw itself is there", () => {
  const holders = new Map([[socket("2"), THEIRS]]);
  using watched = watchPort(holders);
  watched.look();
  holders.clear();
  holders.set(socket("1"), OURS).set(socket("3", "7f000002"), THEIRS);
  watched.look();
  expect(watched.lines).toEqual([]);
});

test("public port: where the system does not tell who listens, that is said once", () => {
  using watched = watchPort(new Map(), "no table");
  for (let n = 0; n < 3; n++) watched.look();
  expect(watched.lines).toMatchObject([
    {
      level: "info",
      text: "whether another process listens on gw's port cannot be seen here",
      fields: { port: 8000, why: "no table" },
    },
  ]);
});
