import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GwError } from "../../../src/core/errors.ts";
import {
  type BackendState,
  casualtyOf,
  chooseBackend,
  isOpen,
  loadOf,
  lostReport,
  noteLeft,
  noteLoss,
  noteTunnelOver,
  stuckSince,
} from "../../../src/front/dispatch/backends.ts";
import type { Relay } from "../../../src/front/dispatch/relay.ts";
import { PastWaits } from "../../../src/front/limit/body-waits.ts";
import { Running } from "../../../src/front/visit/running.ts";
import { ANSWERED, type Ending, SWITCHED, type Visit } from "../../../src/front/visit/visit.ts";
import { Upstream } from "../../../src/upstream/upstream.ts";
import { onBug } from "../../support/on-bug.ts";
import { anyVisit } from "../fakes.ts";

type Awaits = { awaitsBody?: boolean; awaitsTaking?: boolean; bodyWaitMs?: number };

type Given = {
  slot?: number;
  active?: number;
  heldUp?: number;
  capacity?: number;
  accepting?: boolean;
  requests?: number;
  stalledSince?: number;
  restsUntil?: number;
  activityAt?: number;
};

function stateOf({
  slot = 1,
  active = 0,
  heldUp = 0,
  capacity = 100,
  accepting = true,
  requests = 0,
  stalledSince,
  restsUntil = 0,
  activityAt = 0,
}: Given): BackendState {
  const running = new Running<Relay>();
  for (let n = 0; n < active; n++) running.add(running1(anyVisit(0, `v-${n}`)));
  return {
    backend: {
      slot,
      group: "default",
      pid: 1000 + slot,
      generation: 1,
      socket: `/nowhere/${slot}`,
      token: "t",
      capacity,
      accepting,
    },
    upstream: new Upstream({ path: `/nowhere/${slot}`, headerLineBytes: 1024, http2: false, onBug }),
    running,
    heldUp: { count: heldUp, bytes: 0 },
    pastWaits: new PastWaits(10_000),
    limit: undefined,
    tunnels: new Set(),
    requests,
    hasAnswered: false,
    stalledSince,
    restsUntil,
    activityAt,
    lost: [],
    unawaited: [],
    headAt: 0,
    unclearUntil: 0,
    cutTunnels: [],
    cut: 0,
  };
}

/** All that is asked of a relay here is whose it is, and for what it waits. */
const running1 = (visit: Visit, { bodyWaitMs = 0, ...awaits }: Awaits = {}) =>
  ({ visit, ...awaits, bodyWaitMs: () => bodyWaitMs }) as unknown as Relay;

const chosen = (now: number, ...given: Given[]) =>
  chooseBackend(
    given.map((state, n) => stateOf({ slot: n + 1, ...state })),
    now,
  )?.backend.slot;

