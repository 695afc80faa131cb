// What a file of evidence holds at most, and what it is called.
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import type { EvidenceRecord } from "../../../src/control/evidence.ts";
import { REASONS, type Reason } from "../../../src/core/reasons.ts";
import { nameOfEvidence, readEvidenceName, renderEvidence } from "../../../src/supervisor/evidence/record.ts";

type Record_ = Omit<EvidenceRecord, "isCut">;

const RECORD: Record_ = {
  ...{ version: "1", at: "2026-11-29T13:56:12.123Z", decidedAt: null, process: "worker 1", role: "worker" },
  ...{ slot: 1, pid: 42, reason: "crash", kind: "outside_signal", how: "signal SIGKILL", why: null },
  ...{ servedMs: 10, requests: { missing: "it ended by itself" }, lost: { count: 0, requests: [] } },
  loop: { lagMs: 0, worstLagMs: 0, silentMs: 0, active: 0, begun: 0 },
  ...{ usage: { rssBytes: 1, cpuMs: 1 }, lastMinute: [], figures: { heapBytes: 1 } },
  ...{
    stack: [],
    profile: { missing: "-" },
    objects: { missing: "-" },
    crash: null,
    answered: [],
    lastLines: [],
    log: [],
  },
};

const LEAST = 16_384;
const words = fc.array(fc.string({ unit: "binary", maxLength: 3_000 }), { maxLength: 300 });
const counts = fc.dictionary(fc.string({ unit: "binary", maxLength: 256 }), fc.nat(), { maxKeys: 64 });
const named = fc.record({
  ...{ id: fc.string({ maxLength: 256 }), method: fc.string({ maxLength: 256 }) },
  ...{ path: fc.string({ maxLength: 512 }), ageMs: fc.nat() },
});

/** As large as its parts can get. */
const record: fc.Arbitrary<Record_> = fc
  .record({
    lost: fc.record({ count: fc.nat(), requests: fc.array(named, { maxLength: 64 }) }),
    stack: words,
    profile: fc.record({ forMs: fc.nat(), samples: fc.nat(), functions: counts }),
    objects: fc.record({ total: fc.nat(), kinds: counts }),
    figures: counts,
    lastLines: words,
    log: words,
    why: fc.option(fc.string({ maxLength: 5_000 })),
  })
  .map((parts) => ({ ...RECORD, ...parts }));

describe("evidence record", () => {
  test("is JSON, and no larger than it may be, whatever went into it", () => {
    fc.assert(
      fc.property(record, fc.integer({ min: LEAST, max: 300_000 }), (given, most) => {
        const text = renderEvidence(given, most);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(most);
        expect(JSON.parse(text)).toMatchObject({
          pid: 42,
          reason: "crash",
          lost: { count: given.lost.count },
        });
      }),
      { numRuns: 60 },
    );
  });

  test("of what is too much the oldest lines go first, and it says so", () => {
    const log = Array.from({ length: 90 }, (_, at) => `line ${at} ${"x".repeat(500)}`);
    const whole = JSON.parse(renderEvidence({ ...RECORD, log }, 100_000));
    expect([whole.log.length, whole.isCut]).toEqual([90, false]);
    const cut = JSON.parse(renderEvidence({ ...RECORD, log }, LEAST));
    expect([cut.isCut, cut.log.at(-1)]).toEqual([true, log.at(-1)]);
    expect(cut.log.length).toBeLessThan(90);
  });

  test("its name tells when, why and who; and no other name is one of gw's", () => {
    const reasons = Object.keys(REASONS) as Reason[];
    fc.assert(
      fc.property(
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date("2200-01-01") }),
        fc.constantFrom(...reasons),
        fc.string({ minLength: 1, unit: "binary" }),
        fc.integer({ min: 1, max: 2 ** 22 }),
        (date, reason, process, pid) => {
          const at = date.toISOString();
          const name = nameOfEvidence({ at, reason, process, pid });
          expect(name).not.toContain("/");
          expect(readEvidenceName(name)).toMatchObject({ name, at, reason, pid });
        },
      ),
    );
    expect(nameOfEvidence(RECORD)).toBe("20261129T135612123-crash-worker-1-42.json");
    for (const name of [
      "",
      "notes.json",
      "../20261129T135612123-crash-worker-1-42.json",
      "20261129T135612123-crash-worker-1-42.json.gz",
    ])
      expect(readEvidenceName(name)).toBeUndefined();
  });
});
