// When evidence is begun and kept, on a clock that stands still: what the process and the front ends are asked, and that nothing waits.
import { describe, expect, test } from "bun:test";
import type { EvidenceRecord } from "../../../src/control/evidence.ts";
import { beginRun } from "../../../src/supervisor/child/run.ts";
import type { writeEvidence } from "../../../src/supervisor/evidence/directory.ts";
import { type EndSeen, Evidence, type EvidenceTools } from "../../../src/supervisor/evidence/evidence.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { type FakeProcess, failureOf, lose, makePool, settle } from "../../support/fake-pool.ts";

const KILLED = { reason: "deadlock_timeout", how: "kill", why: "silent" } as const;
const DISMISSED = { reason: "memory_limit", how: "dismiss", why: "900 MB of memory" } as const;
const REQUEST = {
  id: "r-1",
  method: "GET",
  path: "/x",
  ageMs: 120,
  phase: "app",
  client: "::1",
  group: "default",
};

type Written = { name: string; record: EvidenceRecord; keep: number };

const END: EndSeen = {
  ...{ process: "worker 1", role: "worker", slot: 1, pid: 42, reason: "crash", kind: "outside_signal" },
  ...{ how: "signal SIGKILL", why: null, servedMs: 5, lost: { count: 0, requests: [] }, crash: null },
  ...{ run: beginRun(0, 0), stack: undefined, answered: [] },
};

/** `write`: how the disk does. */
function makeEvidence(
  tools: Pick<EvidenceTools, "clock" | "log">,
  write: typeof writeEvidence = async () => {},
  directory = "/evidence",
): Evidence {
  const usageOf = () => ({ ok: true, value: { rssBytes: 7, cpuMs: 8 } }) as const;
  const given: EvidenceTools = {
    ...{ ...tools, uid: 0, recent: () => ["the last line"] },
    os: { usageOf, reopeningPath: () => ({ ok: false, reason: "-" }) },
    settings: () => ({ evidenceDirectory: directory || undefined, evidenceKeep: 3, evidenceSize: 65_536 }),
  };
  return new Evidence(given, write);
}

async function setUp(write: typeof writeEvidence = async () => {}, directory = "/evidence") {
  const written: Written[] = [];
  const noted: typeof writeEvidence = (place, name, text, keep) => {
    written.push({ name, record: JSON.parse(text), keep });
    return write(place, name, text, keep);
  };
  const evidence = (tools: Pick<EvidenceTools, "clock" | "log">) => makeEvidence(tools, noted, directory);
  const made = await makePool({}, { evidence });
  const [place] = made.pool.crew.places;
  const slot = place!.current;
  const [worker] = made.workers();
  const [front] = made.fronts();
  return { ...made, written, place: place!, slot, worker: worker!, front: front! };
}

const asked = ({ heard }: FakeProcess) => heard.flatMap((one) => (one.type === "examine" ? [one] : []));

function answer(worker: FakeProcess, told: object): void {
  worker.say({ type: "examined", id: asked(worker).at(-1)?.id, ...told });
}

