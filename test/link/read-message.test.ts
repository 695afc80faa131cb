import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { APP_KINDS, type FromChild, LEAVE_REASONS, STEPS } from "../../src/link/messages.ts";
import { readMessage } from "../../src/link/read-message.ts";

const CASUALTY = { id: "x-1", method: "GET", path: "/a", ageMs: 12 };
const LOAD = { slot: 1, pid: 2, active: 3, requests: 4, idleMs: 0 };
const STATS = {
  queued: 1,
  groups: [{ name: "default", queued: 1, oldestMs: 5, busy: 0.5 }],
  active: 2,
  requests: 3,
  errors: { queue_full: 4 },
  workers: [LOAD, { ...LOAD, oldest: CASUALTY, hasAnswered: true }],
};

const KNOWN = { ...CASUALTY, client: "192.0.2.1", group: "default", worker: 1 };
const ACTIVE = { ...KNOWN, phase: "app" as const };
const SLOW = {
  ...ACTIVE,
  times: { receive: 1, queue: 2, app: 3, body: null },
  status: 0,
  others: 4,
};

/** At least one of each kind, with and without what may be left out. */
const DOCUMENTED: FromChild[] = [
  { type: "hello", protocol: 1, role: "front", pid: 12, version: "1.2.3" },
  { type: "hello", protocol: 9, role: "worker", pid: 12, version: "" },
  ...STEPS.map((step) => ({ type: "step", step }) as const),
  { type: "ready" },
  { type: "ready", port: 8000 },
  { type: "ready", http2: true, saysContinue: true },
  { type: "ready", app: "/srv/app.ts" },
  ...APP_KINDS.map((kind) => ({ type: "ready", kind, url: "http://127.0.0.1:1/" }) as const),
  { type: "failed", cause: "app_load_failed", facts: { reason: "x", line: 3 }, step: "load" },
  { type: "failed", cause: "app_load_failed", facts: {}, step: "load", detail: "TypeError: y" },
  { type: "heartbeat" },
  { type: "heartbeat", active: 2, ageSumMs: 1_500, requests: 7, heapBytes: 9 },
  ...LEAVE_REASONS.map((reason) => ({ type: "leaving", reason }) as const),
  { type: "exits", code: 3 },
  { type: "traceable", mark: "0123456789abcdef0123456789abcdef" },
  { type: "stats", stats: STATS },
  { type: "stats", stats: { ...STATS, connections: 5, maxClients: 900 } },
  { type: "modules", files: ["/a.ts"], missing: ["/b.ts"] },
  { type: "examined", id: 1, figures: { heapBytes: 5 }, total: 9, counts: [["compute (/app.ts:1)", 8]] },
  { type: "pressure", group: "default", waitedMs: 200 },
  { type: "pressure", group: "default", waitedMs: 200, newest: "/run/gw/w1" },
  { type: "ask", id: 3, about: "picture" },
  { type: "act", id: 4, token: "t", client: "::1", request: { deed: "reload" } },
  { type: "act", id: 4, token: "t", client: "", request: { deed: "drain", worker: 2, group: "a" } },
  { type: "figures", samples: [] },
  {
    type: "figures",
    samples: [
      { metric: "gw_errors_total", labels: ["bug"], value: 2 },
      { metric: "gw_queue_seconds", labels: ["default"], value: { counts: Array(18).fill(1), sumMs: 3 } },
      {
        metric: "gw_queue_seconds",
        labels: ["default"],
        value: {
          counts: Array(18).fill(1),
          sumMs: 3,
          exemplars: [{ bucket: 1, traceId: "a".repeat(32), ms: 2, wallMs: 9 }],
        },
      },
    ],
  },
  { type: "requests", id: 4, requests: [{ ...ACTIVE }], total: 9 },
  { type: "notable", refused: [], slow: [] },
  {
    type: "notable",
    refused: [
      { ...KNOWN, cause: "queue_full", status: 503, agoMs: 20 },
      { ...KNOWN, cause: "no_worker", status: 503, agoMs: 20, why: "ECONNREFUSED" },
    ],
    slow: [
      { ...SLOW, isOver: false },
      { ...SLOW, isOver: true, cause: "request_timeout" },
    ],
  },
  { type: "spans", text: "{}\n", count: 1 },
  { type: "taken", id: 4 },
  { type: "quiet" },
  { type: "closed" },
  { type: "steered", id: 1 },
  { type: "steered", id: 2, reason: "no" },
  {
    type: "lost",
    socket: "/tmp/a",
    pid: 3,
    requests: [CASUALTY],
    count: 9,
    tunnels: 2,
    cut: 11,
    hasLeft: true,
  },
  {
    type: "lost",
    socket: "/tmp/a",
    pid: 3,
    requests: [],
    unawaited: [{ ...CASUALTY, cause: "client_gone", overMs: 3 }],
    count: 0,
    hasAnswered: true,
    isUnclear: true,
    hasLeft: true,
  },
  { type: "cut", count: 2 },
  { type: "log", level: "warn", text: "x", fields: { a: 1, b: "c" } },
  { type: "drained" },
  { type: "bye", reason: "drained" },
];

