import { describe, expect, test } from "bun:test";
import type { Slot } from "../../../src/supervisor/child/slot.ts";
import { isInTheWay, isReplaced, wantAnother } from "../../../src/supervisor/commands/planned-restart.ts";
import type { Place } from "../../../src/supervisor/crew/place.ts";

const slot = (state: string, run?: object) => ({ state, run, ...(run && { pid: 42 }) }) as unknown as Slot;

/** A place of which only so much is said. */
function placeWith(given: { current: Slot; successor?: Slot; departing?: Slot[]; trouble?: object }): Place {
  const { departing = [], ...rest } = given;
  return { ...rest, departing: new Set(departing) } as unknown as Place;
}

describe("planned restart: whether another one serves", () => {
  test("one that served is replaced when another serves and it is gone, or does its last", () => {
    const [old, next] = [{}, {}];
    const wanted = wantAnother(placeWith({ current: slot("ready", old) }));
    expect(wanted.oldPid).toBe(42);
    const isDone = (given: Parameters<typeof placeWith>[0]) =>
      isReplaced({ ...wanted, place: placeWith(given) });
    expect(isDone({ current: slot("ready", old) })).toBe(false);
    expect(isDone({ current: slot("loading", next) })).toBe(false);
    expect(isDone({ current: slot("ready", next), departing: [slot("draining", old)] })).toBe(false);
    expect(isDone({ current: slot("ready", next), departing: [slot("parting", old)] })).toBe(true);
    expect(isDone({ current: slot("ready", next), departing: [slot("draining", {})] })).toBe(true);
    expect(isDone({ current: slot("ready", next) })).toBe(true);
  });

  test("one that does not serve yet, or rests, is another one as soon as it serves", () => {
    for (const [state, run] of [
      ["loading", {}],
      ["resting", undefined],
    ] as const) {
      const wanted = wantAnother(placeWith({ current: slot(state, run) }));
      expect(isReplaced({ ...wanted, place: placeWith({ current: slot("ready", run ?? {}) }) })).toBe(true);
    }
  });
});

describe("planned restart: what is in its way", () => {
  const resting = slot("resting");
  const rest = (isCrashLoop: boolean) => ({ quickDeaths: 1, restMs: 1_000, isCrashLoop });

  test("a successor that does not start, in whichever place", () => {
    const place = placeWith({
      current: slot("ready"),
      successor: resting,
      trouble: { slot: resting, rest: rest(false) },
    });
    expect(isInTheWay(place, [])).toBe(true);
  });

  test("one that was wanted and keeps ending, not one crash alone, and none that nobody waits for", () => {
    const of = (trouble: object) => placeWith({ current: resting, trouble: { slot: resting, ...trouble } });
    const wants = (place: Place) => isInTheWay(place, [wantAnother(place)]);
    expect(wants(of({ rest: rest(false), error: undefined }))).toBe(false);
    expect(wants(of({ rest: rest(true), error: undefined }))).toBe(true);
    expect(wants(of({ rest: rest(false), error: new Error("broken") }))).toBe(true);
    expect(isInTheWay(of({ rest: rest(true) }), [])).toBe(false);
  });

  test("trouble that is over is none", () => {
    const current = slot("ready");
    const place = placeWith({ current, trouble: { slot: current, rest: rest(true) } });
    expect(isInTheWay(place, [wantAnother(place)])).toBe(false);
    expect(isInTheWay(placeWith({ current }), [])).toBe(false);
  });
});
