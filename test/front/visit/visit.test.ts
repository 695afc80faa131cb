import { describe, expect, test } from "bun:test";
import { Deadlines } from "../../../src/core/deadlines.ts";
import { GwError } from "../../../src/core/errors.ts";
import { ANSWERED, type Holder, type Visit } from "../../../src/front/visit/visit.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { anyVisit, Ends } from "../fakes.ts";

describe("visit: the path for the log", () => {
  for (const [target, path] of [
    ["/", "/"],
    ["/a?token=secret", "/a"],
    ["/a?", "/a"],
    ["/a?b?c", "/a"],
    ["/a%3Fb", "/a%3Fb"],
    ["?x", ""],
  ] as const) {
    test(`of ${target} it holds ${path || "nothing"}`, () => {
      const visit = anyVisit();
      visit.target = target;
      expect(visit.path).toBe(path);
    });
  }
});

describe("visit: what the worker gets of the target, and what stood in its place", () => {
  for (const [target, cut, onward, above] of [
    ["/shop/where?x", 0, "/shop/where?x", undefined],
    ["/shop/where?x", 5, "/where?x", "/shop/"],
    ["/shop/", 5, "/", "/shop/"],
    ["/shop", 5, "/", "/shop"],
    ["/shop?x", 5, "/?x", "/shop"],
    ["/sh%6fp/a", 7, "/a", "/sh%6fp/"],
  ] as const) {
    test(`of ${target} without ${cut} bytes`, () => {
      const visit = anyVisit();
      visit.target = target;
      visit.cut = cut;
      expect([visit.onward, visit.above]).toEqual([onward, above]);
      if (above !== undefined) expect(above + onward.slice(1)).toBe(target);
    });
  }
});

describe("visit: whose it is", () => {
  /** Notes in one list what holders are told. */
  const holder = (name: string, told: string[]): Holder => ({
    take: () => void told.push(`${name} takes`),
    letGo: (_visit, ending) => void told.push(`${name} lets go, ${ending?.kind ?? "handed on"}`),
    onDue: () => void told.push(`${name} is due`),
    onWritable: () => void told.push(`${name} may write`),
  });

  test("the former holder lets go before the next one takes, and hears nothing more", () => {
    const told: string[] = [];
    const clock = new FakeClock();
    const silence = new Deadlines(clock, 1000);
    const visit = anyVisit();
    visit.handTo(holder("a", told));
    visit.limitTime(silence);
    visit.onWritable();
    visit.handTo(holder("b", told));
    visit.onWritable();
    clock.advance(5000);
    expect(told).toEqual(["a takes", "a may write", "a lets go, handed on", "b takes", "b may write"]);
    visit.limitTime(silence);
    clock.advance(1000);
    expect(told.at(-1)).toBe("b is due");
  });

  test.each([
    ["its client leaves", (visit: Visit) => visit.client.listener?.onGone(), "client gone"],
    ["its body grows too large", (visit: Visit) => visit.onBodyTooLarge(5), "request_body_too_large"],
  ])("it ends when %s, whoever holds it", (_what, happen, kind) => {
    const told: string[] = [];
    const ends = new Ends();
    const visit = anyVisit(0, "v", ends);
    visit.handTo(holder("a", told));
    happen(visit);
    expect(ends.kinds).toEqual([kind]);
    expect([told.length, visit.isHeld, visit.isOver]).toEqual([2, false, true]);
  });

  test("a second end, or a holder after it, is a mistake that is told, and changes nothing", () => {
    const told: string[] = [];
    const bugs: string[] = [];
    const ends = Object.assign(new Ends(), { onBug: (error: GwError) => void bugs.push(error.message) });
    const visit = anyVisit(0, "v", ends);
    visit.end(ANSWERED);
    visit.refuse(new GwError("queue_timeout"));
    visit.handTo(holder("a", told));
    expect([ends.kinds, told, visit.isHeld]).toEqual([["answered"], [], false]);
    expect(bugs).toHaveLength(2);
    expect(bugs[0]).toContain("a visit that had ended (answered) was refused once more");
    expect(bugs[1]).toContain("handed on once more");
  });

  test("it is over for its owner even where its holder fails to let go", () => {
    const ends = new Ends();
    const visit = anyVisit(0, "v", ends);
    const clumsy = holder("a", []);
    clumsy.letGo = () => {
      throw new Error("oh");
    };
    visit.handTo(clumsy);
    expect(() => visit.end(ANSWERED)).toThrow("oh");
    expect(ends.kinds).toEqual(["answered"]);
  });
});