describe("backends: who is next", () => {
  for (const [what, slot, given] of [
    ["nobody, where there is nobody", undefined, []],
    ["one whose loop turns, however busy", 2, [{ active: 1, stalledSince: 5 }, { active: 3 }]],
    ["one whose loop does not turn, before none", 1, [{ stalledSince: 5 }, { active: 100 }]],
    [
      "the least busy of those that do not turn",
      2,
      [
        { active: 2, stalledSince: 5 },
        { active: 1, stalledSince: 1 },
      ],
    ],
    ["the least busy", 2, [{ active: 3 }, { active: 1 }, { active: 2 }]],
    ["whose clients are not waited for", 2, [{ active: 3 }, { active: 9, heldUp: 8 }]],
    ["one whose requests only wait for their clients", 1, [{ active: 9, heldUp: 8, capacity: 2 }]],
    ["of equals the one with the fewest requests", 3, [{ requests: 9 }, { requests: 8 }, { requests: 7 }]],
    ["of equals in everything the first", 1, [{}, {}]],
    ["being less busy counts more than having had fewer requests", 2, [{ active: 1 }, { requests: 99 }]],
    [
      "nobody who is full",
      2,
      [
        { active: 1, capacity: 1 },
        { active: 5, capacity: 6 },
      ],
    ],
    [
      "nobody, when all are full",
      undefined,
      [
        { active: 2, capacity: 2 },
        { active: 1, capacity: 1 },
      ],
    ],
    ["nobody without any capacity", undefined, [{ capacity: 0 }]],
    ["nobody who is leaving", 2, [{ accepting: false }, { active: 9 }]],
    ["nobody who rests", 2, [{ restsUntil: 101 }, { active: 9 }]],
    ["who has just rested enough", 1, [{ restsUntil: 100 }, { active: 9 }]],
  ] as [string, number | undefined, Given[]][]) {
    test(what, () => expect(chosen(100, ...given)).toBe(slot as number));
  }

  const given = fc.record({
    active: fc.nat(4),
    capacity: fc.nat(4),
    accepting: fc.boolean(),
    requests: fc.nat(3),
    restsUntil: fc.constantFrom(0, 200),
  });

  test("who rests, while a connection that was opened before is idle", () => {
    const state = stateOf({ restsUntil: 101 });
    expect(chooseBackend([state], 100)).toBeUndefined();
    Object.defineProperty(state.upstream, "hasIdle", { value: true });
    expect(chooseBackend([state], 100)).toBe(state);
  });

  test("whoever is chosen may take one more, and nobody who may is less busy", () => {
    fc.assert(
      fc.property(fc.array(given, { maxLength: 6 }), (list) => {
        const states = list.map((state, n) => stateOf({ slot: n, ...state }));
        const state = chooseBackend(states, 100);
        const open = states.filter((other) => isOpen(other, 100));
        if (!state) return expect(open).toEqual([]);
        expect(state.running.size).toBeLessThan(state.backend.capacity);
        expect(state.backend.accepting && state.restsUntil <= 100).toBe(true);
        for (const other of open) expect(other.running.size).toBeGreaterThanOrEqual(state.running.size);
      }),
    );
  });

  test("however requests come and go, no worker ever has more than its capacity, and all of it is used", () => {
    const capacities = fc.array(fc.nat(3), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(capacities, fc.array(fc.nat(9), { maxLength: 60 }), (list, acts) => {
        const states = list.map((capacity, n) => stateOf({ slot: n, capacity }));
        const most = list.reduce((sum, capacity) => sum + capacity, 0);
        let active = 0;
        for (const n of acts) {
          if (n > 2) {
            const state = chooseBackend(states, 0);
            expect(state === undefined).toBe(active === most);
            if (!state) continue;
            state.running.add(running1(anyVisit()));
            active++;
          } else {
            const busy = states.filter(({ running }) => running.size > 0)[n];
            const [relay] = busy?.running ?? [];
            if (!relay) continue;
            busy?.running.delete(relay);
            active--;
          }
          for (const { running, backend } of states)
            expect(running.size).toBeLessThanOrEqual(backend.capacity);
        }
      }),
    );
  });
});

describe("backends: requests that are stuck", () => {
  test.each<[string, number | undefined, Given[]]>([
    ["nobody, where there is nobody", undefined, []],
    ["those behind the one that is computed", 5, [{ active: 2, stalledSince: 5 }]],
    ["nobody behind the only one", undefined, [{ active: 1, stalledSince: 5 }]],
    ["nobody, where one turns", undefined, [{ active: 2, stalledSince: 5 }, { active: 9 }]],
    [
      "those of a worker, where one that turns gets nothing",
      5,
      [{ active: 2, stalledSince: 5 }, { accepting: false }],
    ],
    [
      "since the first of all loops stands still",
      3,
      [
        { active: 2, stalledSince: 5 },
        { active: 2, stalledSince: 3 },
      ],
    ],
  ])("%s", (_, since, given) => {
    expect(stuckSince(given.map((state, n) => stateOf({ slot: n + 1, ...state })))).toBe(since);
  });
});

