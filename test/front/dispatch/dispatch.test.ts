// Who gets a request, who waits, and who is told that more workers would help; on real connections to workers that a test
// plays, and a clock that stands still.
import { describe, expect, test } from "bun:test";
import { Deadlines } from "../../../src/core/deadlines.ts";
import type { BackendState } from "../../../src/front/dispatch/backends.ts";
import { Dispatch } from "../../../src/front/dispatch/dispatch.ts";
import type { Relay } from "../../../src/front/dispatch/relay.ts";
import { ClientPace } from "../../../src/front/visit/client-pace.ts";
import type { Visit, VisitOwner } from "../../../src/front/visit/visit.ts";
import type { Backend, FrontSettings } from "../../../src/link/messages.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { settle } from "../../support/fake-pool.ts";
import { SETTINGS } from "../../support/front-process.ts";
import { FakeWorkers } from "../fake-workers.ts";
import { Ends, FakeClient, visitOf } from "../fakes.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class Stage implements Disposable {
  readonly clock = new FakeClock();
  readonly ends = new Ends();
  readonly pressure: number[] = [];
  /** Targets as workers got them, each with its worker's number. */
  readonly given: string[] = [];
  readonly workers = new FakeWorkers((head, path) => this.given.push(`${head.split(" ")[1]} ${path.at(-1)}`));
  readonly dispatch: Dispatch;
  readonly bugs: unknown[] = [];
  #count = 0;

  constructor(settings: Partial<FrontSettings> = {}) {
    this.dispatch = new Dispatch({
      clock: this.clock,
      log: captureLog().log,
      settings: { ...SETTINGS, ...settings },
      silence: new Deadlines(this.clock, 60_000),
      pace: new ClientPace(this.clock, 60_000, undefined),
      date: () => "",
      isRunning: () => false,
      onLost() {},
      onBug: (thrown) => this.bugs.push(thrown),
      onPressure: ({ waitedMs }) => this.pressure.push(waitedMs),
    });
  }

  list(
    slots: number[],
    { isPaused = false, ...given }: Partial<Backend> & { isPaused?: boolean } = {},
  ): void {
    const common = { generation: 1, group: "default", token: "t", capacity: 2, accepting: true };
    this.dispatch.setBackends(
      slots.map((slot) => ({ slot, pid: slot, socket: `/nowhere/${slot}`, ...common, ...given })),
      isPaused,
    );
  }

  /** A request arrives; connections to workers open at once. */
  async ask(owner: VisitOwner = this.ends): Promise<Visit> {
    const target = `/${++this.#count}`;
    const visit = visitOf(new FakeClient({ target }).client, this.clock.now(), target, owner);
    visit.target = target;
    try {
      this.dispatch.admit(visit);
    } catch (error) {
      visit.refuse(error as never);
    }
    await this.#connect();
    return visit;
  }

  /** A worker answers what it has had for longest. */
  async answer(slot: number): Promise<void> {
    this.workers.open.find(({ path }) => path.endsWith(`/${slot}`))?.say(OK);
    await this.#connect();
  }

  async #connect(): Promise<void> {
    for (const pending of this.workers.pending.splice(0)) pending.accept();
    await settle();
  }

  [Symbol.dispose](): void {
    this.dispatch.close();
    this.workers[Symbol.dispose]();
  }
}