/** Objects that text cannot be made of: JSON can hold them. */
const POISON = { toString: 1, valueOf: 1 };

describe("messages: what a child may say", () => {
  for (const message of DOCUMENTED) {
    test(`${JSON.stringify(message)} is read as it is, also after its way through JSON`, () => {
      expect(readMessage(JSON.parse(JSON.stringify(message)))).toEqual(message);
    });
  }

  test("fields that nobody asked for do not travel on, at any depth", () => {
    const more = { more: "junk" };
    const noisy = (message: FromChild): unknown => {
      if (message.type === "stats") {
        const workers = STATS.workers.map((load) => ({ ...load, ...more }));
        const last = { ...LOAD, oldest: { ...CASUALTY, ...more } };
        return { ...message, ...more, stats: { ...STATS, ...more, workers: [...workers, last] } };
      }
      if (message.type === "requests") return { ...message, ...more, requests: [{ ...ACTIVE, ...more }] };
      if (message.type === "notable") {
        const refused = message.refused.map((one) => ({ ...one, ...more }));
        const slow = message.slow.map((one) => ({ ...one, ...more, times: { ...one.times, ...more } }));
        return { ...message, ...more, refused, slow };
      }
      if (message.type === "lost") return { ...message, ...more, requests: [{ ...CASUALTY, ...more }] };
      return { ...message, ...more };
    };
    for (const message of DOCUMENTED)
      expect(JSON.stringify(readMessage(noisy(message)))).not.toContain("junk");
  });
});

