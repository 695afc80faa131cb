import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { BackendState } from "../../../src/front/dispatch/backends.ts";
import {
  chooseSticky,
  cookieFor,
  cookieOf,
  markOf,
  markVisit,
  scoreOf,
  tellTale,
} from "../../../src/front/dispatch/sticky.ts";
import { Ends, FakeClient, visitOf } from "../fakes.ts";

const BY_COOKIE = { by: "cookie", name: "gw_route", secure: false, overflow: "wait", salt: 7 } as const;
const BY_ADDRESS = { by: "address", overflow: "wait", salt: 7 } as const;
const BY_HEADER = { by: "header", name: "x-user", overflow: "wait", salt: 7 } as const;

describe("sticky: by what a client is known", () => {
  test.each([
    [["Cookie", "gw_route=abc"], "abc"],
    [["cookie", "a=1; gw_route=abc; b=2"], "abc"],
    [["Cookie", "a=1", "Cookie", "gw_route=abc"], "abc"],
    [["Cookie", "gw_route=; gw_route=abc"], "abc"],
    [["Cookie", "a=gw_route=abc"], undefined],
    [["Cookie", "xgw_route=abc"], undefined],
    [["Cookie", "GW_ROUTE=abc"], undefined],
    [["Cookie", 'gw_route="abc"'], undefined],
    [["Cookie", "gw_route=a b"], undefined],
    [["Cookie", `gw_route=${"x".repeat(65)}`], undefined],
    [["X-Cookie", "gw_route=abc"], undefined],
    [[], undefined],
  ])("the cookie of %j is %p", (fields, value) => {
    expect(cookieOf(fields, "gw_route")).toBe(value as string);
  });

  test("the address, and the value of a field", () => {
    expect(tellTale(BY_ADDRESS, [], "192.0.2.1")).toBe("192.0.2.1");
    expect(tellTale(BY_HEADER, ["X-User", "anna"], "192.0.2.1")).toBe("anna");
    expect(tellTale(BY_HEADER, [], "192.0.2.1")).toBeUndefined();
  });

  test("whoever sends no such field, or an empty one, belongs to no worker", () => {
    expect([markOf(BY_HEADER, undefined), markOf(BY_HEADER, "")]).toEqual([undefined, undefined]);
  });

  test("the cookie is for the app's own place, hidden from scripts, and not sent along from other sites", () => {
    expect(cookieFor(BY_COOKIE, "abc", "/shop")).toBe("gw_route=abc; Path=/shop; HttpOnly; SameSite=Lax");
    expect(cookieFor({ ...BY_COOKIE, secure: true }, "abc", "/")).toEndWith(
      "; Path=/; HttpOnly; SameSite=Lax; Secure",
    );
  });

  test("a new client gets a cookie, by which it is the same afterwards; a known one gets none", () => {
    const first = visitOf(new FakeClient().client, 0, "1", new Ends());
    markVisit(first, BY_COOKIE);
    const [, value] = /^gw_route=([A-Za-z0-9_-]{22});/.exec(first.cookie ?? "") ?? [];
    const again = visitOf(
      new FakeClient({ fields: ["Cookie", `gw_route=${value}`] }).client,
      0,
      "2",
      new Ends(),
    );
    markVisit(again, BY_COOKIE);
    expect(again.cookie).toBeUndefined();
    expect(again.mark).toBe(first.mark as number);
    const other = visitOf(new FakeClient().client, 0, "3", new Ends());
    markVisit(other, BY_COOKIE);
    expect(other.cookie).not.toBe(first.cookie);
  });

  test("marks differ from run to run: nobody can choose those that meet on one worker", () => {
    expect(markOf(BY_ADDRESS, "192.0.2.1")).not.toBe(markOf({ ...BY_ADDRESS, salt: 8 }, "192.0.2.1"));
  });
});

/** A worker in this place, with room unless it is said otherwise. */
function workerAt(slot: number, { active = 0, capacity = 1, accepting = true } = {}): BackendState {
  return {
    backend: { slot, capacity, accepting },
    running: { size: active },
    heldUp: { count: 0, bytes: 0 },
    restsUntil: 0,
    upstream: { hasIdle: false },
  } as unknown as BackendState;
}