describe("dispatch", () => {
  test("the one with the fewest gets the next, and what finds all full waits its turn", async () => {
    using stage = new Stage();
    stage.list([1, 2]);
    for (let n = 0; n < 6; n++) await stage.ask();
    expect(stage.given).toEqual(["/1 1", "/2 2", "/3 1", "/4 2"]);
    expect(stage.dispatch.queue.length).toBe(2);
    await stage.answer(2);
    expect(stage.given.slice(4)).toEqual(["/5 2"]);
    await stage.answer(1);
    expect(stage.given.slice(5)).toEqual(["/6 1"]);
    expect(stage.ends.kinds).toEqual(["answered", "answered"]);
  });

  test("a mistake of ours about a request that is over is told, and its end stays what it was", async () => {
    using stage = new Stage();
    stage.list([1]);
    const visit = await stage.ask();
    await stage.answer(1);
    const thrown = new Error("ours");
    stage.dispatch.onFailure(visit, { backend: { pid: 1 } } as never, { kind: "bug", thrown });
    expect([stage.ends.kinds, stage.bugs]).toEqual([["answered"], [thrown]]);
  });

  test("a full queue refuses, and those that wait are not touched", async () => {
    using stage = new Stage({ maxQueue: 1 });
    stage.list([1], { capacity: 1 });
    for (let n = 0; n < 3; n++) await stage.ask();
    expect(stage.ends.kinds).toEqual(["queue_full"]);
    expect(stage.dispatch.queue.length).toBe(1);
  });

  test("a pause holds what comes, also where a worker is free, and its end gives it on in order", async () => {
    using stage = new Stage();
    stage.list([1], { isPaused: true });
    await stage.ask();
    await stage.ask();
    expect([stage.given, stage.dispatch.queue.length]).toEqual([[], 2]);
    stage.list([1]);
    for (const pending of stage.workers.pending.splice(0)) pending.accept();
    await settle();
    expect(stage.given.toSorted()).toEqual(["/1 1", "/2 1"]);
  });

  test("what a pause holds is refused once the word to go on cannot come any more", async () => {
    using stage = new Stage();
    stage.list([1], { isPaused: true });
    await stage.ask();
    stage.dispatch.refuseHeld("shutting_down");
    await stage.ask();
    expect(stage.ends.kinds).toEqual(["shutting_down", "shutting_down"]);
  });

  test("what comes behind the request that ended a worker does not go to the socket that it leaves", async () => {
    using stage = new Stage();
    stage.list([1]);
    await stage.ask();
    stage.workers.open[0]?.die();
    await settle();
    await stage.ask();
    expect(stage.ends.kinds).toEqual(["worker_died"]);
    expect([stage.given, stage.dispatch.queue.length]).toEqual([["/1 1"], 1]);
    stage.list([2]);
    for (const pending of stage.workers.pending.splice(0)) pending.accept();
    await settle();
    expect(stage.given).toEqual(["/1 1", "/2 2"]);
  });

  test("without a worker it waits for the first one", async () => {
    using stage = new Stage();
    await stage.ask();
    expect(stage.dispatch.queue.length).toBe(1);
    stage.list([3]);
    for (const pending of stage.workers.pending.splice(0)) pending.accept();
    await settle();
    expect(stage.given).toEqual(["/1 3"]);
  });

  test("one that takes nothing new ends what it has, and gets nothing", async () => {
    using stage = new Stage();
    stage.list([1]);
    await stage.ask();
    stage.list([1], { accepting: false });
    await stage.ask();
    expect(stage.given).toEqual(["/1 1"]);
    await stage.answer(1);
    expect([stage.ends.kinds, stage.dispatch.queue.length]).toEqual([["answered"], 1]);
  });

  test("a condemned one loses what it has, with the cause, and gets nothing more", async () => {
    using stage = new Stage();
    stage.list([1]);
    await stage.ask();
    stage.dispatch.condemn("/nowhere/1", "worker_stopped", false);
    await stage.ask();
    expect([stage.ends.kinds, stage.given]).toEqual([["worker_stopped"], ["/1 1"]]);
  });
});

describe("dispatch: answers that their clients hold up", () => {
  test.each([
    ["as much as may be in memory for them", false, 96],
    ["less where they could as well wait on the disk", true, 24],
  ])("free places, for %s", (_, mayBeSpooled, megabytes) => {
    using stage = new Stage();
    const heldUp = { count: 0, bytes: 0 };
    const state = { backend: { capacity: 2 }, running: { size: 0 }, heldUp } as unknown as BackendState;
    for (let count = 0; count < 400; count++) {
      const relay = { isHeldUp: false, heldBytes: 0, answerBytes: 0, isOver: true, answer: { mayBeSpooled } };
      stage.dispatch.onHeldUp(relay as unknown as Relay, state, true);
    }
    expect(heldUp.bytes).toBeLessThanOrEqual(megabytes * 2 ** 20);
    expect(heldUp.bytes).toBeGreaterThan((megabytes - 1) * 2 ** 20);
  });
});

