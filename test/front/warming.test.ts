// A front's rehearsal: as many requests as were asked for go through a door and a pipeline of its own, and nothing is left.
import { expect, test } from "bun:test";
import { readdirSync, readlinkSync } from "node:fs";
import fc from "fast-check";
import { systemClock } from "../../src/core/clock.ts";
import { warmUp } from "../../src/front/warming.ts";
import { type FrontProcess, isA, startFront } from "../support/front-process.ts";
import { eventually } from "../support/gw.ts";
import { describeWith, ON_LINUX } from "../support/needs.ts";
import { okAnswer, ScriptedWorker } from "../support/scripted-worker.ts";

const LONG_MS = 60_000;

function warm(requests: number, mostMs = LONG_MS) {
  const bugs: unknown[] = [];
  const onBug = (thrown: unknown) => bugs.push(thrown);
  const done = warmUp({ clock: systemClock, doors: ["server", "sockets"], requests, mostMs, onBug });
  return done.then((warmed) => ({ ...warmed, bugs }));
}

/** Sockets of this process. */
function openSockets(): string[] {
  const links = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ""; // The one that the directory was read by.
    }
  });
  return links.filter((link) => link.startsWith("socket:")).sort();
}

const untilOnly = (sockets: string[]) =>
  eventually(() => openSockets().every((socket) => sockets.includes(socket)), "no further socket is open");

describeWith(ON_LINUX)("warming up", () => {
  test("answers what was asked for, without a mistake, and closes all that it has opened", async () => {
    const before = openSockets();
    const { answered, reason, bugs } = await warm(300);
    expect({ reason, bugs }).toEqual({ reason: undefined, bugs: [] });
    expect(answered).toBeGreaterThanOrEqual(300);
    await untilOnly(before);
  });

  test("its time over, it ends with what it has, and leaves nothing", async () => {
    const before = openSockets();
    await fc.assert(
      fc.asyncProperty(fc.nat(30), async (mostMs) => {
        const { answered, reason, bugs } = await warm(1_000_000, mostMs);
        expect(answered).toBeLessThan(1_000_000);
        expect({ reason, bugs }).toEqual({ reason: "the time for it was over", bugs: [] });
      }),
      { numRuns: 20 },
    );
    await untilOnly(before);
  });

  test("a front that has warmed up has had no request and no client, and neither has its worker", async () => {
    using worker = new ScriptedWorker({ answer: okAnswer });
    await using front: FrontProcess = await startFront({ warmsUp: true }, worker.backend());
    const stats = await front.untilStats(() => true);
    expect(stats).toMatchObject({ requests: 0, active: 0, queued: 0, connections: 0, errors: {} });
    expect(stats.workers).toMatchObject([{ slot: 1, requests: 0 }]);
    expect(worker.requests).toEqual([]);
    const lines = front.logs().map(({ level, text }) => ({ level, text }));
    expect(lines).toEqual([{ level: "debug", text: "This front end has warmed up" }]);
    expect(front.messages().filter(isA("lost"))).toEqual([]);
  });
});