const placeOf = (mark: number, places: readonly number[]) =>
  chooseSticky(
    places.map((slot) => workerAt(slot)),
    mark,
    "wait",
    100,
  )?.backend.slot;

const mark = fc.nat(2 ** 31 - 1).map((n) => markOf(BY_ADDRESS, String(n)) as number);
const places = fc.uniqueArray(fc.integer({ min: 1, max: 1024 }), { minLength: 2, maxLength: 16 });

describe("sticky: which worker it is", () => {
  test("the same one, in whatever order they are listed", () => {
    fc.assert(
      fc.property(mark, places, (own, all) => {
        expect(placeOf(own, all)).toBe(placeOf(own, all.toReversed()) as number);
      }),
    );
  });

  test("when a worker leaves, its own clients move and no others; when it is back, so are they", () => {
    fc.assert(
      fc.property(mark, places, fc.nat(), (own, all, which) => {
        const gone = all[which % all.length];
        const before = placeOf(own, all);
        const after = placeOf(
          own,
          all.filter((slot) => slot !== gone),
        );
        if (before === gone) expect(after).not.toBe(gone);
        else expect(after).toBe(before as number);
      }),
    );
  });

  test("no worker has more clients than the mean and six times its root", () => {
    fc.assert(
      fc.property(places, fc.nat(2 ** 31 - 1), (all, salt) => {
        const counts = new Map<number | undefined, number>();
        const clients = 4_000;
        for (let n = 0; n < clients; n++) {
          const at = placeOf(markOf({ ...BY_ADDRESS, salt }, `10.0.${n >> 8}.${n & 255}`) as number, all);
          counts.set(at, (counts.get(at) ?? 0) + 1);
        }
        const mean = clients / all.length;
        expect(Math.max(...counts.values())).toBeLessThan(mean + 6 * Math.sqrt(mean));
      }),
      { numRuns: 30 },
    );
  });

  test("one that is full has its clients wait, or move to the next one that has room", () => {
    fc.assert(
      fc.property(mark, places, (own, all) => {
        const home = placeOf(own, all) as number;
        const busy = all.map((slot) => workerAt(slot, { active: slot === home ? 1 : 0 }));
        expect(chooseSticky(busy, own, "wait", 100)).toBeUndefined();
        const moved = chooseSticky(busy, own, "move", 100)?.backend.slot;
        const rest = all.filter((slot) => slot !== home);
        expect(moved).toBe(rest.toSorted((a, b) => scoreOf(own, b) - scoreOf(own, a))[0] as number);
      }),
    );
  });

  test("one whose half is taken by bodies that still come takes others, and none of those", () => {
    const [own] = fc.sample(mark, 1) as [number];
    const home = placeOf(own, [1, 2]) as number;
    const upload = { visit: { isOver: false, headAt: 0, intake: { isComplete: false } } };
    const busy = [1, 2].map((slot) =>
      Object.assign(workerAt(slot, { capacity: 4 }), {
        running: new Set(slot === home ? [upload, { ...upload }] : []),
      }),
    );
    const chosen = (["wait", "move"] as const).map((overflow) =>
      chooseSticky(busy, own, overflow, 100, true),
    );
    expect(chosen.map((state) => state?.backend.slot)).toEqual([undefined, 3 - home]);
    expect(chooseSticky(busy, own, "wait", 100)?.backend.slot).toBe(home);
    Object.assign(upload.visit.intake, { isComplete: true });
    expect(chooseSticky(busy, own, "wait", 100, true)?.backend.slot).toBe(home);
  });

  test("one that takes nothing new is nobody's, and without any worker there is none", () => {
    const [own] = fc.sample(mark, 1) as [number];
    const leaving = [1, 2].map((slot) => workerAt(slot, { accepting: slot !== placeOf(own, [1, 2]) }));
    expect(chooseSticky(leaving, own, "wait", 100)?.backend.slot).not.toBe(placeOf(own, [1, 2]) as number);
    expect(chooseSticky([], own, "wait", 100)).toBeUndefined();
  });
});
