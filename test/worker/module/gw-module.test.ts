import { expect, test } from "bun:test";
import type * as Declared from "../../../docs/gw-module.d.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { EventSource } from "../../../src/worker/module/events.ts";
import { GwModule } from "../../../src/worker/module/gw-module.ts";

const make = () =>
  new GwModule({
    clock: systemClock,
    events: new EventSource(() => {}),
    setup: { slot: 1, generation: 1, group: "default" },
    warn() {},
  });

test("gw module: the types that apps import are those of what they are given", () => {
  // tsc refuses these where one has what the other lacks.
  const declared: typeof Declared = make().exports();
  const given: ReturnType<GwModule["exports"]> = declared;
  expect(Object.keys(given).toSorted()).toEqual(["metrics", "on", "requestInfo", "sendFile"]);
});

test("gw module: what stands for it without gw has the same names", async () => {
  const standIn = await import("../../../src/options/render/without-gw.cjs");
  const real = make().exports();
  const own = Object.keys(standIn).filter((name) => name !== "default" && name !== "__esModule");
  expect(own.toSorted()).toEqual(Object.keys(real).toSorted());
  for (const kind of ["counter", "gauge", "histogram"] as const)
    expect(Object.keys(standIn.metrics[kind]())).toEqual(
      Object.keys(real.metrics[kind](kind === "counter" ? "a_total" : kind)),
    );
});
