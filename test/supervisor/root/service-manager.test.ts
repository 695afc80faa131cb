import { expect, test } from "bun:test";
import { ServiceManager } from "../../../src/supervisor/root/service-manager.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function setUp(env: Record<string, string>, refuses?: string) {
  const clock = new FakeClock();
  const { log, lines } = captureLog();
  const told: string[] = [];
  const state = { isStuck: false };
  const manager = new ServiceManager({
    env,
    pid: 7,
    clock,
    log,
    isStuck: () => state.isStuck,
    kernelNow: () => ({ ok: true, value: 42n }),
    send(path, text) {
      told.push(`${path}: ${text.replaceAll("\n", " ")}`);
      return refuses === undefined ? { ok: true } : { ok: false, reason: refuses };
    },
  });
  return { clock, manager, told, lines, state };
}

const SOCKET = { NOTIFY_SOCKET: "/run/n" };

test("service manager: it is told when gw serves, reloads and stops", () => {
  const { manager, told, clock } = setUp(SOCKET);
  manager.ready("serving a\nb");
  manager.reloading();
  manager.ready("again");
  manager.stopping();
  manager.ready("no more");
  manager.reloading();
  clock.advance(100_000);
  expect(told).toEqual([
    "/run/n: READY=1 STATUS=serving a b",
    "/run/n: RELOADING=1 MONOTONIC_USEC=42 STATUS=reloading",
    "/run/n: READY=1 STATUS=again",
    "/run/n: STOPPING=1 STATUS=stopping",
  ]);
});

test("service manager: nobody is told where nobody has asked", () => {
  for (const env of [{}, { NOTIFY_SOCKET: "" }, { WATCHDOG_USEC: "1000" }]) {
    const { manager, told, clock } = setUp(env);
    manager.ready("x");
    clock.advance(10_000);
    manager.stopping();
    expect(told).toEqual([]);
  }
});

test("service manager: the watchdog is fed twice in its time, from the first answer to the end", () => {
  const { manager, told, clock } = setUp({ ...SOCKET, WATCHDOG_USEC: "2000000", WATCHDOG_PID: "7" });
  clock.advance(5_000);
  expect(told).toEqual([]);
  manager.ready("x");
  manager.ready("x");
  manager.stopping();
  told.length = 0;
  clock.advance(3_000);
  expect(told).toEqual(Array(3).fill("/run/n: WATCHDOG=1"));
  manager.close();
  clock.advance(5_000);
  expect(told).toHaveLength(3);
});

test("service manager: while a front end stands still for good the watchdog starves, and the log says why", () => {
  const { manager, told, clock, lines, state } = setUp({ ...SOCKET, WATCHDOG_USEC: "2000000" });
  manager.ready("x");
  told.length = 0;
  state.isStuck = true;
  clock.advance(2_000);
  expect([told, lines.map(({ text }) => text)]).toEqual([
    [],
    Array(2).fill("the watchdog is not fed: a front end stands still and was not replaced"),
  ]);
  state.isStuck = false;
  clock.advance(1_000);
  expect(told).toEqual(["/run/n: WATCHDOG=1"]);
});

test.each([{ WATCHDOG_USEC: "2000000", WATCHDOG_PID: "8" }, { WATCHDOG_USEC: "0" }, { WATCHDOG_USEC: "x" }])(
  "service manager: %j is no watchdog of gw's",
  (env) => {
    const { manager, told, clock } = setUp({ ...SOCKET, ...env });
    manager.ready("x");
    clock.advance(10_000);
    expect(told).toHaveLength(1);
  },
);

test("service manager: one that hears nobody is told of once", () => {
  const { manager, lines } = setUp(SOCKET, "gone");
  manager.ready("x");
  manager.stopping();
  expect(lines).toMatchObject([{ level: "warn", fields: { why: "gone" } }]);
});