describe("evidence: what is asked", () => {
  test("a worker whose loop turns: memory at once, then a profile, then its objects, and where it stands", async () => {
    const { pool, place, slot, worker, front, written, clock } = await setUp();
    pool.obey(place, slot, DISMISSED);
    const list = front.heard.find((one) => one.type === "list");
    expect(list).toMatchObject({ socket: "/nowhere/w1.sock" });
    front.say({ type: "requests", id: 1, requests: [{ ...REQUEST, worker: 1 }], total: 1 });
    await settle();
    answer(worker, { figures: { heapBytes: 5, worse: "no number" } });
    await settle();
    answer(worker, { total: 9, counts: [["compute (/app.ts:1)", 8], "none"] });
    await settle();
    answer(worker, { total: 3, counts: [["Basket", 3]] });
    await settle();
    expect(asked(worker).map(({ what }) => what)).toEqual(["figures", "samples", "objects"]);
    lose(front, "/nowhere/w1.sock");
    clock.advance(1_000);
    await settle();
    worker.end({ signal: "SIGKILL" });
    await settle();
    expect(written[0]).toMatchObject({
      keep: 3,
      record: {
        ...{ process: "worker 1", pid: worker.pid, reason: "memory_limit", kind: "killed_by_gw" },
        requests: { total: 1, told: [{ id: "r-1", path: "/x", phase: "app" }] },
        usage: { rssBytes: 7, cpuMs: 8 },
        figures: { heapBytes: 5 },
        profile: { forMs: 500, samples: 9, functions: { "compute (/app.ts:1)": 8 } },
        objects: { total: 3, kinds: { Basket: 3 } },
        stack: { missing: "it cannot show its stack here" },
        log: ["the last line"],
      },
    });
    expect(written[0]?.record.figures).toEqual({ heapBytes: 5 });
  });

  test("the front ends are asked what is in flight before they are told to answer it", async () => {
    const { pool, place, slot, front } = await setUp();
    pool.obey(place, slot, KILLED);
    await settle();
    const said = front.heard.map(({ type }) => type);
    expect(said.indexOf("list")).toBeGreaterThan(0);
    expect(said.indexOf("list")).toBeLessThan(said.indexOf("condemn"));
  });

  test("one whose loop stands still is asked nothing that it could not answer", async () => {
    const { pool, place, slot, worker, front, clock, written } = await setUp();
    clock.advance(1_001);
    pool.obey(place, slot, KILLED);
    await settle();
    expect(asked(worker)).toEqual([]);
    clock.advance(1_000);
    await settle();
    worker.end({ signal: "SIGKILL" });
    lose(front, "/nowhere/w1.sock");
    await settle();
    expect(written[0]?.record).toMatchObject({
      decidedAt: "2026-01-01T00:00:01.001Z",
      profile: { missing: "its event loop did not turn" },
      loop: { silentMs: 2_001 },
    });
  });

  test("one that was asked and does not answer stays for it no longer than 2 s, and its loop is said to stand", async () => {
    const { pool, place, slot, worker, workers, front, clock, written } = await setUp();
    pool.obey(place, slot, { reason: "request_timeout", how: "replace", why: "3 requests" });
    workers()[1]?.becomeReady();
    lose(front, "/nowhere/w1.sock");
    await settle();
    for (let ms = 0; ms < 2_000; ms += 250) {
      expect(worker.did).not.toContain("drain");
      clock.advance(250);
      await settle();
    }
    expect(worker.did).toContain("drain");
    for (let ms = 2_000; ms < 5_000; ms += 250) {
      clock.advance(250);
      await settle();
    }
    worker.end({ code: 0 });
    await settle();
    expect(written[0]?.record.objects).toEqual({ missing: "its event loop did not turn" });
  });

  test("of a decision that is said again and again the first one counts; a planned replacement leaves none", async () => {
    const { pool, place, slot, worker, front, written } = await setUp();
    for (const _ of [1, 2, 3]) pool.obey(place, slot, DISMISSED);
    await settle();
    expect(asked(worker)).toHaveLength(1);
    expect(front.heard.filter(({ type }) => type === "list")).toHaveLength(1);
    const planned = await setUp();
    planned.pool.restartAll("graceful_signal", "");
    planned.workers()[1]!.becomeReady();
    lose(planned.front, "/nowhere/w1.sock");
    await settle();
    planned.worker.end({ code: 0 });
    await settle();
    expect([asked(planned.worker), planned.written, written]).toEqual([[], [], []]);
  });

  test("without a directory nobody is asked anything", async () => {
    const { pool, place, slot, worker, front, clock, written } = await setUp(undefined, "");
    pool.obey(place, slot, DISMISSED);
    await settle();
    expect([asked(worker), front.heard.some(({ type }) => type === "list")]).toEqual([[], false]);
    lose(front, "/nowhere/w1.sock");
    clock.advance(1_000);
    await settle();
    worker.end({ signal: "SIGKILL" });
    await settle();
    expect(written).toEqual([]);
  });
});

describe("evidence: an end is never later for it", () => {
  // The instants are those of test/supervisor/crew/recycling, where there is none.
  test.each([
    ["a deadlock", KILLED, [999, 1]],
    ["far over the memory limit", DISMISSED, [1_000, 999, 1]],
  ] as const)(
    "%s: nobody answers, and the disk never ends; killed at its instant, and the line comes",
    async (_, verdict, steps) => {
      const { pool, place, slot, worker, clock, ends, ledger, texts } = await setUp(
        () => new Promise(() => {}),
      );
      pool.obey(place, slot, verdict);
      await settle();
      for (const step of steps) {
        expect(worker.did).not.toContain("SIGKILL");
        clock.advance(step);
        await settle();
      }
      expect(worker.did).toContain("SIGKILL");
      worker.end({ signal: "SIGKILL" });
      await settle();
      // The front ends are not waited for either: 500 ms.
      for (const step of [500, 999, 1]) {
        expect(ends()).toEqual([]);
        clock.advance(step);
        await settle();
      }
      expect(ends()[0]).toMatchObject({ reason: verdict.reason, evidence: undefined });
      expect(ledger.chronicle.records.ends[0]).not.toHaveProperty("evidence");
      expect(texts()).toContain("evidence is not kept until it can be written again");
    },
  );
});

