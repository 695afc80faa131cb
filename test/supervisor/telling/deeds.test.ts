// What the status page may have done, and for whom.
import { describe, expect, test } from "bun:test";
import { GwError } from "../../../src/core/errors.ts";
import type { DeedRequest } from "../../../src/link/messages.ts";
import { Deeds, type DeedsControls, makeToken } from "../../../src/supervisor/telling/deeds.ts";
import { captureLog } from "../../support/capture-log.ts";
import { RELOADED } from "../../support/control-server.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function setUp(given: Partial<DeedsControls> = {}) {
  const { log, lines } = captureLog();
  const clock = new FakeClock();
  const asked: unknown[][] = [];
  const note = async <T>(result: T, ...what: unknown[]): Promise<T> => {
    asked.push(what);
    return result;
  };
  const controls: DeedsControls = {
    restart: (worker, _onReplaced, why) => note({ restarted: worker ? 1 : 3 }, "restart", worker, why),
    drain: (worker, why) => note({ worker, pid: 5, cut: { requests: 1, tunnels: 1 } }, "drain", worker, why),
    stack: (worker) => note({ worker, pid: 5, frames: ["at fetch (/app.ts:1:2)"] }, "stack", worker),
    pause: (group, forMs) => note({ groups: [group ?? "default"], until: {} }, "pause", group, forMs),
    resume: (group) => note({ groups: [], ranOut: {} }, "resume", group),
    reload: (waits, _onWaiting, by) => note(RELOADED, "reload", waits, by),
    ...given,
  };
  const deeds = new Deeds({ clock, log, controls }, "right");
  const act = (request: DeedRequest, token = "right") => deeds.act({ token, client: "192.0.2.1", request });
  return { act, asked, lines, clock };
}

const WHY = "asked for on the status page";

describe("deeds: with the token", () => {
  test.each<[DeedRequest, unknown[], string]>([
    [{ deed: "restart", worker: 2 }, ["restart", 2, WHY], "The worker was replaced"],
    [{ deed: "restart" }, ["restart", undefined, WHY], "3 workers were replaced"],
    [
      { deed: "drain", worker: 2 },
      ["drain", 2, WHY],
      "Worker 2 has left, and its place stays empty; 2 requests and WebSockets were cut",
    ],
    [{ deed: "stack", worker: 2 }, ["stack", 2], "Worker 2 (process 5) is in"],
    [{ deed: "pause", group: "a" }, ["pause", "a", 60_000], "Requests of a wait now, for 60 s at most"],
    [{ deed: "resume", group: "a" }, ["resume", "a"], "Nothing was paused"],
    [
      { deed: "reload" },
      ["reload", {}, "the status page"],
      "Generation 2 serves with 2 workers, after 412 ms",
    ],
  ])("%j", async (request, done, text) => {
    const { act, asked, lines } = setUp();
    expect(await act(request)).toMatchObject({ is: "done", text });
    expect(asked).toEqual([done]);
    expect(lines).toMatchObject([
      { level: "info", text: WHY, fields: { what: request.deed, client: "192.0.2.1" } },
    ]);
  });

  test("what cannot be done says why", async () => {
    const refused = new GwError("reload_refused", { reason: "no" }, "app.ts:1\nboom");
    const { act } = setUp({ reload: () => Promise.reject(refused) });
    expect(await act({ deed: "reload" })).toEqual({
      ...{ is: "failed", text: refused.message, lines: ["app.ts:1", "boom"] },
    });
    expect(await act({ deed: "drain" })).toMatchObject({ is: "failed", text: "Name a worker" });
  });
});

describe("deeds: without it", () => {
  test.each(["", "righ", "right ", "RIGHT", "wrong", "x".repeat(1000)])("%p does nothing", async (token) => {
    const { act, asked } = setUp();
    expect(await act({ deed: "reload" }, token)).toMatchObject({ is: "forbidden" });
    expect(asked).toEqual([]);
  });

  test("whoever tries many fills no log", async () => {
    const { act, lines, clock } = setUp();
    for (let n = 0; n < 50; n++) await act({ deed: "reload" }, `wrong ${n}`);
    expect(lines.length).toBe(1);
    clock.advance(1_000);
    await act({ deed: "reload" }, "wrong");
    expect(lines.at(-1)?.fields).toMatchObject({ client: "192.0.2.1", times: 50 });
  });

  test("each run has its own", () => {
    const tokens = new Set(Array.from({ length: 100 }, makeToken));
    expect(tokens.size).toBe(100);
    for (const token of tokens) expect(token).toMatch(/^[\w-]{32}$/);
  });
});
