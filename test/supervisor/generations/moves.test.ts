// Who moves the traffic, one after the other; what each does is said by the test.
import { describe, expect, test } from "bun:test";
import { GwError } from "../../../src/core/errors.ts";
import { Move, type MoveKind, Moves, whenAborted } from "../../../src/supervisor/generations/moves.ts";
import { captureLog } from "../../support/capture-log.ts";
import { failureOf, settle } from "../../support/fake-pool.ts";

function setUp() {
  const { log, texts } = captureLog();
  const busy: boolean[] = [];
  const moves = new Moves({ log, onBusy: (isBusy) => busy.push(isBusy) });
  const begun: string[] = [];
  /** It goes on until the test says how it ends, or gives up when it is called off. */
  const make = (by: string, kind: MoveKind = "reload") => {
    const end = Promise.withResolvers<string>();
    const move = new Move(by, kind, async ({ off }) => {
      begun.push(by);
      return Promise.race([end.promise, whenAborted(off)]);
    });
    return { ...end, move };
  };
  return { moves, busy, begun, make, texts };
}

describe("moves", () => {
  test("one after the other, in the order in which they were asked for; busy from the first to the last", async () => {
    const { moves, busy, begun, make } = setUp();
    const [first, second] = [make("first"), make("second")];
    const done = [moves.add(first.move), moves.add(second.move)];
    expect([moves.running as unknown, moves.waiting.length, begun]).toEqual([first.move, 1, ["first"]]);
    first.resolve("one");
    await settle();
    expect([begun, busy]).toEqual([["first", "second"], [true]]);
    second.resolve("two");
    expect(await Promise.all(done)).toEqual(["one", "two"]);
    await moves.settled();
    expect([moves.running, busy]).toEqual([undefined, [true, false]]);
  });

  test("one that fails holds up nobody", async () => {
    const { moves, make } = setUp();
    const [first, second] = [make("first"), make("second")];
    const done = moves.add(first.move);
    void moves.add(second.move);
    first.reject(new GwError("command_failed", { what: "no" }));
    expect((await failureOf(done)).message).toBe("no");
    second.resolve("two");
    expect(await second.move.done).toBe("two");
  });

  test("who has asked for one that makes way gets what becomes of the newer one, also by more than one step", async () => {
    const { moves, make } = setUp();
    const [first, second, third] = [make("first", "trial"), make("second", "trial"), make("third")];
    const done = [first, second, third].map(({ move }) => moves.add(move));
    first.move.makeWayFor(second.move);
    second.move.makeWayFor(third.move);
    expect(moves.wanted.map(({ by }) => by)).toEqual(["third"]);
    third.resolve("three");
    expect(await Promise.all(done)).toEqual(["three", "three", "three"]);
  });

  test("one that was past the point of going back has done what it was to do, whatever came for it then", async () => {
    const { moves } = setUp();
    const end = Promise.withResolvers<string>();
    const deaf = new Move("deaf", "trial", () => end.promise);
    const done = moves.add(deaf);
    deaf.makeWayFor(new Move("newer", "reload", async () => "newer"));
    deaf.callOff(new Error("too late"));
    end.resolve("deaf");
    expect(await done).toBe("deaf");
  });

  test("closed: what is under way is called off, what waits is not begun, and each is told why", async () => {
    const { moves, begun, make, texts } = setUp();
    const why = new GwError("command_failed", { what: "gw is stopping" });
    const all = ["first", "second"].map((by) => moves.add(make(by).move));
    moves.close(why);
    moves.close(new GwError("command_failed", { what: "said later" }));
    all.push(moves.add(make("third").move));
    for (const one of all) expect((await failureOf(one)).message).toBe("gw is stopping");
    expect(begun).toEqual(["first"]);
    expect(texts()).toEqual(["what was asked for is not done", "what was asked for is not done"]);
  });
});
