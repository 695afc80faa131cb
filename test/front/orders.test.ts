// Each order of the supervisor reaches whom it concerns, in every group.
import { describe, expect, test } from "bun:test";
import { obey, type Subjects } from "../../src/front/orders.ts";
import { PoisonFilter } from "../../src/front/stages/poison-filter.ts";
import type { ToChild } from "../../src/link/messages.ts";
import type { ActiveTold } from "../../src/link/requests/requests.ts";

/** What is done to the subjects by an order, in order. */
function told(order: ToChild): unknown[] {
  const acts: unknown[] = [];
  const note =
    (name: string) =>
    (...given: unknown[]) =>
      void acts.push([name, ...given.filter((one) => typeof one !== "function")]);
  const dispatch = (name: string) => ({
    dispatch: {
      condemn: note(`${name} condemn`),
      setStalled: note(`${name} stalled`),
      visitsOn: (socket: string) => (socket === `/${name}.sock` ? [{}, {}, {}] : []),
      queue: { refuse: note(`${name} refuse`) },
    },
  });
  const groups = Object.assign([dispatch("a"), dispatch("b")], {
    setBackends: note("backends"),
    notePaces: note("paces"),
  });
  const auth = { setBackends: note("auth backends"), condemn: note("auth condemn") };
  const telling = {
    list: (most: number, among?: readonly unknown[]) =>
      Array(Math.min(most, among?.length ?? most)).fill(REQUEST),
    takeNotable: () => undefined,
  };
  const under = { telling, active: 7 };
  obey(order, {
    pipeline: { auth: auth as never, groups: groups as never, poisons: new PoisonFilter(), ...under },
    channel: { say: note("say") },
    listeners: { steer: note("steer"), accept: note("accept") },
    departure: { retire: note("retire"), drain: note("drain") },
    report: note("report"),
  } satisfies Subjects);
  return acts;
}

const REQUEST: ActiveTold = {
  ...{ id: "r-1", method: "GET", path: "/", ageMs: 1 },
  ...{ phase: "app", client: "192.0.2.7", group: "a", worker: 1 },
};

describe("orders", () => {
  const retire = { type: "retire", withinMs: 1, streamsWithinMs: 2, queueWithinMs: 3 } as const;
  const steer = { type: "steer", id: 4, listeners: [0] } as const;
  const request = { group: "a", method: "GET", path: "/" };
  test.each<[ToChild, unknown[]]>([
    [
      { type: "list", id: 9, most: 2 },
      [["say", { type: "requests", id: 9, requests: [REQUEST, REQUEST], total: 7 }]],
    ],
    [
      { type: "list", id: 9, most: 2, socket: "/b.sock" },
      [["say", { type: "requests", id: 9, requests: [REQUEST, REQUEST], total: 3 }]],
    ],
    [
      { type: "list", id: 9, most: 2, socket: "/gone.sock" },
      [["say", { type: "requests", id: 9, requests: [], total: 0 }]],
    ],
    [
      { type: "backends", backends: [], paused: ["b"] },
      [["auth backends", []], ["backends", [], ["b"]], ["report"]],
    ],
    [
      { type: "condemn", socket: "/s", cause: "worker_stopped", sparesStreams: true },
      [
        ["auth condemn", "/s"],
        ["a condemn", "/s", "worker_stopped", true],
        ["b condemn", "/s", "worker_stopped", true],
      ],
    ],
    [
      { type: "loops", stalled: [{ socket: "/s", forMs: 5 }] },
      [
        ["a stalled", new Map([["/s", 5]])],
        ["b stalled", new Map([["/s", 5]])],
      ],
    ],
    [
      { type: "paces", workers: [{ socket: "/s", lagMs: 30, measure: true }] },
      [["paces", [{ socket: "/s", lagMs: 30, measure: true }]]],
    ],
    [
      { type: "poisons", requests: [request] },
      [
        ["a refuse", "poisonous_request"],
        ["b refuse", "poisonous_request"],
      ],
    ],
    [{ ...steer, listeners: [0] }, [["steer", steer]]],
    [retire, [["retire", retire]]],
    [{ type: "drain", withinMs: 6 }, [["drain", 6]]],
    [{ type: "stay" }, []],
  ])("%j", (order, acts) => {
    expect(told(order)).toEqual(acts);
  });
});
