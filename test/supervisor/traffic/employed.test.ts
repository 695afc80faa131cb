import { expect, test } from "bun:test";
import type { Slot } from "../../../src/supervisor/child/slot.ts";
import { Employed } from "../../../src/supervisor/traffic/employed.ts";
import type { Farewell } from "../../../src/supervisor/traffic/farewell.ts";
import type { Endpoint } from "../../../src/supervisor/traffic/traffic.ts";

function listOf(name: string, heard: string[]) {
  return {
    admit: (_slot: Slot, { socket }: Endpoint) => void heard.push(`${name} + ${socket}`),
    dismiss: (slot: Slot) => {
      heard.push(`${name} - ${slot.number}`);
      return Promise.resolve({} as Farewell);
    },
  };
}

test("employed: all front ends hear of them, those that are made later as well", () => {
  const heard: string[] = [];
  const all = [listOf("a", heard)];
  const employed = new Employed(() => all);
  const slot = { number: 1 } as Slot;
  employed.employ(slot, { socket: "s" } as Endpoint);
  const late = listOf("b", heard);
  employed.introduce(late);
  all.push(late);
  employed.dismiss(slot);
  employed.introduce(listOf("c", heard));
  expect(heard).toEqual(["a + s", "b + s", "a - 1", "b - 1"]);
});
