import { describe, expect, test } from "bun:test";
import { Lifetime } from "../../src/core/lifetime.ts";
import { captureLog } from "../support/capture-log.ts";
import { FakeClock } from "../support/fake-clock.ts";

function setUp() {
  const clock = new FakeClock();
  const { log, lines } = captureLog();
  return { clock, lines, closed: [] as string[], lifetime: new Lifetime(clock, log) };
}

describe("lifetime", () => {
  test("parts are closed in reverse, each after the one before has closed", async () => {
    const { lifetime, closed, lines } = setUp();
    for (const name of ["a", "b", "c"])
      lifetime.add(name, 100, async () => {
        closed.push(`${name} begins`);
        await Promise.resolve();
        closed.push(`${name} ends`);
      });
    await lifetime.close();
    expect(closed).toEqual(["c begins", "c ends", "b begins", "b ends", "a begins", "a ends"]);
    expect(lines).toEqual([]);
  });

  test("a part that throws or rejects is reported, and the ones below it are closed", async () => {
    const { lifetime, closed, lines } = setUp();
    lifetime.add("a", 100, () => void closed.push("a"));
    lifetime.add("b", 100, () => Promise.reject(new Error("rejects")));
    lifetime.add("c", 100, () => {
      throw new Error("throws");
    });
    await lifetime.close();
    expect(closed).toEqual(["a"]);
    expect(lines.map(({ fields }) => [fields.part, fields.reason])).toEqual([
      ["c", "throws"],
      ["b", "rejects"],
    ]);
  });

  test("a part that hangs is given up at its deadline", async () => {
    const { lifetime, closed, lines, clock } = setUp();
    const hanging = Promise.withResolvers<void>();
    lifetime.add("a", 100, () => void closed.push("a"));
    lifetime.add("b", 70, () => hanging.promise);
    const done = lifetime.close();
    expect(clock.pending()).toEqual([70]);
    clock.advance(70);
    await done;
    expect(closed).toEqual(["a"]);
    expect(lines.map(({ fields }) => fields)).toEqual([{ part: "b", withinMs: 70 }]);
    expect(clock.pending()).toEqual([]);
  });

  test("closing twice closes once, and both wait for the same end", async () => {
    const { lifetime, closed } = setUp();
    lifetime.add("a", 100, () => void closed.push("a"));
    await Promise.all([lifetime.close(), lifetime.close()]);
    expect(closed).toEqual(["a"]);
  });
});
