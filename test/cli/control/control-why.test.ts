import { describe, expect, test } from "bun:test";
import { renderRequests, renderWhy } from "../../../src/cli/control/control-why.ts";
import { type ActiveRequest, type Records, SUPERVISOR } from "../../../src/control/records.ts";
import type { Explained } from "../../../src/control/results.ts";
import { EXPLAINED } from "../../support/control-server.ts";
import { ENDED, REFUSED, SLOW } from "../../support/records.ts";

const PAINT = { strong: String, bad: String, good: String, faint: String };
const at = (time: string) => `2026-11-29T02:${time}.000Z`;
const explained = (records: Partial<Records>, given: Partial<Explained> = {}): Explained => ({
  ...EXPLAINED,
  ...given,
  records: { ...EXPLAINED.records, ...records },
});
const why = (records: Partial<Records>, subject?: string, given: Partial<Explained> = {}) =>
  renderWhy(explained(records, given), subject, PAINT);
/** Behind the head, an empty line between them. */
const entries = (lines: string[]) =>
  lines
    .join("\n")
    .split("\n\n")
    .slice(1)
    .map((entry) => entry.split("\n"));

const ACTIVE: ActiveRequest = {
  ...{ id: "r-1", method: "GET", path: "/slow", ageMs: 2_500, phase: "queue", client: "192.0.2.7" },
  ...{ group: "default", worker: 0, front: 1 },
};

describe("why: the end of a process", () => {
  test("says what happened, when, whom it hit, what gw did, and what to do", () => {
    const request = { id: "r-7", method: "GET", path: "/orders", ageMs: 61_000 };
    const crash = {
      ...ENDED,
      kind: "uncaught_error",
      lastWords: "TypeError: x (/app.ts:3:1)\nmore",
    } as const;
    expect(
      entries(why({ ends: [{ ...crash, at: at("50:00"), lost: 3, request, servedMs: 65_000 }] })),
    ).toEqual([
      [
        "2026-11-29T02:50:00Z (10 min 0 s ago)  worker 1 ended, crash (exit code 1)",
        "  The process ended without having been told to.",
        "  An error that nobody caught ended it; the app's output holds the error.",
        "  its last words: TypeError: x (/app.ts:3:1)",
        "  It had served for 1 min 5 s.",
        "  3 requests got no answer, or half of one, from the app.",
        "  The longest on it: GET /orders (r-7), for 1 min 1 s.",
        "  gw answered its requests with 502, or cut those whose answer had begun, and started another process in its place.",
        "  to do: gw logs has the line of its end, and the app's own output above that.",
      ],
    ]);
  });

  test("counts the WebSockets that ended with it, of all its ends", () => {
    const told = (...counts: number[]) =>
      why({ ends: counts.map((webSockets) => ({ ...ENDED, webSockets })) }).join("\n");
    expect(told(1)).toContain("  1 WebSocket ended with it.");
    expect(told(1, 2)).toContain("  3 WebSockets ended with it.");
    expect(why({ ends: [ENDED] }).join("\n")).not.toContain("WebSocket");
  });

  test("of a request that was over for its client before it says why", () => {
    const request = { id: "r-7", method: "GET", path: "/loop", ageMs: 4_000, cause: "request_timeout" };
    expect(why({ ends: [{ ...ENDED, request }] }).join("\n")).toContain(
      "The longest on it: GET /loop (r-7), for 4.0 s; for its client it was over before (request_timeout).",
    );
  });

  test("where its loop stood still it shows where, not too much of it", () => {
    const stack = Array.from({ length: 9 }, (_, n) => `fun${n} (/app.ts:${n}:1)`);
    const end = { ...ENDED, reason: "deadlock_timeout", kind: "killed_by_gw", stack, lost: 1 } as const;
    const text = why({ ends: [end] }).join("\n");
    expect(text).toContain("  its code stood in\n    fun0 (/app.ts:0:1)");
    expect(text).not.toContain("fun5");
    expect(text).toContain(
      "gw answered its requests with 504, or cut those whose answer had begun, killed it",
    );
  });

  test("where evidence was kept it says how to see it", () => {
    const evidence = "/var/lib/gw/evidence/20261129T135612123-crash-worker-1-42.json";
    expect(why({ ends: [{ ...ENDED, evidence }] })).toContain(
      "  more: gw evidence 20261129T135612123-crash-worker-1-42.json",
    );
    expect(why({ ends: [ENDED] }).join("\n")).not.toContain("gw evidence");
  });

  test("in embedded mode gw answered nothing", () => {
    for (const reason of ["crash", "deadlock_timeout"] as const) {
      const ends = [{ ...ENDED, reason, kind: "killed_by_gw" as const }];
      const text = why({ ends }, undefined, { hasFronts: false }).join("\n");
      expect(text).toContain("closed the connections of its clients");
      expect(text).not.toMatch(/50[24]/);
    }
  });

  test.each([
    ["worker", "crash", 0, "  gw started another process in its place."],
    ["worker", "deadlock_timeout", 0, "  gw killed it and started another process in its place."],
    [
      ...(["front", "crash", 0] as const),
      "  Its end closed the connections of its clients; gw started another process in its place.",
    ],
    [
      ...(["front", "deadlock_timeout", 0] as const),
      "  gw killed it, which closed the connections of its clients, and started another process in its place.",
    ],
    ["auth", "crash", 0, "  gw started another process in its place."],
  ] as const)(
    "of a %s, %s, with %d requests on it, gw says no more than it did",
    (role, reason, lost, deed) => {
      const text = why({ ends: [{ ...ENDED, role, reason, lost }] });
      expect(text).toContain(deed);
      expect(text.join("\n")).not.toMatch(/50[24]/);
    },
  );

  test("one that was to leave, and was killed before it had, finished nothing", () => {
    const end = { ...ENDED, reason: "graceful_signal", kind: "outside_signal" } as const;
    const told = (lost: number) => why({ ends: [{ ...end, lost }] }).join("\n");
    expect(told(1)).toContain("gw answered its requests with 502, or cut those whose answer had begun.");
    expect(told(1)).not.toContain("let it finish");
    expect(told(0)).toContain("gw let it finish what it had");
  });

  test("a loop of crashes is told once, with the time that it took", () => {
    const ends = [0, 10, 20].map((second) => ({ ...ENDED, at: at(`50:${String(second).padStart(2, "0")}`) }));
    const [[title] = []] = entries(why({ ends }));
    expect(title).toBe(
      "2026-11-29T02:50:00Z to 02:50:20Z (9 min 40 s ago)  worker 1 ended 3 times, crash (exit code 1)",
    );
  });

  test("what was meant is told of all processes together, and needs nothing to be done", () => {
    const meant = {
      ...ENDED,
      reason: "script_reload",
      kind: "left",
      why: "generation 2 has taken over",
    } as const;
    const ends = [1, 2].map((slot) => ({
      ...meant,
      slot,
      process: `worker ${slot}`,
      servedMs: slot * 60_000,
    }));
    const [told = []] = entries(why({ ends }));
    expect(told[0]).toContain("worker 1, worker 2 ended, script_reload");
    expect(told).toContain("  The last of them had served for 2 min 0 s.");
    expect(told.join()).not.toContain("to do");
  });

  test("a start that came to nothing says why", () => {
    const lost = {
      ...ENDED,
      kind: null,
      reason: "startup_timeout",
      how: "The app is not ready",
      why: "spawn 0 ms",
    } as const;
    const [told = []] = entries(why({ ends: [lost] }));
    expect([told[0]?.slice(-35), told[2], told.at(-2)]).toEqual([
      "  worker 1 did not start, startup_timeout".slice(-35),
      "  The app is not ready.",
      "  gw tries again, with longer and longer pauses.",
    ]);
  });
});