describe("backends: what is told of them", () => {
  test("a busy worker has its oldest request and the answers that have begun, and is not idle", () => {
    const state = stateOf({ requests: 7, activityAt: 5 });
    for (const [id, startedAt] of [
      ["young", 40],
      ["old", 20],
      ["middle", 30],
    ] as const) {
      const visit = anyVisit(0, id);
      visit.startedAt = startedAt;
      visit.target = "/secret?token=x";
      if (id === "middle") visit.headAt = 90;
      state.running.add(running1(visit));
    }
    expect(loadOf(state, 100)).toEqual({
      slot: 1,
      pid: 1001,
      active: 3,
      requests: 7,
      streams: 1,
      tunnels: 0,
      hasAnswered: false,
      idleMs: 0,
      oldest: { id: "old", method: "GET", path: "/secret", ageMs: 80 },
    });
  });

  test("how many of its requests wait for their clients, and for how long those whose app is still to answer have", () => {
    const state = stateOf({});
    const begun = Object.assign(anyVisit(), { headAt: 50 });
    state.running.add(running1(anyVisit(), { awaitsBody: true, bodyWaitMs: 30 }));
    state.running.add(running1(anyVisit(), { awaitsBody: true, bodyWaitMs: 20.4 }));
    // All of its body is there by now.
    state.running.add(running1(anyVisit(), { bodyWaitMs: 500 }));
    state.running.add(running1(begun, { awaitsTaking: true, bodyWaitMs: 4_000 }));
    state.pastWaits.add(4_000, 50);
    const { active, streams, receiving, heldUp, bodyWaitMs, pastBodyWaitMs } = loadOf(state, 100);
    expect({ active, streams, receiving, heldUp, bodyWaitMs, pastBodyWaitMs }).toEqual({
      ...{ active: 4, streams: 1, receiving: 2, heldUp: 1, bodyWaitMs: 550, pastBodyWaitMs: 4_000 },
    });
  });

  test("of what ended with a worker the request that came first is named first, however late the others were told", () => {
    const state = stateOf({});
    const [first, bystander] = [anyVisit(0, "first"), anyVisit(0, "bystander")];
    [first.startedAt, bystander.startedAt] = [10, 11];
    noteLoss(state, first, 2000);
    noteLoss(state, bystander, 2005);
    const { requests, count } = lostReport(state, 2010, true);
    expect(requests.map(({ id, ageMs }) => [id, ageMs])).toEqual([
      ["first", 2000],
      ["bystander", 1999],
    ]);
    expect(count).toBe(2);
  });

  test("WebSockets that were cut within the last second ended with it, and none that somebody has closed", () => {
    const state = stateOf({});
    for (const [at, isCut] of [
      [1_000, true],
      [1_900, true],
      [1_950, false],
      [2_000, true],
    ] as const)
      noteTunnelOver(state, { isCut }, at);
    const counts = [2_000, 2_899, 2_900, 3_000].map((now) => lostReport(state, now, true).tunnels);
    expect(counts).toEqual([2, 2, 1, undefined]);
    expect(state.activityAt).toBe(2_000);
  });

  test("a death is unclear for ten seconds after a request has left without the worker's answer, and for no other", () => {
    const table: [boolean, Ending | undefined, boolean][] = [
      [false, ANSWERED, false],
      [false, SWITCHED, false],
      [false, undefined, false],
      [false, { kind: "client gone" }, true],
      [false, { kind: "refused", error: new GwError("request_timeout") }, true],
      [true, { kind: "refused", error: new GwError("worker_died") }, false],
    ];
    const found = table.map(([isLoss, ending]) => {
      const state = stateOf({});
      const visit = anyVisit(0, "v");
      if (isLoss) noteLoss(state, visit, 1_000);
      noteLeft(state, running1(visit), ending, 1_000);
      return [1_000, 10_999, 11_000].map((now) => lostReport(state, now, true).isUnclear);
    });
    expect(found).toEqual(table.map(([, , isUnclear]) => [isUnclear, isUnclear, false]));
  });

  test("what was over for its client before the worker has answered is told once it has left, with its cause", () => {
    const state = stateOf({});
    const visits = ["lost", "late", "gone", "streamed"].map((id) =>
      Object.assign(anyVisit(0, id), { startedAt: 10 }),
    );
    const [lost, late, gone, streamed] = visits as [Visit, Visit, Visit, Visit];
    streamed.headAt = 50;
    noteLoss(state, lost, 1_000);
    noteLeft(state, running1(lost), { kind: "refused", error: new GwError("worker_died") }, 1_000);
    noteLeft(state, running1(late), { kind: "refused", error: new GwError("request_timeout") }, 1_100);
    for (const visit of [gone, streamed]) noteLeft(state, running1(visit), { kind: "client gone" }, 1_200);
    expect(lostReport(state, 1_300, false).unawaited).toBeUndefined();
    expect(lostReport(state, 1_300, true).unawaited).toEqual([
      expect.objectContaining({ id: "late", ageMs: 1_290, overMs: 200, cause: "request_timeout" }),
      expect.objectContaining({ id: "gone", ageMs: 1_290, overMs: 100, cause: "client_gone" }),
    ]);
  });

  test("one without requests is idle since its last activity", () => {
    expect(loadOf(stateOf({ activityAt: 40 }), 100.4)).toEqual({
      slot: 1,
      pid: 1001,
      active: 0,
      requests: 0,
      streams: 0,
      tunnels: 0,
      hasAnswered: false,
      idleMs: 60,
    });
  });

  test("of a long path the beginning is told", () => {
    const visit = anyVisit();
    visit.target = `/${"a".repeat(9000)}`;
    expect(casualtyOf(visit, 0).path).toHaveLength(512);
  });
});
