// gw pause, on a clock that stands still: it is done when nothing runs any more, and undone when that takes too long.
import { expect, test } from "bun:test";
import { holdRequests } from "../../../src/supervisor/commands/hold-requests.ts";
import { failureOf, makePool, settle } from "../../support/fake-pool.ts";

type Made = Awaited<ReturnType<typeof makePool>>;

const GROUPS = ["default"];

/** The front says what is on the worker. */
function tell({ fronts, workers }: Made, active: number, streams = 0): void {
  const load = { slot: 1, pid: workers()[0]!.pid, active, streams, requests: 9, idleMs: 0 };
  const stats = { queued: 0, groups: [], active, requests: 9, errors: {}, workers: [load] };
  fronts()[0]!.say({ type: "stats", stats });
}

async function pass({ clock }: Made, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    clock.advance(50);
    await settle();
  }
}

/** What the fronts were told last: the groups whose requests wait. */
function heldIn({ fronts }: Made): string[] {
  const told = fronts()[0]!.heard.findLast((message) => message.type === "backends");
  return told?.type === "backends" ? [...(told.paused ?? [])] : [];
}

function begin(made: Made, forMs = 10_000) {
  const state = { ends: undefined as Map<string, number> | undefined };
  const done = holdRequests(made.site, GROUPS, forMs, made.clock);
  done.then(
    (ends) => {
      state.ends = ends;
    },
    () => {},
  );
  return { state, done };
}

test("hold requests: it is in force at once, and done when the front has said since that nothing runs", async () => {
  const made = await makePool();
  tell(made, 1);
  const { state } = begin(made);
  const endMs = made.clock.now() + 10_000;
  await pass(made, 200);
  expect([heldIn(made), state.ends]).toEqual([GROUPS, undefined]);
  tell(made, 0);
  await pass(made, 50);
  expect(state.ends).toEqual(new Map([["default", endMs]]));
});

test("hold requests: what a front said before does not count", async () => {
  const made = await makePool();
  made.clock.advance(10);
  tell(made, 0);
  const { state } = begin(made);
  await pass(made, 500);
  expect(state.ends).toBeUndefined();
  tell(made, 0);
  await pass(made, 50);
  expect(state.ends).toBeDefined();
});

test("hold requests: answers that have begun are not waited for", async () => {
  const made = await makePool();
  const { state } = begin(made);
  await pass(made, 50);
  tell(made, 2, 2);
  await pass(made, 50);
  expect(state.ends).toBeDefined();
});

test.each([
  [1, "1 request was not finished within 2 s, and requests go on"],
  [3, "3 requests were not finished within 2 s, and requests go on"],
])(
  "hold requests: when %d do not finish within the graceful timeout, everything goes on",
  async (left, words) => {
    const made = await makePool({ gracefulTimeout: 2_000 });
    tell(made, left);
    const failed = failureOf(begin(made).done);
    await pass(made, 1_950);
    tell(made, left);
    await pass(made, 100);
    expect((await failed).message).toContain(words);
    expect(heldIn(made)).toEqual([]);
  },
);

test("hold requests: a front that does not say that nothing runs is named as what was waited for", async () => {
  const made = await makePool({ gracefulTimeout: 2_000 });
  const failed = failureOf(begin(made).done);
  await pass(made, 2_050);
  expect((await failed).message).toContain("A front end did not say that it holds requests back within 2 s");
  expect(heldIn(made)).toEqual([]);
});

test("hold requests: gw resume meanwhile ends it, with that as the cause", async () => {
  const made = await makePool();
  tell(made, 1);
  const failed = failureOf(begin(made).done);
  await pass(made, 100);
  made.site.pauses.end(GROUPS);
  await pass(made, 50);
  expect((await failed).message).toContain("gw resume was typed meanwhile");
});

test("hold requests: in embedded mode there is no queue", async () => {
  const made = await makePool({ embeddedMode: true });
  expect((await failureOf(begin(made).done)).message).toContain("no queue");
});