describe("dispatch: the limit is found", () => {
  const HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
  const adapts = { least: 1, fronts: 1 };

  test("what has begun to be answered holds no place, up to the capacity", async () => {
    using stage = new Stage();
    stage.clock.advance(1);
    stage.list([1], { adapts: { ...adapts, least: 2 }, capacity: 3 });
    stage.list([1], { adapts, capacity: 2 });
    for (let n = 0; n < 3; n++) await stage.ask();
    expect([stage.given, stage.dispatch.queue.length]).toEqual([["/1 1", "/2 1"], 1]);
    // Its body goes on.
    stage.workers.open[0]?.say(`${HEAD}o`);
    await settle();
    expect([stage.given.length, stage.dispatch.queue.length]).toEqual([2, 1]);
    expect(stage.dispatch.loads).toMatchObject([{ active: 2, streams: 1, limit: 2 }]);
  });

  test("a head lets the next one go to the worker, where there is room for it", async () => {
    using stage = new Stage();
    stage.clock.advance(1);
    stage.list([1], { adapts, capacity: 17 });
    for (let n = 0; n < 17; n++) await stage.ask();
    expect([stage.given.length, stage.dispatch.queue.length]).toEqual([16, 1]);
    stage.workers.open[3]?.say(`${HEAD}o`);
    await settle();
    for (const pending of stage.workers.pending.splice(0)) pending.accept();
    await settle();
    expect([stage.given.length, stage.dispatch.queue.length]).toEqual([17, 0]);
  });

  test("a measurement that nobody answers is over in time, and those that waited for it go on", async () => {
    using stage = new Stage();
    stage.clock.advance(1);
    stage.list([1], { adapts: { least: 1, fronts: 2 }, capacity: 100 });
    for (let n = 0; n < 9; n++) await stage.ask();
    for (let n = 0; n < 8; n++) {
      stage.clock.advance(150);
      stage.workers.open[n]?.say(OK);
      await settle();
    }
    const before = stage.given.length;
    stage.dispatch.notePaces([{ socket: "/nowhere/1", lagMs: 0, measure: true }]);
    for (let n = 0; n < 7; n++) await stage.ask();
    expect([stage.given.length, stage.dispatch.queue.length]).toEqual([before, 7]);
    stage.clock.advance(10_000);
    for (const pending of stage.workers.pending.splice(0)) pending.accept();
    await settle();
    expect([stage.given.length, stage.dispatch.queue.length]).toEqual([before + 7, 0]);
  });

  test("a worker whose loop comes late gets less, though its answers begin in time", async () => {
    using stage = new Stage({ maxQueue: 1_000 });
    stage.clock.advance(1);
    stage.list([1], { adapts, capacity: 100 });
    const serve = async (windows: number, lagMs: number) => {
      for (let n = 0; n < windows; n++) {
        stage.dispatch.notePaces([{ socket: "/nowhere/1", lagMs }]);
        for (let round = 0; round < 12; round++) {
          while (stage.dispatch.queue.length === 0) await stage.ask();
          stage.clock.advance(10);
          for (const worker of [...stage.workers.open]) worker.say(OK);
          await settle();
        }
      }
    };
    await serve(20, 0);
    expect(stage.dispatch.loads[0]?.limit).toBe(100);
    await serve(20, 400);
    expect(stage.dispatch.loads[0]?.limit).toBeLessThanOrEqual(6);
    await serve(20, 0);
    expect(stage.dispatch.loads[0]?.limit).toBe(100);
  });

  test("what is lost on its way holds no place either", async () => {
    using stage = new Stage();
    stage.clock.advance(1);
    stage.list([1], { adapts, capacity: 1 });
    await stage.ask();
    stage.workers.open[0]?.die();
    await settle();
    stage.clock.advance(1_000);
    stage.list([1], { adapts, capacity: 1 });
    await stage.ask();
    expect(stage.given).toEqual(["/1 1", "/2 1"]);
  });
});

describe("dispatch: more workers would help", () => {
  const RANGE = { scaleUpWaitMs: 100 };

  test("when a request has waited in the queue for so long, and again after each such time", async () => {
    using stage = new Stage(RANGE);
    stage.list([1], { capacity: 1 });
    await stage.ask();
    await stage.ask();
    stage.clock.advance(99);
    expect(stage.pressure).toEqual([]);
    stage.clock.advance(201);
    expect(stage.pressure).toEqual([100, 200, 300]);
  });

  test("when two are on the only worker, and its loop stops turning", async () => {
    using stage = new Stage(RANGE);
    stage.list([1]);
    await stage.ask();
    await stage.ask();
    stage.dispatch.setStalled(new Map([["/nowhere/1", 350]]));
    stage.clock.advance(100);
    expect(stage.pressure).toEqual([450]);
  });

  test("when the second comes after it is known that the loop does not turn", async () => {
    using stage = new Stage(RANGE);
    stage.list([1]);
    await stage.ask();
    stage.dispatch.setStalled(new Map([["/nowhere/1", 350]]));
    stage.clock.advance(1_000);
    expect(stage.pressure).toEqual([]);
    await stage.ask();
    stage.clock.advance(100);
    expect(stage.pressure).toEqual([1_450]);
  });

  test("not while another worker's loop turns, nor once this one's turns again", async () => {
    using stage = new Stage(RANGE);
    stage.list([1, 2]);
    for (let n = 0; n < 3; n++) await stage.ask();
    stage.dispatch.setStalled(new Map([["/nowhere/1", 350]]));
    stage.clock.advance(1_000);
    stage.dispatch.setStalled(
      new Map([
        ["/nowhere/1", 1_350],
        ["/nowhere/2", 350],
      ]),
    );
    stage.dispatch.setStalled(new Map());
    stage.clock.advance(1_000);
    expect(stage.pressure).toEqual([]);
  });

  test("never where their number is fixed", async () => {
    using stage = new Stage();
    stage.list([1]);
    await stage.ask();
    await stage.ask();
    stage.dispatch.setStalled(new Map([["/nowhere/1", 350]]));
    stage.clock.advance(10_000);
    expect([stage.pressure, stage.clock.pending().length > 0]).toEqual([[], true]);
  });
});
