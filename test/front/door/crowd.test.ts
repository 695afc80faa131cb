import { expect, test } from "bun:test";
import fc from "fast-check";
import { UNIX_CLIENT } from "../../../src/core/addresses.ts";
import { Crowd } from "../../../src/front/door/crowd.ts";

const PROXY = "10.0.0.1";
const crowdOf = (most: number) => new Crowd({ most, isProxy: (address) => address === PROXY });
const enter = (crowd: Crowd, address: string, times: number) =>
  Array.from({ length: times }, () => crowd.enter(address));

test("crowd: as many as may be from one address, and another one when one leaves", () => {
  const crowd = crowdOf(2);
  const [first, , third] = enter(crowd, "192.0.2.1", 3);
  expect([first, third]).toEqual(["192.0.2.1", undefined]);
  expect(crowd.enter("192.0.2.2")).toBe("192.0.2.2");
  crowd.leave(third);
  expect(crowd.enter("192.0.2.1")).toBeUndefined();
  crowd.leave(first);
  expect(enter(crowd, "192.0.2.1", 2)).toEqual(["192.0.2.1", undefined]);
});

test("crowd: all of a /64 are one address", () => {
  const crowd = crowdOf(2);
  expect([crowd.enter("2001:db8::1"), crowd.enter("2001:db8::2")]).not.toContain(undefined);
  expect([crowd.enter("2001:db8::3"), typeof crowd.enter("2001:db8:0:1::1")]).toEqual([undefined, "string"]);
});

test("crowd: proxies, UNIX sockets and who is gone already are not counted", () => {
  const crowd = crowdOf(1);
  for (const address of [PROXY, UNIX_CLIENT, ""]) {
    const entered = enter(crowd, address, 5);
    expect(entered).not.toContain(undefined);
    for (const one of entered) crowd.leave(one);
    expect(crowd.enter(address)).toBeDefined();
  }
});

test("crowd: whoever has left counts no more, in whatever order they come and go", () => {
  const steps = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.boolean()), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (all) => {
      const crowd = crowdOf(3);
      const inside = new Map<string, number>();
      for (const [address, comes] of all) {
        const count = inside.get(address) ?? 0;
        if (comes) {
          const entered = crowd.enter(address);
          expect(entered !== undefined).toBe(count < 3);
          if (entered !== undefined) inside.set(address, count + 1);
        } else if (count > 0) {
          crowd.leave(address);
          inside.set(address, count - 1);
        }
      }
    }),
  );
});
