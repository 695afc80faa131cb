// Which workers are taken to compute, on a clock that stands still.
import { describe, expect, test } from "bun:test";
import { lose, makePool } from "../../support/fake-pool.ts";

type Made = Awaited<ReturnType<typeof makePool>>;
type Beats = { silent?: number[]; late?: number[]; lagMs?: number };

/** Workers by their sockets, as each front was last told; undefined when nothing was said. */
function told({ fronts }: Made): string[] | undefined {
  const [front] = fronts();
  const last = front!.heard.findLast((message) => message.type === "loops");
  return last?.type === "loops" ? last.stalled.map(({ socket }) => socket) : undefined;
}

/** Time passes, and all workers but the silent ones say so; the late ones that it was late. */
function pass(
  { clock, workers }: Made,
  ms: number,
  { silent = [], late = [], lagMs = 400 }: Beats = {},
): void {
  for (let passed = 0; passed < ms; passed += 50) {
    clock.advance(50);
    if (passed % 250 !== 0) continue;
    for (const [at, worker] of workers().entries())
      if (!silent.includes(at) && !worker.hasEnded)
        worker.say({ type: "heartbeat", lagMs: late.includes(at) ? lagMs : 0 });
  }
}

const TWO = { processes: { min: 2, max: 2 } };

describe("loops", () => {
  test("a worker that is silent for longer than its beat and a bit computes, until it is heard again", async () => {
    const made = await makePool(TWO);
    pass(made, 1_000);
    expect(told(made)).toBeUndefined();
    pass(made, 1_000, { silent: [0] });
    expect(told(made)).toEqual(["/nowhere/w1.sock"]);
    pass(made, 500);
    expect(told(made)).toEqual([]);
  });

  test("one that says that it comes late computes as well", async () => {
    const made = await makePool(TWO);
    pass(made, 500, { late: [1] });
    expect(told(made)).toEqual(["/nowhere/w2.sock"]);
    pass(made, 500);
    expect(told(made)).toEqual([]);
  });

  test("a word that is no time is none, and a moment late is nothing", async () => {
    const made = await makePool(TWO);
    pass(made, 1_000, { late: [0], lagMs: 300 });
    pass(made, 1_000, { late: [0], lagMs: -1e9 });
    expect(told(made)).toBeUndefined();
  });

  test("when the supervisor itself did not run, nobody is blamed for the silence", async () => {
    const made = await makePool(TWO);
    pass(made, 500);
    made.clock.jump(5_000);
    pass(made, 1_000);
    expect(told(made)).toBeUndefined();
  });

  test("one that was known to compute, and goes on, still does when the supervisor has not run for a while", async () => {
    const made = await makePool(TWO);
    pass(made, 1_000, { silent: [0] });
    const before = made.fronts()[0]!.heard.length;
    made.clock.jump(250);
    pass(made, 500, { silent: [0] });
    expect(made.fronts()[0]!.heard.slice(before)).toEqual([]);
    pass(made, 500);
    expect(told(made)).toEqual([]);
  });

  test("one that is always alone is not watched", async () => {
    const made = await makePool();
    pass(made, 2_000, { silent: [0] });
    expect(told(made)).toBeUndefined();
  });

  test("one that leaves is none of those that compute", async () => {
    const made = await makePool(TWO);
    pass(made, 1_000, { silent: [0] });
    made.workers()[0]!.end({ signal: "SIGKILL" });
    lose(made.fronts()[0]!, "/nowhere/w1.sock");
    pass(made, 200);
    expect(told(made)).toEqual([]);
  });
});
