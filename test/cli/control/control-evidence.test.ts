// What `gw evidence` shows of a directory, and of one end.
import { describe, expect, test } from "bun:test";
import { renderEvidence } from "../../../src/cli/control/control-evidence.ts";
import { paintFor } from "../../../src/cli/terminal/output.ts";
import type { EvidenceRecord } from "../../../src/control/evidence.ts";

const PLAIN = paintFor({ isTTY: false }, {});

const RECORD: EvidenceRecord = {
  ...{
    version: "1",
    at: "2026-11-29T13:56:12.123Z",
    decidedAt: "2026-11-29T13:56:11.000Z",
    process: "worker 1",
  },
  ...{ role: "worker", slot: 1, pid: 42, reason: "memory_limit", kind: "left", how: "exit code 0" },
  ...{ why: "400 MB of memory", servedMs: 61_000, crash: null },
  requests: {
    total: 20,
    told: [
      {
        id: "r-1",
        method: "GET",
        path: "/x",
        ageMs: 1_500,
        phase: "app",
        client: "192.0.2.7",
        group: "default",
        worker: 1,
      },
    ],
  },
  answered: [],
  lost: { count: 1, requests: [{ id: "r-2", method: "POST", path: "/y", ageMs: 5 }] },
  loop: { lagMs: 3, worstLagMs: 90, silentMs: 120, active: 2, begun: 70 },
  usage: { rssBytes: 400 * 2 ** 20, cpuMs: 2_000 },
  lastMinute: Array.from({ length: 60 }, (_, at) => ({
    agoMs: (59 - at) * 1_000,
    rssBytes: at * 2 ** 20,
    lagMs: 0,
    active: 1,
  })),
  figures: { heapBytes: 2 ** 20, threads: 3 },
  stack: ["check (/app.ts:3:5)"],
  profile: { forMs: 500, samples: 200, functions: { "compute (/app.ts:1)": 150, idle: 50 } },
  objects: { total: 9, kinds: { Basket: 7 } },
  ...{ lastLines: ["oops"], log: ["[worker 1] \u001b[31mred"], isCut: false },
};

const shown = (record: Partial<EvidenceRecord>) =>
  renderEvidence({ path: "/e/x.json", record: { ...RECORD, ...record } }, PLAIN);

describe("gw evidence", () => {
  test("lists the files, or says that there are none", () => {
    const file = {
      name: "x.json",
      at: RECORD.at,
      process: "worker-1",
      pid: 42,
      reason: "crash",
      bytes: 2_049,
    };
    const lines = renderEvidence({ directory: "/e", files: [file] }, PLAIN);
    expect(lines[1]?.split(/ {2,}/)).toEqual([
      "2026-11-29T13:56:12Z",
      "crash",
      "worker-1",
      "42",
      "3 kB",
      "x.json",
    ]);
    expect(renderEvidence({ directory: "/e", files: [] }, PLAIN)[0]).toContain("nothing in /e yet");
  });

  test("shows all that is known of an end, in words, and nothing that steers a terminal", () => {
    const text = shown({}).join("\n");
    for (const part of [
      "worker 1 (process 42) ended at 2026-11-29T13:56:12.123Z: memory_limit, left (exit code 0)",
      "400 MB of memory",
      "looked at 1.1 s before its end",
      "1.5 s  app  GET /x  r-1  192.0.2.7",
      "and 19 more: --json",
      "1 request",
      "5 ms  POST /y  r-2",
      "check (/app.ts:3:5)",
      " 75 %  compute (/app.ts:1)",
      "heapBytes 1.0 MB",
      "threads 3",
      "7  Basket",
      "a lag of 3 ms (at worst 90 ms)",
      "oops",
      "/e/x.json",
    ])
      expect(text).toContain(part);
    expect(text).not.toContain("\u001b");
    // Every fifth second, the last one among them.
    expect(shown({}).filter((line) => / MB +- /.test(line))).toHaveLength(12);
  });

  test("names the request that was longest on it, though its client had left", () => {
    const request = { id: "r-7", method: "GET", path: "/loop", ageMs: 4_000, cause: "client_gone" };
    expect(shown({ request })).toContain(
      "  The longest on it: GET /loop (r-7), for 4.0 s; for its client it was over before (client_gone).",
    );
  });

  test("what is missing says why", () => {
    const none = { missing: "it ended by itself" };
    const lines = shown({
      ...{ requests: none, usage: none, figures: none, stack: none, profile: none, objects: none },
      ...{ lastMinute: [], isCut: true, crash: "panic(main thread): Segmentation fault" },
    });
    expect(lines.filter((line) => line.trim() === "not known: it ended by itself")).toHaveLength(6);
    expect(lines.join("\n")).toContain("the runtime said: panic(main thread)");
    expect(lines.at(-1)).toContain("of which gw has cut lists");
    expect(shown({ stack: [] }).join("\n")).toContain("its event loop waited");
  });
});
