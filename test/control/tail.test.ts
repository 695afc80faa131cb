import { expect, test } from "bun:test";
import fc from "fast-check";
import { Tail } from "../../src/control/tail.ts";

test("tail: keeps the newest lines within both bounds, in order", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 30 }), { maxLength: 200 }), (lines) => {
      const tail = new Tail(10, 100);
      for (const line of lines) tail.keep(line);
      const kept = tail.recent();
      expect(kept).toEqual(lines.slice(lines.length - kept.length));
      expect(kept.length).toBeLessThanOrEqual(10);
      expect(kept.join("").length).toBeLessThanOrEqual(100);
      // As many as fit: one more would break a bound.
      const more = lines.slice(-(kept.length + 1));
      expect(more.length === kept.length || more.length > 10 || more.join("").length > 100).toBe(true);
    }),
  );
});

test("tail: a line that is larger than everything is let go, and the next one is kept", () => {
  const tail = new Tail(10, 5);
  tail.keep("123456");
  expect(tail.recent()).toEqual([]);
  tail.keep("1");
  expect(tail.recent()).toEqual(["1"]);
});

test("tail: followers hear each new line until they stop", () => {
  const tail = new Tail();
  const heard: string[] = [];
  tail.keep("before");
  const stop = tail.follow((line) => heard.push(line));
  tail.keep("one");
  stop();
  tail.keep("after");
  expect(heard).toEqual(["one"]);
});
