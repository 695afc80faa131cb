import { describe, expect, test } from "bun:test";
import { type Alert, Alerts, type AlertsSeen } from "../../../src/supervisor/records/alerts.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { ENDED } from "../../support/records.ts";

const QUIET: AlertsSeen = { loops: [], certificates: [], shed: {} };
const DAY_MS = 86_400_000;
const RELOAD = { at: "", by: "gw reload", generation: 2, tookMs: 5, reason: "no", detail: null } as const;

function setUp() {
  const clock = new FakeClock();
  const sent: Alert[] = [];
  const alerts = new Alerts(clock, (alert) => sent.push(alert));
  const look = (seen: Partial<AlertsSeen> = {}) => {
    clock.advance(1_000);
    alerts.look({ ...QUIET, ...seen });
  };
  const told = () => sent.splice(0).map(({ event, subject }) => `${event} ${subject}`);
  return { clock, alerts, sent, look, told };
}

describe("alerts: what is told", () => {
  test("a crash, and no end that was meant", () => {
    const { alerts, sent } = setUp();
    alerts.onEnd({ ...ENDED, reason: "graceful_signal", kind: "left" });
    alerts.onEnd(ENDED);
    expect(sent).toEqual([
      {
        ...{ event: "crash", subject: "worker 1", message: "worker 1 ended: crash, exit code 1" },
        ...{ details: ENDED, leftOut: 0, at: "2026-01-01T00:00:00.000Z" },
      },
    ]);
  });

  test("a reload that was refused, and the next one that serves; no other one", () => {
    const { alerts, told, clock } = setUp();
    alerts.onReload({ ...RELOAD, outcome: "serves" });
    alerts.onReload({ ...RELOAD, outcome: "refused" });
    clock.advance(1);
    alerts.onReload({ ...RELOAD, outcome: "serves" });
    alerts.onReload({ ...RELOAD, outcome: "serves" });
    expect(told()).toEqual(["reload_refused reload", "recovered reload"]);
  });

  test("a crash loop when it begins, and when it is over", () => {
    const { look, sent, told } = setUp();
    const loops = [{ process: "worker 1", error: "broken" }];
    look({ loops });
    look({ loops });
    expect(sent[0]?.message).toBe("worker 1 is in a crash loop: broken");
    look();
    look();
    expect(told()).toEqual(["crash_loop worker 1", "recovered worker 1"]);
  });

  test("a certificate near its end once a day, also after it, and its renewal", () => {
    const { look, told, clock } = setUp();
    const until = (days: number) => ({
      certificates: [{ file: "a.pem", expiresAtMs: clock.wall() + days * DAY_MS }],
    });
    look(until(22));
    look(until(20));
    look(until(20));
    clock.advance(DAY_MS);
    look(until(-1));
    expect(told()).toEqual(["certificate_expires a.pem", "certificate_expires a.pem"]);
    look(until(90));
    look(until(90));
    expect(told()).toEqual(["recovered a.pem"]);
  });

  test("shedding when it goes on for seconds, and when it has been over for a while", () => {
    const { look, sent, told } = setUp();
    let count = 0;
    const shed = (more: number) => {
      count += more;
      look({ shed: { queue_full: count, no_worker: 0 } });
    };
    // A moment of it is none.
    for (const more of [9, 9, 9, 9, 0, 0, 0, 0, 0, 0, 0]) shed(more);
    expect(told()).toEqual([]);
    for (const more of [5, 0, 5, 5, 0, 5]) shed(more);
    expect(told()).toEqual([]);
    shed(5);
    expect(sent[0]).toMatchObject({
      message: "requests are refused for want of room or of a worker: 25 in 10 s",
      details: { causes: { queue_full: 61, no_worker: 0 } },
    });
    for (let n = 0; n < 29; n++) shed(0);
    expect(told()).toEqual(["shedding requests"]);
    shed(0);
    expect(told()).toEqual(["recovered requests"]);
  });
});

describe("alerts: how much of it", () => {
  test("the same once a minute; what was left out is told the next time", () => {
    const { alerts, sent, clock } = setUp();
    for (let n = 0; n < 5; n++) alerts.onEnd(ENDED);
    clock.advance(59_999);
    alerts.onEnd(ENDED);
    clock.advance(1);
    alerts.onEnd(ENDED);
    expect(sent.map(({ leftOut }) => leftOut)).toEqual([0, 5]);
  });

  test("of a hundred things a bounded number in a minute", () => {
    const { alerts, sent, clock } = setUp();
    for (let n = 0; n < 100; n++) alerts.onEnd({ ...ENDED, process: `worker ${n}` });
    expect(sent).toHaveLength(20);
    clock.advance(60_000);
    alerts.onEnd({ ...ENDED, process: "worker 99" });
    expect(sent.at(-1)).toMatchObject({ subject: "worker 99", leftOut: 80 });
  });
});