describe("evidence: the file", () => {
  test("of a crash: named in the line of the end and remembered, with what was lost and the last words", async () => {
    const { worker, front, ends, ledger, written } = await setUp();
    worker.say({ type: "heartbeat", lagMs: 30, heapBytes: 77 });
    worker.print("error: boom");
    worker.end({ code: 1 });
    lose(front, "/nowhere/w1.sock", [{ id: "r-2", method: "GET", path: "/y", ageMs: 5 }]);
    await settle();
    const path = `/evidence/${written[0]?.name}`;
    expect(written[0]?.name).toMatch(/^20260101T\d{9}-crash-worker-1-\d+\.json$/);
    expect(ends()[0]).toMatchObject({ reason: "crash", evidence: path });
    expect(ledger.chronicle.records.ends[0]?.evidence).toBe(path);
    expect(written[0]?.record).toMatchObject({
      decidedAt: null,
      lost: { count: 1, requests: [{ id: "r-2", path: "/y" }] },
      figures: { heapBytes: 77 },
      lastLines: ["error: boom"],
      loop: { lagMs: 30 },
    });
  });

  test("what cannot be written is told once, and again when it can; no file is named", async () => {
    const { clock, log, lines } = { clock: new FakeClock(), ...captureLog() };
    const disk = { fault: "ENOSPC: no space left on device" };
    const evidence = makeEvidence({ clock, log }, async () => {
      if (disk.fault !== "") throw new Error(disk.fault);
    });
    const kept = [await evidence.keep(END), await evidence.keep(END)];
    disk.fault = "";
    kept.push(await evidence.keep(END), await evidence.keep(END));
    expect(kept.map((path) => path !== undefined)).toEqual([false, false, true, true]);
    expect(lines.map(({ text, fields }) => [text, fields])).toEqual([
      [
        "evidence is not kept until it can be written again",
        { directory: "/evidence", why: "ENOSPC: no space left on device" },
      ],
      ["evidence is kept again", { lost: 2 }],
    ]);
  });

  test("of a front end, and of one that was killed unasked, it says so", async () => {
    const texts: string[] = [];
    const write: typeof writeEvidence = async (_place, _name, text) => void texts.push(text);
    const evidence = makeEvidence({ clock: new FakeClock(), log: captureLog().log }, write);
    await evidence.keep({ ...END, role: "front", reason: "deadlock_timeout", kind: "killed_by_gw" });
    expect(JSON.parse(texts[0] ?? "")).toMatchObject({
      requests: { missing: "what is on a front end is known to nobody else" },
      stack: { missing: "it was killed without being asked" },
    });
  });

  test("a directory that cannot be used is told of when it is configured, and ends a start", async () => {
    const { log, texts } = captureLog();
    const evidence = makeEvidence({ clock: new FakeClock(), log }, undefined, "/proc/version");
    expect((await failureOf(evidence.check())).cause_).toBe("evidence_refused");
    evidence.refresh();
    // Files are looked at by other threads.
    while (texts().length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(texts()).toEqual(["evidence is not kept until it can be written again"]);
  });

  test("on a disk that stands still no more than eight wait, and the rest are told of", async () => {
    const { clock, log, texts } = { clock: new FakeClock(), ...captureLog() };
    const begun = { count: 0 };
    const evidence = makeEvidence({ clock, log }, () => {
      begun.count++;
      return new Promise(() => {});
    });
    const all = Array.from({ length: 20 }, () => evidence.keep(END));
    await settle();
    // One holds up one thread of the runtime; the others wait here.
    expect([begun.count, texts()]).toEqual([1, ["evidence is not kept until it can be written again"]]);
    clock.advance(1_000);
    expect(new Set(await Promise.all(all))).toEqual(new Set([undefined]));
    const asked = failureOf(evidence.tell("last"));
    clock.advance(5_000);
    expect((await asked).message).toContain("the disk does not answer");
  });

  test("an end that was planned, and a process that was never made, leave none", async () => {
    const evidence = makeEvidence({ clock: new FakeClock(), log: captureLog().log });
    expect(await evidence.keep({ ...END, reason: "graceful_signal" })).toBeUndefined();
    expect(await evidence.keep({ ...END, kind: "not_made" })).toBeUndefined();
  });

  test("the last minute is told second by second, however often somebody looks", async () => {
    const clock = new FakeClock();
    const texts: string[] = [];
    const evidence = makeEvidence(
      { clock, log: captureLog().log },
      async (_place, _name, text) => void texts.push(text),
    );
    for (let look = 0; look < 700; look++) {
      evidence.note(END.run, { rssBytes: look, cpuMs: 1 });
      clock.advance(100);
    }
    await evidence.keep(END);
    const { lastMinute } = JSON.parse(texts[0] ?? "") as EvidenceRecord;
    expect([lastMinute.length, lastMinute[0], lastMinute.at(-1)]).toEqual([
      60,
      { agoMs: 60_000, rssBytes: 100, cpuMs: 1, lagMs: 0, active: 0 },
      { agoMs: 1_000, rssBytes: 690, cpuMs: 1, lagMs: 0, active: 0 },
    ]);
  });

  test("who asks for it where there is none, or for what is none, gets a reason", async () => {
    const none = makeEvidence({ clock: new FakeClock(), log: captureLog().log }, undefined, "");
    expect((await failureOf(none.tell(undefined))).message).toContain("--evidence-directory is not set");
  });
});
