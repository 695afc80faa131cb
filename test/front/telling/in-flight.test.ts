import { describe, expect, test } from "bun:test";
import { activeOf, InFlight, isOnWorker, phaseOf, timesOf } from "../../../src/front/telling/in-flight.ts";
import { ANSWERED, type Visit } from "../../../src/front/visit/visit.ts";
import { anyVisit, FakeClient, visitOf } from "../fakes.ts";

const visitWith = (given: Partial<Visit> = {}, arrivedAt = 100) => Object.assign(anyVisit(arrivedAt), given);

describe("in flight: where a request is", () => {
  test.each([
    ["its body comes in", {}, "receive", { receive: 50, queue: null, app: null, body: null }],
    [
      "it waits for a worker",
      { admittedAt: 110, queuedAt: 110 },
      "queue",
      { receive: 10, queue: 40, app: null, body: null },
    ],
    [
      "a worker has it",
      { admittedAt: 110, queuedMs: 20, startedAt: 130 },
      "app",
      { receive: 10, queue: 20, app: 20, body: null },
    ],
    [
      "it waits once more, since no byte of it had reached its worker",
      { admittedAt: 110, queuedMs: 5, startedAt: 115, queuedAt: 140 },
      "queue",
      { receive: 10, queue: 15, app: null, body: null },
    ],
    [
      "its answer goes on",
      { admittedAt: 110, startedAt: 110, headAt: 140 },
      "body",
      { receive: 10, queue: 0, app: 30, body: 10 },
    ],
  ] as const)("%s", (_name, given, phase, times) => {
    const visit = visitWith(given);
    expect([phaseOf(visit), timesOf(visit, 150)]).toEqual([phase, times]);
  });

  test.each([
    ["its client sends the rest of its body", {}, "upload"],
    ["its client takes no more of its answer for now", { headAt: 140 }, "deliver"],
  ] as const)("a worker has it, and %s", (_name, given, phase) => {
    const visit = visitWith({ admittedAt: 110, startedAt: 130, ...given });
    visit.handTo({ awaitsClient: true, take() {}, letGo() {}, onDue() {} });
    expect([phaseOf(visit), isOnWorker(visit)]).toEqual([phase, true]);
  });

  test("all of its answer is here: it is on no worker any more", () => {
    const visit = visitWith({ admittedAt: 110, startedAt: 110, headAt: 120 });
    expect(isOnWorker(visit)).toBe(true);
    visit.end(ANSWERED);
    expect([phaseOf(visit), isOnWorker(visit)]).toEqual(["deliver", false]);
  });

  test("its query is not told, and no more of its path than anybody reads", () => {
    const { client } = new FakeClient({ method: "POST" });
    const visit = Object.assign(visitOf(client, 100, "r-1"), { target: `/${"a".repeat(600)}?key=secret` });
    Object.assign(visit, { group: "api", slot: 3 });
    expect(activeOf(visit, 130.4)).toEqual({
      ...{ id: "r-1", method: "POST", path: `/${"a".repeat(511)}`, ageMs: 30 },
      ...{ phase: "receive", client: "192.0.2.7", group: "api", worker: 3 },
    });
  });
});

describe("in flight: the list", () => {
  test("the oldest first, so many at most, whatever has left meanwhile", () => {
    const all = new InFlight();
    const visits = [30, 10, 20, 40].map((at) => anyVisit(at, `at ${at}`));
    for (const visit of visits) all.add(visit);
    all.delete(visits[1] as Visit);
    expect(all.size).toBe(3);
    expect(all.list(2, 50).map(({ id, ageMs }) => [id, ageMs])).toEqual([
      ["at 20", 30],
      ["at 30", 20],
    ]);
  });

  test("those on a worker are counted by its slot, and those that wait are not", () => {
    const all = new InFlight();
    const on = { admittedAt: 100, startedAt: 100 };
    for (const given of [{ ...on, slot: 1 }, { ...on, slot: 1 }, { ...on, slot: 2 }, { queuedAt: 1 }])
      all.add(visitWith(given));
    expect([...all.countByWorker()]).toEqual([
      [1, 2],
      [2, 1],
    ]);
  });
});
