// What two gw, perhaps of different versions, tell each other: understood, or passed over, and never taken for something else.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { FromNew, FromOld, Inheritance } from "../../../src/supervisor/upgrade/messages.ts";
import { readFromNew, readFromOld } from "../../../src/supervisor/upgrade/read-messages.ts";

const INHERITANCE: Inheritance = {
  version: "0.1.0",
  pid: 7,
  serverRoot: "/run/gw",
  rootPid: 7,
  generation: 2,
  salt: 99,
  statusToken: "word",
  asked: ["127.0.0.1:0"],
  places: [
    { host: "127.0.0.1", port: 8000, isTls: false },
    { unix: "/run/s", isTls: false, descriptor: 3 },
  ],
  main: 8000,
  https: 8443,
  guarded: [{ port: 8000, addresses: ["7f000001"] }],
  handed: 0,
  cwd: "/srv/current",
  rates: 4,
  program: 5,
  groups: [{ name: "default", min: 1, max: 2, wanted: 2 }],
};

const RECORDS = { ends: [], reloads: [], refusals: [], refused: [], slow: [], spells: [] };

const old: FromOld[] = [
  { type: "inherit", inheritance: INHERITANCE },
  { type: "steer", id: 1, listeners: [0, 2] },
  { type: "prove", id: 2 },
  {
    type: "take",
    estate: {
      samples: [
        { metric: "gw_connections_total", labels: [], value: 3 },
        { metric: "http_server_request_duration_seconds", labels: ["a"], value: { counts: [1], sumMs: 2 } },
      ],
      restarts: { crash: 1 },
      records: RECORDS,
      pauses: [{ group: "default", forMs: 10 }],
    },
  },
  { type: "main" },
  { type: "released" },
  { type: "alone", order: [2, 1] },
  { type: "counted", samples: [], restarts: {} },
];

const next: FromNew[] = [
  { type: "hello", protocol: 1, version: "0.2.0" },
  { type: "refused", message: "no", detail: "at all" },
  { type: "bound", id: 1 },
  { type: "closed", id: 1 },
  { type: "ready", workers: 2 },
  { type: "steered", id: 1, reason: "no" },
  { type: "proved", id: 2 },
  { type: "paused", pauses: [{ group: "default", forMs: 10 }] },
  { type: "taken" },
  { type: "stop" },
];

describe("messages of an upgrade", () => {
  test.each(old.map((message) => [message.type, message] as const))(
    "upgrade messages: %s is read as it was said",
    (_, message) => {
      expect(readFromOld(JSON.parse(JSON.stringify(message)))).toEqual(message);
    },
  );

  test.each(next.map((message) => [message.type, message] as const))(
    "upgrade messages: %s is read as it was said by the new one",
    (_, message) => {
      expect(readFromNew(JSON.parse(JSON.stringify(message)))).toEqual(message);
    },
  );

  test("upgrade messages: more than is known does no harm, and what is needed must be there", () => {
    const more = { ...INHERITANCE, later: true };
    expect(readFromOld({ type: "inherit", inheritance: more })).toEqual({
      type: "inherit",
      inheritance: INHERITANCE,
    });
    for (const name of ["pid", "serverRoot", "places", "program", "generation"]) {
      const { [name as "pid"]: _, ...less } = INHERITANCE;
      expect(readFromOld({ type: "inherit", inheritance: less })).toBeUndefined();
    }
    expect(readFromOld({ type: "later" })).toBeUndefined();
    expect(readFromOld({ type: "take" })).toEqual({
      type: "take",
      estate: { samples: [], restarts: {}, records: RECORDS, pauses: [] },
    });
  });

  test("upgrade messages: nothing at all makes a reader throw", () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom(...[...old, ...next].map(({ type }) => type)),
        (value, type) => {
          for (const raw of [
            value,
            { type, ...Object(value) },
            { type, inheritance: value, estate: value, order: value },
          ]) {
            readFromOld(raw);
            readFromNew(raw);
          }
        },
      ),
    );
  });
});