describe("why: the rest", () => {
  test("a reload that was refused, with the app's own lines, and one that serves", () => {
    const refused = {
      at: at("50:00"),
      by: "gw reload",
      outcome: "refused",
      generation: 2,
      tookMs: 5,
    } as const;
    const detail = Array.from({ length: 10 }, (_, n) => `line ${n}\u001b[2J`).join("\n");
    const told = entries(
      why({
        reloads: [
          { ...refused, reason: "The app could not be loaded", detail },
          {
            ...refused,
            at: at("51:00"),
            outcome: "serves",
            generation: 3,
            tookMs: 1_412,
            reason: null,
            detail: null,
          },
        ],
      }),
    );
    expect(told[0]?.[0]).toEndWith("generation 2 was refused (gw reload): The app could not be loaded");
    expect(told[0]).toContain("  and 2 more lines: gw why --json");
    expect(told[0]?.[1]).toBe("  line 0\\x1b[2J");
    expect(told[1]).toEqual([
      "2026-11-29T02:51:00Z (9 min 0 s ago)  generation 3 serves (gw reload), after 1.4 s",
    ]);
  });

  test("errors by cause: how many, since when, the last of them, and what an operator does about it", () => {
    const refusals = [{ cause: "queue_full", count: 4, firstAt: at("50:00"), lastAt: at("51:00") }];
    expect(entries(why({ refusals, refused: [REFUSED] }))).toEqual([
      [
        "2026-11-29T02:50:00Z to 02:51:00Z (9 min 0 s ago)  4 requests got queue_full (503)",
        "  The server is busy and its queue is full.",
        "  the last of them: GET / (r-1) of 192.0.2.7, after 20 ms, on worker 1",
        "  to do: more workers (--processes) or a longer queue (--max-queue); gw requests shows what holds them up.",
      ],
    ]);
  });

  test("of several errors no reason is told as if it were that of all", () => {
    const refusals = [
      { cause: "malformed_request", count: 2, firstAt: at("50:00"), lastAt: at("51:00") },
      { cause: "worker_answer_malformed", count: 1, firstAt: at("50:00"), lastAt: at("50:00") },
    ];
    const lines = why({ refusals });
    expect(lines).toContain("  The request is not valid HTTP.");
    expect(lines).toContain("  The worker's answer is not valid HTTP.");
  });

  test("slow spells, over or not", () => {
    const spell = { subject: "default", from: at("50:00") };
    const told = entries(
      why({
        spells: [
          { ...spell, kind: "queue", until: at("50:10"), worst: 3_200 },
          { ...spell, kind: "capacity", until: null, worst: 0.994 },
          { ...spell, kind: "loop", subject: "worker 2", until: at("50:11"), worst: 900 },
        ],
      }),
    ).map(([title]) => title?.replace(/^.*ago\) {2}/, ""));
    expect(told).toEqual([
      "the workers of default were used up to 99 %, and it goes on",
      "requests of default waited for a worker, the longest for 3.2 s",
      "the event loop of worker 2 stood still, for 900 ms at most",
    ]);
  });

  test("what to do about a loop names its worker, and looks to the machine where no code of an app runs", () => {
    const adviceFor = (subject: string) => {
      const spell = { kind: "loop", subject, from: at("50:00"), until: null, worst: 900 } as const;
      return entries(why({ spells: [spell] }))[0]?.at(-1);
    };
    expect(["worker 2", "web worker 3", "auth 1", "front 1", SUPERVISOR].map(adviceFor)).toEqual([
      "  to do: gw stack 2 shows where its code is while it stands; move long computations into threads.",
      "  to do: gw stack 3 shows where its code is while it stands; move long computations into threads.",
      "  to do: move long computations into threads.",
      "  to do: find what keeps the machine's processors busy; more front ends (--front-ends) share their work.",
      "  to do: find what kept all of gw from running: a machine that was paused or has too much to do, or a signal that stops processes.",
    ]);
  });

  test("a slow request, over or not", () => {
    const over = { ...SLOW, endedAt: at("52:00"), status: 200, times: { ...SLOW.times, body: 3 } };
    const told = entries(why({ slow: [SLOW, over] }));
    expect(told.map(([, line]) => line)).toEqual([
      "  1 ms to come in, 200 ms in the queue, 2.3 s in the app, beside 2 others on its worker; a worker has it, and has not begun to answer.",
      "  1 ms to come in, 200 ms in the queue, 2.3 s in the app, 3 ms for the answer's body, beside 2 others on its worker; answered with 200.",
    ]);
  });

  test("one request: refused, or under way", () => {
    const [refused] = entries(why({ refused: [REFUSED] }, "r-1"));
    expect(refused?.[0]).toEndWith("request r-1 was answered with 503 queue_full");
    const [active] = entries(why({}, "r-1", { active: [ACTIVE] }));
    expect(active).toEqual([
      "2026-11-29T03:00:00Z (0 s ago)  GET /slow (r-1) of 192.0.2.7 is under way for 2.5 s",
      "  queue: it waits for a worker.",
    ]);
  });

  test("of very much the newest is shown, and that there was more", () => {
    const ends = Array.from({ length: 50 }, (_, n) => ({ ...ENDED, process: `worker ${n}` }));
    const lines = why({ ends });
    expect(lines[1]).toBe("10 earlier ones left out: gw why --json has all of them");
    expect(lines.join("\n")).toContain("worker 49");
  });

  test.each([
    [
      undefined,
      "nothing is remembered in the 1 h 0 min that gw has run: no process ended, and no request was refused",
    ],
    ["3", "nothing is remembered of worker 3 in the 1 h 0 min that gw has run"],
    ["r-9", "nothing is known of request r-9: "],
  ])("where there is nothing to tell of %s it says so", (subject, text) =>
    expect(why({}, subject)[0]).toStartWith(text),
  );
});

describe("requests under way", () => {
  test("a table, the group only where there are several, a long path cut, and how many more there are", () => {
    const requests = [ACTIVE, { ...ACTIVE, id: "r-2", path: `/${"x".repeat(80)}\n`, worker: 3, ageMs: 12 }];
    expect(renderRequests({ requests, total: 5 }, PAINT)).toEqual([
      `age    phase  worker  request                                                           client     id`,
      `2.5 s  queue  -       GET /slow                                                         192.0.2.7  r-1`,
      `12 ms  queue  3       GET /${"x".repeat(58)}…  192.0.2.7  r-2`,
      "and 3 younger ones: --most shows more",
    ]);
    const apart = [ACTIVE, { ...ACTIVE, group: "api" }];
    expect(renderRequests({ requests: apart, total: 2 }, PAINT)[0]).toEndWith("id   group");
  });

  test("none", () => {
    expect(renderRequests({ requests: [], total: 0 }, PAINT)).toEqual(["no request is under way"]);
  });
});
