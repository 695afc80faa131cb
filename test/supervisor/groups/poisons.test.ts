// Which requests are refused because workers died under them, on a clock that stands still.
import { describe, expect, test } from "bun:test";
import { Poisons } from "../../../src/supervisor/groups/poisons.ts";
import type { Farewell } from "../../../src/supervisor/traffic/farewell.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { makePool, settle } from "../../support/fake-pool.ts";

const alone = (path: string, method = "GET"): Farewell => ({
  requests: [{ id: "r-1", method, path, ageMs: 3 }],
  unawaited: [],
  count: 1,
  tunnels: 0,
  cut: 0,
  hasAnswered: true,
  isUnclear: false,
});

function makePoisons(limit: number) {
  const clock = new FakeClock();
  const { log, lines } = captureLog();
  const lists: string[][] = [];
  const poisons = new Poisons({
    clock,
    log,
    group: "shop",
    limit,
    onChange: (refused) =>
      lists.push(refused.map(({ group, method, path }) => `${group}: ${method} ${path}`)),
  });
  return { clock, lines, lists, poisons };
}

describe("poisons", () => {
  test("a request that was alone in so many deaths is refused for a minute, and told of at both ends", () => {
    const { clock, lines, lists, poisons } = makePoisons(3);
    for (let n = 0; n < 3; n++) poisons.note(alone("/bad"));
    expect(lists).toEqual([["shop: GET /bad"]]);
    expect(poisons.list).toMatchObject([{ deaths: 3, untilMs: clock.now() + 60_000 }]);
    clock.advance(59_999);
    expect(lists.length).toBe(1);
    clock.advance(1);
    expect(lists).toEqual([["shop: GET /bad"], []]);
    expect(lines.map(({ level, fields }) => [level, fields?.request])).toEqual([
      ["error", "GET /bad"],
      ["info", "GET /bad"],
    ]);
  });

  test("it takes that many deaths again when the minute is over", () => {
    const { clock, lists, poisons } = makePoisons(2);
    for (let n = 0; n < 2; n++) poisons.note(alone("/bad"));
    clock.advance(60_000);
    poisons.note(alone("/bad"));
    expect(lists.at(-1)).toEqual([]);
    poisons.note(alone("/bad"));
    expect(lists.at(-1)).toEqual(["shop: GET /bad"]);
  });

  test.each<[string, Partial<Farewell>]>([
    ["others ended with it", { count: 2 }],
    ["nobody's request ended with it", { requests: [], count: 0 }],
    ["something else may have ended it", { isUnclear: true }],
  ])("a death counts for nothing when %s", (_, changes) => {
    const { lists, poisons } = makePoisons(1);
    poisons.note({ ...alone("/bad"), ...changes });
    expect(lists).toEqual([]);
  });

  test("deaths add up for one method and path alone, and within a minute alone", () => {
    const { clock, lists, poisons } = makePoisons(2);
    for (const death of [alone("/a"), alone("/b"), alone("/a", "POST")]) poisons.note(death);
    clock.advance(60_000);
    poisons.note(alone("/a"));
    expect(lists).toEqual([]);
    poisons.note(alone("/a"));
    expect(lists).toEqual([["shop: GET /a"]]);
  });

  test("however many paths there are, so many are kept, the latest", () => {
    const { lists, poisons } = makePoisons(1);
    for (let n = 0; n < 1_000; n++) poisons.note(alone(`/${n}`));
    expect(lists.at(-1)?.length).toBe(256);
    expect(lists.at(-1)?.at(-1)).toBe("shop: GET /999");
    const { lists: late, poisons: more } = makePoisons(2);
    more.note(alone("/first"));
    for (let n = 0; n < 1_000; n++) more.note(alone(`/${n}`));
    more.note(alone("/first"));
    expect(late).toEqual([]);
  });

  test("without a limit nothing is refused", () => {
    const { lists, poisons } = makePoisons(0);
    for (let n = 0; n < 100; n++) poisons.note(alone("/bad"));
    expect(lists).toEqual([]);
  });
});

describe("poisons: in a group", () => {
  const REQUEST = { id: "r-1", method: "GET", path: "/bad", ageMs: 3 };
  type Pooled = Awaited<ReturnType<typeof makePool>>;
  const told = ({ fronts }: Pooled) =>
    fronts().map((front) => {
      const last = front.heard.findLast((message) => message.type === "poisons");
      return last?.type === "poisons" ? last.requests.map(({ path }) => path) : undefined;
    });

  /** The worker dies while one front had this request there, and the other had none. */
  async function die(made: Pooled, requests: unknown[], signal = "SIGSEGV"): Promise<void> {
    const [front, other] = made.fronts();
    const socket = front!.backends().at(-1);
    const lost = { type: "lost", socket, pid: 1, hasLeft: true, hasAnswered: true };
    made.workers().at(-1)!.end({ signal });
    front!.say({ ...lost, requests, count: requests.length });
    other!.say({ ...lost, requests: [], count: 0 });
    await settle();
    made.clock.advance(0);
    made.workers().at(-1)!.becomeReady();
    await settle();
  }

  test("all front ends are told, and one that comes later as well", async () => {
    const made = await makePool({ poisonLimit: 2, frontEnds: 2 });
    await die(made, [REQUEST]);
    expect(told(made)).toEqual([undefined, undefined]);
    await die(made, [REQUEST]);
    expect(told(made)).toEqual([["/bad"], ["/bad"]]);
    made.fronts()[1]!.end({ signal: "SIGKILL" });
    await settle();
    made.clock.advance(0);
    made.fronts()[2]!.becomeReady();
    expect(told(made)[2]).toEqual(["/bad"]);
    made.clock.advance(60_000);
    expect(told(made).filter((_, at) => at !== 1)).toEqual([[], []]);
  });

  test("a client that leaves is no death: only the end of a worker counts", async () => {
    const made = await makePool({ poisonLimit: 1, frontEnds: 2 });
    const socket = made.fronts()[0]!.backends()[0];
    for (let n = 0; n < 10; n++)
      made.fronts()[0]!.say({ type: "lost", socket, pid: 1, requests: [REQUEST], count: 1, hasLeft: false });
    await settle();
    expect(told(made)).toEqual([undefined, undefined]);
  });

  test("a generation that is replaced takes its refusals along", async () => {
    const made = await makePool({ poisonLimit: 1, frontEnds: 2 });
    await die(made, [REQUEST]);
    void made.pool.retire("script_reload", "generation 2 has taken over");
    expect(told(made)).toEqual([[], []]);
  });
});
