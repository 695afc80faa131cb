import { describe, expect, test } from "bun:test";
import type { Cause } from "../../../src/core/errors.ts";
import { InFlight } from "../../../src/front/telling/in-flight.ts";
import { LineRates } from "../../../src/front/telling/line-rates.ts";
import { Notables } from "../../../src/front/telling/notables.ts";
import { ANSWERED, type Visit } from "../../../src/front/visit/visit.ts";
import { MOST_NOTABLE } from "../../../src/link/requests/requests.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { anyVisit } from "../fakes.ts";

function setUp(slowMs = 2_000) {
  const clock = new FakeClock();
  clock.advance(10_000);
  const { log, lines } = captureLog();
  const inFlight = new InFlight();
  const rates = new LineRates(clock, log);
  const notables = new Notables({ clock, log, rates, inFlight, slowMs: new Map([["default", slowMs]]) });
  let count = 0;
  const arrive = (given: Partial<Visit> = {}) => {
    const visit = Object.assign(anyVisit(clock.now(), `r-${++count}`), { group: "default", ...given });
    inFlight.add(visit);
    return visit;
  };
  return { clock, lines, inFlight, notables, arrive };
}

describe("notables: requests that gw itself answers", () => {
  test("are told with their cause, once, and how long ago that was", () => {
    const { notables, arrive, clock } = setUp();
    const visit = arrive({ slot: 2 });
    clock.advance(30);
    notables.noteRefused(visit, "worker_died", 502, "ECONNRESET");
    clock.advance(400);
    expect(notables.take()).toEqual({
      refused: [
        {
          ...{ id: "r-1", method: "GET", path: "/", ageMs: 30, client: "192.0.2.7", group: "default" },
          ...{ worker: 2, cause: "worker_died", status: 502, agoMs: 400, why: "ECONNRESET" },
        },
      ],
      slow: [],
    });
    expect(notables.take()).toBeUndefined();
  });

  test("of what was no request its line says what it can, without a query", () => {
    const { notables } = setUp();
    const unread = {
      id: "u-1",
      cause: "request_syntax" as Cause,
      status: 400,
      bytes: 0,
      address: "192.0.2.9",
    };
    notables.noteUnread({ ...unread, line: "GET /a?token=secret HTTP/9.9" });
    notables.noteUnread({ ...unread, line: "", why: "Invalid header token encountered" });
    const told = notables.take()?.refused;
    expect(told?.map(({ method, path, client, why }) => [method, path, client, why])).toEqual([
      ["GET", "/a", "192.0.2.9", undefined],
      ["", "", "192.0.2.9", "Invalid header token encountered"],
    ]);
  });

  test("one cause by the thousand leaves room for others, until the next time", () => {
    const { notables, arrive } = setUp();
    const visit = arrive();
    for (let n = 0; n < 1_000; n++) notables.noteRefused(visit, "queue_full", 503, undefined);
    notables.noteRefused(visit, "worker_died", 502, undefined);
    const told = notables.take()?.refused ?? [];
    expect(told.length).toBeLessThan(100);
    expect(told.at(-1)?.cause).toBe("worker_died");
    notables.noteRefused(visit, "queue_full", 503, undefined);
    expect(notables.take()?.refused).toHaveLength(1);
  });
});

describe("notables: slow requests", () => {
  test("told while it goes on, and once more when it is over: where its time has gone, and who is beside it", () => {
    const { notables, arrive, clock, lines, inFlight } = setUp();
    const visit = arrive({ admittedAt: clock.now(), startedAt: clock.now(), slot: 1 });
    arrive({ admittedAt: clock.now(), startedAt: clock.now(), slot: 1 });
    clock.advance(1_999);
    notables.look(clock.now());
    expect(notables.take()).toBeUndefined();
    clock.advance(1);
    notables.look(clock.now());
    notables.look(clock.now());
    expect(notables.take()?.slow[0]).toMatchObject({
      ...{ id: "r-1", isOver: false, phase: "app", ageMs: 2_000, others: 1, status: 0 },
      times: { receive: 0, queue: 0, app: 2_000, body: null },
    });
    clock.advance(500);
    Object.assign(visit, { headAt: clock.now(), status: 200 });
    visit.end(ANSWERED);
    inFlight.delete(visit);
    notables.observe(visit, clock.now());
    expect(notables.take()?.slow).toEqual([
      expect.objectContaining({ id: "r-1", isOver: true, ageMs: 2_500, status: 200, others: 1 }),
    ]);
    const said = lines.map(({ level, text, fields }) => [level, text, fields?.id, fields?.afterMs]);
    expect(said).toEqual([
      ["warn", "a request is slow", "r-1", 2_000],
      ["warn", "a request is slow", "r-2", 2_000],
      ["info", "a slow request is over", "r-1", 2_500],
    ]);
  });

  test("the lines of the log lead to the trace of a slow request, where it has one", () => {
    const { notables, arrive, clock, lines } = setUp();
    const trace = { traceId: "0af7651916cd43dd8448eb211c80319c" } as Visit["trace"];
    const visit = arrive({ admittedAt: clock.now(), startedAt: clock.now(), slot: 1, trace });
    clock.advance(2_000);
    notables.look(clock.now());
    visit.end(ANSWERED);
    notables.observe(visit, clock.now());
    expect(lines.map(({ fields }) => fields?.trace)).toEqual([trace?.traceId, trace?.traceId]);
  });

  test("slow is who waits for the head of an answer: a long body is not", () => {
    const { notables, arrive, clock } = setUp();
    const visit = arrive({ headAt: clock.now() });
    clock.advance(60_000);
    notables.look(clock.now());
    notables.observe(visit, clock.now());
    expect(notables.take()).toBeUndefined();
  });

  test("one that was slow between two looks is told when it is over", () => {
    const { notables, arrive, clock } = setUp();
    const visit = arrive();
    clock.advance(2_100);
    notables.observe(visit, clock.now());
    expect(notables.take()?.slow.map(({ id, isOver }) => [id, isOver])).toEqual([["r-1", true]]);
  });

  test("of very many a bounded number is told, and fewer lines; the end of a known one always finds room", () => {
    const { notables, arrive, clock, lines } = setUp();
    const visits = Array.from({ length: 2 * MOST_NOTABLE }, () => arrive());
    clock.advance(2_000);
    notables.look(clock.now());
    notables.observe(visits[0] as Visit, clock.now());
    const slow = notables.take()?.slow ?? [];
    expect([slow.length, slow[0]?.id, slow[0]?.isOver]).toEqual([MOST_NOTABLE, "r-1", true]);
    expect(lines.length).toBeLessThanOrEqual(100);
  });

  test("of a group without the option nothing is told", () => {
    const { notables, arrive, clock } = setUp(0);
    const visit = arrive();
    clock.advance(60_000);
    notables.look(clock.now());
    notables.observe(visit, clock.now());
    expect(notables.take()).toBeUndefined();
  });
});
