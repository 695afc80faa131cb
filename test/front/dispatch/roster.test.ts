import { describe, expect, test } from "bun:test";
import { type LostReport, noteLoss, type RunningRequest } from "../../../src/front/dispatch/backends.ts";
import { Roster } from "../../../src/front/dispatch/roster.ts";
import type { Visit } from "../../../src/front/visit/visit.ts";
import type { Backend } from "../../../src/link/messages.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { onBug } from "../../support/on-bug.ts";
import { anyVisit } from "../fakes.ts";

const BACKEND = { slot: 1, pid: 7, generation: 1, group: "default", socket: "/nowhere/1", token: "t" };

function makeRoster(
  given: { accepting?: boolean; capacity?: number } = {},
  onLost: (report: LostReport) => void = () => {},
) {
  const clock = new FakeClock();
  const roster = new Roster({
    clock,
    log: captureLog().log,
    headerBufferBytes: 1024,
    requestTimeoutMs: 0,
    ignoreActivity: [],
    onLost,
    onBug,
  });
  roster.set([{ ...BACKEND, accepting: true, capacity: 10, ...given }]);
  const state = roster.find(BACKEND.socket);
  if (!state) throw new Error("it is not on the list");
  return { clock, roster, state };
}

test("roster: the time until one that rests may be tried runs out at zero, and is never forgotten", () => {
  const { clock, roster, state } = makeRoster();
  state.restsUntil = clock.now() + 100;
  expect(roster.restMs).toBe(100);
  clock.advance(99);
  expect(roster.restMs).toBe(1);
  clock.advance(1);
  expect(roster.restMs).toBe(0);
  clock.advance(1000);
  expect(roster.restMs).toBe(0);
});

test.each([
  ["takes nothing more", { accepting: false }],
  ["is full", { capacity: 0 }],
])("roster: nobody waits for one that %s", (_what, given) => {
  const { roster, state } = makeRoster(given);
  state.restsUntil = 100;
  expect(roster.restMs).toBeUndefined();
});

describe("roster: a generation is tried out", () => {
  const NEW = { ...BACKEND, slot: 2, generation: 2, socket: "/nowhere/2", capacity: 1, accepting: true };
  const OLD = { ...BACKEND, capacity: 1, accepting: true };
  const trial = { generation: 2, percent: 50 };
  const visitFor = (roster: Roster, isForNew: boolean) =>
    Array.from({ length: 64 }, (_, i) => ({ id: `x-${i}`, mark: undefined }) as Visit).find(
      (visit) => roster.trial?.isForNew(visit) === isForNew,
    ) as Visit;
  const fill = (roster: Roster, socket: string) => {
    const running = { visit: {} as Visit, isOver: false, place: 0 } as RunningRequest;
    roster.find(socket)?.running.add(running);
  };
  const chosen = (roster: Roster, isForNew: boolean) =>
    roster.chooseFor(visitFor(roster, isForNew))?.backend.socket;

  function during(backends: Backend[]) {
    const { roster } = makeRoster();
    roster.set(backends, trial);
    return roster;
  }

  test("each request goes to its side", () => {
    const roster = during([OLD, NEW]);
    expect([chosen(roster, true), chosen(roster, false)]).toEqual([NEW.socket, OLD.socket]);
  });

  test("where the new one has no room the old one has; what is the old one's waits", () => {
    const roster = during([OLD, NEW]);
    fill(roster, NEW.socket);
    expect(chosen(roster, true)).toBe(OLD.socket);
    const other = during([OLD, NEW]);
    fill(other, OLD.socket);
    expect(chosen(other, false)).toBeUndefined();
  });

  test("where one side is not there the other has all", () => {
    expect(chosen(during([OLD, { ...NEW, accepting: false }]), true)).toBe(OLD.socket);
    expect(chosen(during([{ ...OLD, accepting: false }, NEW]), false)).toBe(NEW.socket);
  });

  test("what is counted begins anew with another generation, and goes on as long as it is the same", () => {
    const roster = during([OLD, NEW]);
    const first = roster.trial;
    roster.set([OLD, NEW], { ...trial });
    expect(roster.trial).toBe(first as never);
    expect(roster.find(NEW.socket)?.side).toBe(first?.counts.new as never);
    roster.set([OLD, { ...NEW, generation: 3 }], { ...trial, generation: 3 });
    expect(roster.trial).not.toBe(first as never);
    roster.set([OLD, NEW]);
    expect([roster.trial, roster.find(NEW.socket)?.side]).toEqual([undefined, undefined]);
  });
});

test("roster: what broke off a moment before the front ended requests there is told with the end of the worker", () => {
  const told: LostReport[] = [];
  const { clock, roster, state } = makeRoster({}, (report) => told.push(report));
  const lose = (id: string) => noteLoss(state, anyVisit(clock.now(), id), clock.now());
  lose("died-with-it");
  roster.tellEnded(state, () => {});
  roster.tellEnded(state, () => lose("ended-here"));
  roster.set([]);
  expect(told.map(({ hasLeft, requests }) => [hasLeft, requests.map(({ id }) => id)])).toEqual([
    [false, ["ended-here"]],
    [true, ["died-with-it"]],
  ]);
});
