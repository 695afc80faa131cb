import { expect, test } from "bun:test";
import type { ActiveTold } from "../../../src/link/requests/requests.ts";
import { explain, listRequests } from "../../../src/supervisor/commands/tell-requests.ts";
import { failureOf, makePool, settle } from "../../support/fake-pool.ts";

const told = (id: string, ageMs: number, given: Partial<ActiveTold> = {}): ActiveTold => ({
  ...{ id, method: "GET", path: "/", ageMs, phase: "app", client: "192.0.2.7", group: "default", worker: 1 },
  ...given,
});

type Made = Awaited<ReturnType<typeof makePool>>;

/** Each front end answers what it was asked last. */
function answer({ fronts }: Made, lists: ActiveTold[][]): void {
  for (const [at, front] of fronts().entries()) {
    const asked = front.heard.findLast((order) => order.type === "list");
    if (asked?.type !== "list") throw new Error("it was not asked");
    const requests = lists[at] ?? [];
    front.say({
      type: "requests",
      id: asked.id,
      requests: requests.slice(0, asked.most),
      total: requests.length,
    });
  }
}

test("requests: those of all front ends, the oldest first, so many at most", async () => {
  const made = await makePool({ frontEnds: 2 });
  const asked = listRequests(made.site, { most: 2 });
  answer(made, [[told("a", 5), told("b", 3)], [told("c", 4)]]);
  const { requests, total } = await asked;
  expect([requests.map(({ id, front }) => [id, front]), total]).toEqual([
    [
      ["a", 1],
      ["c", 2],
    ],
    3,
  ]);
});

test("requests: of one group", async () => {
  const made = await makePool();
  const asked = listRequests(made.site, { group: "api", most: 1 });
  answer(made, [[told("a", 5), told("b", 3, { group: "api" }), told("c", 2, { group: "api" })]]);
  expect(await asked).toMatchObject({ requests: [{ id: "b" }], total: 2 });
});

test("requests: in embedded mode nobody knows them", async () => {
  const made = await makePool({ embeddedMode: true });
  expect((await failureOf(listRequests(made.site, {}))).message).toStartWith("In embedded mode");
});

test("why: of a request, or a worker, what is under way is asked for; of everything it is not", async () => {
  const made = await makePool({ slowRequests: 2_000 });
  const { site, clock, ledger } = made;
  const parts = { site, clock, chronicle: ledger.chronicle, startedAtMs: clock.now() };
  clock.advance(5_000);
  const one = explain(parts, { subject: "b" });
  answer(made, [[told("a", 5), told("b", 3)]]);
  expect(await one).toMatchObject({ active: [{ id: "b" }], slowAfterMs: { default: 2_000 } });
  const worker = explain(parts, { subject: "2" });
  answer(made, [[told("a", 5), told("b", 3, { worker: 2 })]]);
  expect((await worker).active.map(({ id }) => id)).toEqual(["b"]);
  const all = await explain(parts, { since: 1_000 });
  const { now, startedAt } = all;
  expect([all.active, Date.parse(now) - Date.parse(startedAt)]).toEqual([[], 5_000]);
});

test("why: what has ended before is not told where it was longer ago than asked for", async () => {
  const { site, clock, ledger, workers } = await makePool();
  const parts = { site, clock, chronicle: ledger.chronicle, startedAtMs: clock.now() };
  workers()[0]?.end({ code: 1 });
  // The front ends say nothing of what ended with it, and are not waited for.
  clock.advance(500);
  await settle();
  clock.advance(10_000);
  const reasons = async (since?: number) =>
    (await explain(parts, { ...(since && { since }) })).records.ends.map(({ reason }) => reason);
  expect([await reasons(), await reasons(60_000), await reasons(5_000)]).toEqual([["crash"], ["crash"], []]);
});
