import { describe, expect, test } from "bun:test";
import type { TrialTold } from "../../../src/control/status.ts";
import { tellProgress, trialOf } from "../../../src/supervisor/commands/reload-progress.ts";
import { FakeClock } from "../../support/fake-clock.ts";

describe("reload progress", () => {
  test("without a share there is no trial; what is not said of one has a default", () => {
    expect(trialOf({ wait: true })).toBeUndefined();
    expect(trialOf({ percent: 5 })).toEqual({ percent: 5, watchMs: 120_000, errorsOver: 1, slowerBy: 50 });
    const said = { percent: 50, watch: 1_000, errors: 0, slower: 0 };
    expect(trialOf(said)).toEqual({ percent: 50, watchMs: 1_000, errorsOver: 0, slowerBy: 0 });
  });

  test("each wait is told once, and a trial every ten seconds, until the reload is done", async () => {
    const clock = new FakeClock();
    const told = { generation: 2 } as TrialTold;
    const site: Record<string, unknown> = { waiting: { waitsFor: 1, forMs: 5 } };
    const reload = Promise.withResolvers<void>();
    const items: unknown[] = [];
    const done = tellProgress(reload.promise, site as never, clock, (item) => items.push(item));
    const pass = async (ms: number) => {
      for (let left = ms; left > 0; left -= 50) {
        clock.advance(50);
        for (let i = 0; i < 10; i++) await Promise.resolve();
      }
    };
    await pass(500);
    expect(items).toEqual([{ waitsFor: 1, forMs: 5 }]);
    site.waiting = undefined;
    site.trial = { told };
    await pass(9_000);
    expect(items.slice(1)).toEqual([told]);
    await pass(2_000);
    expect(items.slice(1)).toEqual([told, told]);
    reload.reject(new Error("it failed"));
    reload.promise.catch(() => {});
    await done;
  });
});