describe("messages: what is none", () => {
  for (const junk of [
    undefined,
    null,
    0,
    "heartbeat",
    [],
    {},
    { type: 1 },
    { type: ["heartbeat"] },
    { type: "constructor" },
    { type: "__proto__" },
    { type: "toString" },
    { type: "configure" },
    { type: "hello" },
    { type: "hello", protocol: "1", role: "front", pid: 1, version: "" },
    { type: "hello", protocol: 1, role: ["front"], pid: 1, version: "" },
    { type: "hello", protocol: 1, role: POISON, pid: 1, version: "" },
    { type: "hello", protocol: Number.NaN, role: "front", pid: 1, version: "" },
    { type: "step", step: "fly" },
    { type: "failed", cause: "x", facts: {}, step: "fly" },
    { type: "log", level: "fatal", text: "" },
    { type: "log", level: ["warn"], text: "" },
    { type: "log", level: POISON, text: "" },
    { type: "stats" },
    { type: "stats", stats: { ...STATS, queued: "1" } },
    { type: "stats", stats: { ...STATS, workers: {} } },
    { type: "stats", stats: { ...STATS, workers: [null] } },
    { type: "stats", stats: { ...STATS, workers: [{ ...LOAD, oldest: {} }] } },
    { type: "lost", socket: "/a", pid: 1, count: 1 },
    { type: "steered", reason: "which?" },
    { type: "requests", id: 1, requests: {}, total: 1 },
    { type: "requests", requests: [], total: 1 },
    { type: "notable", refused: [] },
    { type: "ask", id: 1, about: "secrets" },
    { type: "act", id: 1, token: "t", client: "", request: { deed: "stop" } },
    { type: "act", id: 1, token: ["t"], client: "", request: { deed: "reload" } },
  ]) {
    test(`${JSON.stringify(junk) ?? "undefined"} is none of ours`, () =>
      expect(readMessage(junk)).toBeUndefined());
  }

  for (const [given, wanted] of [
    [{ type: "ready", kind: "spaceship", port: "80", url: 3 }, { type: "ready" }],
    [{ type: "ready", kind: POISON }, { type: "ready" }],
    [
      { type: "bye", reason: POISON },
      { type: "bye", reason: "" },
    ],
    [
      { type: "failed", cause: "c", facts: { a: POISON, b: 1, c: null }, step: "load", detail: [] },
      { type: "failed", cause: "c", facts: { b: 1 }, step: "load" },
    ],
    [
      {
        type: "requests",
        id: 1,
        requests: [null, CASUALTY, { ...ACTIVE, phase: "flight" }, { ...ACTIVE, client: POISON }],
        total: -3,
      },
      { type: "requests", id: 1, requests: [], total: 0 },
    ],
    [
      {
        type: "notable",
        refused: [{ ...KNOWN, cause: "spaceship", status: 1, agoMs: 1 }, POISON],
        slow: [
          { ...SLOW, times: 3 },
          { ...SLOW, ageMs: 1e300, isOver: 1, times: { receive: POISON, app: 1e300 } },
        ],
      },
      {
        type: "notable",
        refused: [],
        slow: [
          {
            ...SLOW,
            ageMs: 315_360_000_000,
            isOver: false,
            times: { receive: 0, queue: null, app: 315_360_000_000, body: null },
          },
        ],
      },
    ],
    [{ type: "awaits", cause: POISON, facts: { a: 1 } }, { type: "awaits" }],
    [
      { type: "awaits", cause: "c", facts: { a: POISON, b: 1 } },
      { type: "awaits", cause: "c", facts: { b: 1 } },
    ],
    [
      { type: "log", level: "info", text: "t", fields: ["x", { y: 1 }] },
      { type: "log", level: "info", text: "t", fields: {} },
    ],
    [
      { type: "lost", socket: "/a", pid: 1, count: 2, requests: [CASUALTY, POISON, null] },
      { type: "lost", socket: "/a", pid: 1, count: 2, requests: [CASUALTY], hasLeft: false },
    ],
    [
      { type: "stats", stats: { ...STATS, errors: { a: 1, b: "2", c: POISON } } },
      { type: "stats", stats: { ...STATS, errors: { a: 1 } } },
    ],
  ] as const) {
    test(`of ${JSON.stringify(given)} only what is right is taken`, () =>
      expect(readMessage(given)).toEqual(wanted as unknown as FromChild));
  }

  test("nothing that a child says is longer than anything of ours, at any depth", () => {
    const long = "x".repeat(100_000);
    const most = (value: unknown): number => {
      if (typeof value === "string") return value.length;
      if (typeof value !== "object" || value === null) return 0;
      const parts = Object.entries(value);
      return Math.max(0, ...parts.map(([name, part]) => Math.max(name.length, most(part))));
    };
    const stretch = (value: unknown): unknown => {
      if (typeof value === "string") return long;
      if (Array.isArray(value)) return value.map(stretch);
      if (typeof value !== "object" || value === null) return value;
      const longer = Object.entries(value).map(([name, part]) => [name, stretch(part)]);
      return Object.fromEntries(longer);
    };
    for (const message of DOCUMENTED) {
      const facts = "facts" in message ? { facts: { [long]: long } } : {};
      const fields = "fields" in message ? { fields: { [long]: long } } : {};
      // What stands for one word of a table stays what it is.
      const { type, role, level, step, reason, kind } = message as Record<string, unknown>;
      const words = { type, role, level, step, kind, ...(type === "leaving" && { reason }) };
      const given = Object.entries(words).filter(([, word]) => word !== undefined);
      const said = { ...(stretch(message) as object), ...facts, ...fields, ...Object.fromEntries(given) };
      expect(most(readMessage(said) ?? {})).toBeLessThanOrEqual(32 * 1024);
    }
  });

  test("lists have an end, and numbers of things are such", () => {
    const many = <T>(one: T) => Array.from({ length: 50_000 }, () => one);
    const listed = (read: FromChild | undefined) =>
      JSON.stringify(read, (_, value) => (Array.isArray(value) ? value.length : value));
    expect(listed(readMessage({ type: "modules", files: many("/a"), missing: many("/b") }))).toBe(
      '{"type":"modules","files":20000,"missing":20000}',
    );
    const lost = { type: "lost", socket: "/a", pid: 1, count: 1, requests: many(CASUALTY) };
    expect(readMessage(lost)).toMatchObject({ requests: { length: 64 } });
    const stats = {
      ...STATS,
      groups: many(STATS.groups[0]),
      workers: many(LOAD),
      errors: Object.fromEntries(many(0).map((_, at) => [`e${at}`, at])),
    };
    const read = readMessage({ type: "stats", stats });
    const { groups, workers, errors } = (read as Extract<FromChild, { type: "stats" }>).stats;
    expect([groups.length, workers.length, Object.keys(errors).length]).toEqual([8_192, 8_192, 8_192]);
    expect(readMessage({ type: "heartbeat", active: -3, ageSumMs: 1e300, requests: -0.5 })).toEqual({
      type: "heartbeat",
      active: 0,
      ageSumMs: Number.MAX_SAFE_INTEGER,
      requests: 0,
    });
  });

  test("no value makes the reader throw", () => {
    const key = fc.constantFrom(
      ...["type", "role", "level", "step", "reason", "kind", "stats", "facts", "text"],
    );
    const type = fc.constantFrom(...new Set(DOCUMENTED.map((message) => message.type)));
    const value = fc.oneof(fc.jsonValue(), fc.constant(POISON), fc.constant([POISON]));
    const near = fc
      .tuple(fc.constantFrom(...DOCUMENTED), key, value)
      .map(([message, name, other]) => ({ ...message, [name]: other }));
    const far = fc
      .tuple(type, fc.dictionary(key, value))
      .map(([name, fields]) => ({ ...fields, type: name }));
    fc.assert(
      fc.property(fc.oneof(near, far, value), (raw) => {
        const read = readMessage(raw);
        if (read) expect(DOCUMENTED.map((message) => message.type)).toContain(read.type);
      }),
      { numRuns: 1000 },
    );
  });
});
