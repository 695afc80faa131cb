// Processes that a worker leaves behind, on a made-up system whose clock stands still.
import { describe, expect, test } from "bun:test";
import type { Process } from "../../../src/os/operating-system.ts";
import { Offspring } from "../../../src/supervisor/offspring/offspring.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { settle } from "../../support/fake-pool.ts";

const WORKER = 100;

/** Processes by pid with their parents; each has a session of its own. */
function setUp(given: [pid: number, parent: number, isDeaf?: boolean][]) {
  const clock = new FakeClock();
  const { log, lines } = captureLog();
  const all = new Map<number, Process>();
  const deaf = new Set<number>();
  const sent: string[] = [];
  const add = (pid: number, parent: number, isDeaf = false) => {
    all.set(pid, { pid, parent, group: pid, session: pid, startedAt: pid, isZombie: false, name: "app" });
    if (isDeaf) deaf.add(pid);
  };
  for (const entry of given) add(...entry);
  const system = { hasTable: true };
  const offspring = new Offspring({
    clock,
    log,
    os: {
      listProcesses: () =>
        system.hasTable ? { ok: true, value: [...all.values()] } : { ok: false, reason: "no table" },
      findProcess: (pid) => ({ ok: true, value: all.get(pid) }),
      childrenOf: (pid) => ({
        ok: true,
        value: [...all.values()].filter(({ parent }) => parent === pid).map((one) => one.pid),
      }),
    },
    kill(pid, signal) {
      sent.push(`${signal} ${pid}`);
      if (!all.has(Math.abs(pid))) throw new Error("ESRCH");
      if (signal === "SIGKILL" || (signal === "SIGTERM" && !deaf.has(pid))) all.delete(Math.abs(pid));
    },
  });
  offspring.watch(WORKER, { name: "worker 1", graceMs: 5_000, keepsSessions: false });
  /** The worker's own children become those of process 1. */
  const endWorker = () => {
    all.delete(WORKER);
    for (const one of all.values()) if (one.parent === WORKER) one.parent = 1;
    offspring.bury(WORKER);
  };
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 50) {
      clock.advance(50);
      await settle();
    }
  };
  const words = () => lines.map(({ level, fields }) => `${level} ${fields.left}`);
  return { clock, offspring, sent, add, all, endWorker, pass, words, system };
}

describe("offspring", () => {
  test("what was seen below a worker is told to leave when it ends, and named; nobody else is", async () => {
    const { clock, sent, endWorker, pass, words, offspring } = setUp([
      [WORKER, 1],
      [101, WORKER],
      [102, 101],
      [7, 1],
    ]);
    clock.advance(1_000);
    endWorker();
    await pass(200);
    expect([sent, words()]).toEqual([["SIGTERM 101", "SIGTERM 102"], ["info app 101, app 102"]]);
    await offspring.whenGone();
  });

  test("one that does not hear is killed when the time is over, with what it has started since", async () => {
    const { clock, sent, add, endWorker, pass, words } = setUp([
      [WORKER, 1],
      [101, WORKER, true],
    ]);
    clock.advance(1_000);
    endWorker();
    await pass(4_000);
    add(102, 101);
    await pass(1_000);
    expect(sent).toEqual(["SIGTERM 101"]);
    await pass(200);
    expect(sent.slice(1)).toEqual(["SIGKILL 101", "SIGKILL 102"]);
    expect(words().at(-1)).toBe("warn app 101, app 102");
  });

  test("in a hurry nobody gets any time", async () => {
    const { clock, sent, endWorker, pass, offspring } = setUp([
      [WORKER, 1],
      [101, WORKER, true],
    ]);
    clock.advance(1_000);
    endWorker();
    await pass(100);
    offspring.hurry();
    await pass(100);
    expect(sent).toEqual(["SIGTERM 101", "SIGKILL 101"]);
  });

  test("what is started after the last look is seen when the worker is told something", async () => {
    const { sent, add, endWorker, pass, offspring } = setUp([[WORKER, 1]]);
    add(101, WORKER);
    offspring.lookAt(WORKER);
    endWorker();
    await pass(100);
    expect(sent).toEqual(["SIGTERM 101"]);
  });

  test("what ends together with its worker is not spoken of", async () => {
    const { clock, sent, all, endWorker, pass, words } = setUp([
      [WORKER, 1],
      [101, WORKER],
      [7, 1],
    ]);
    clock.advance(1_000);
    endWorker();
    all.delete(101);
    await pass(200);
    expect([sent, words()]).toEqual([[], []]);
  });

  test("where there is no table of processes it is the worker's group", async () => {
    const { sent, all, system, offspring, pass } = setUp([[WORKER, 1, true]]);
    system.hasTable = false;
    offspring.bury(WORKER);
    await pass(6_000);
    expect([sent[0], sent[1], sent.at(-1)]).toEqual([
      `0 ${-WORKER}`,
      `SIGTERM ${-WORKER}`,
      `SIGKILL ${-WORKER}`,
    ]);
    expect(all.size).toBe(0);
  });

  test("nothing is looked at when nobody is watched", () => {
    const { clock, offspring } = setUp([[WORKER, 1]]);
    expect([offspring.isOfRuntime(WORKER), clock.pending()]).toEqual([true, [1_000]]);
    offspring.bury(WORKER);
    expect([offspring.isOfRuntime(WORKER), clock.pending()]).toEqual([false, [50]]);
  });

  test("one that is to outlive gw is the runtime's until its end, and nobody's family is looked at", async () => {
    const { clock, offspring } = setUp([[WORKER, 1]]);
    offspring.bury(WORKER);
    const pending = clock.pending();
    const { promise, resolve } = Promise.withResolvers<void>();
    offspring.leaveToRuntime(77, promise);
    expect([offspring.isOfRuntime(77), clock.pending()]).toEqual([true, pending]);
    resolve();
    await promise;
    await Promise.resolve();
    expect(offspring.isOfRuntime(77)).toBe(false);
  });
});
