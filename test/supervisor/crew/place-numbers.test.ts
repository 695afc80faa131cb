import { expect, test } from "bun:test";
import fc from "fast-check";
import { PlaceNumbers } from "../../../src/supervisor/crew/place-numbers.ts";

test("place numbers: whatever is taken and given back, each is the least that nobody has", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(20), { nil: undefined })), (acts) => {
      const numbers = new PlaceNumbers();
      const held: number[] = [];
      for (const back of acts) {
        if (back === undefined) {
          const number = numbers.take();
          expect(held).not.toContain(number);
          for (let less = 1; less < number; less++) expect(held).toContain(less);
          held.push(number);
        } else if (held.length > 0) {
          numbers.give(held.splice(back % held.length, 1)[0]!);
        }
      }
    }),
  );
});
