import { expect, test } from "bun:test";
import fc from "fast-check";
import { ListenerOrder } from "../../../src/supervisor/traffic/listener-order.ts";

test("listeners: numbered as they were bound", () => {
  const order = new ListenerOrder<string>();
  for (const name of ["a", "b", "c"]) order.bound(name);
  expect(order.numbersOf((name) => name !== "b")).toEqual([0, 2]);
  expect(order.size).toBe(3);
});

test("listeners: when one closes, the last one takes its number", () => {
  const order = new ListenerOrder<string>();
  for (const name of ["old 1", "old 2", "new 1", "new 2"]) order.bound(name);
  order.closed("old 1");
  expect(order.numbersOf((name) => name.startsWith("new"))).toEqual([0, 2]);
  order.closed("old 2");
  expect(order.numbersOf((name) => name.startsWith("new"))).toEqual([0, 1]);
});

test.each([
  ["the last one takes the number of the one that closes", ["old", "new 1", "new 2"], "old", [1]],
  ["the one that closes is the last itself", ["new 1", "new 2", "old"], "old", [0, 1]],
  ["a single new one has no number to keep", ["old 1", "old 2", "new"], "old 1", []],
])("listeners: numbers that a closing leaves as they are: %s", (_, names, closing, kept) => {
  const order = new ListenerOrder<string>();
  for (const name of names) order.bound(name);
  expect(order.numbersKeptWithout(closing, (name) => name.startsWith("new"))).toEqual(kept);
});

test("listeners: whatever comes and goes, the numbers are those of the kernel's own array", () => {
  const act = fc.record({ isBound: fc.boolean(), holder: fc.integer({ min: 0, max: 5 }) });
  fc.assert(
    fc.property(fc.array(act), (acts) => {
      const order = new ListenerOrder<number>();
      let kernel: number[] = [];
      for (const { isBound, holder } of acts) {
        if (isBound) {
          order.bound(holder);
          if (!kernel.includes(holder)) kernel = [...kernel, holder];
        } else {
          order.closed(holder);
          const at = kernel.indexOf(holder);
          if (at >= 0) {
            kernel[at] = kernel.at(-1) ?? holder;
            kernel = kernel.slice(0, -1);
          }
        }
      }
      return (
        order.size === kernel.length &&
        kernel.every((holder, number) => order.numbersOf((one) => one === holder).join() === String(number))
      );
    }),
  );
});
