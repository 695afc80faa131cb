import { expect, test } from "bun:test";
import {
  describeUnfinished,
  exitCodeOf,
  renderItem,
  renderResult,
} from "../../../src/cli/control/control-answers.ts";
import type { ControlRequest } from "../../../src/control/commands.ts";
import { RELOADED, UPGRADED } from "../../support/control-server.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const after = (seconds: number) => new Date(NOW + seconds * 1_000).toISOString();
const LEFT = { requests: 1, streams: 0, tunnels: 2 };

test.each<[ControlRequest, unknown, string[]]>([
  [{ command: "reload", arguments: {} }, RELOADED, ["generation 2 serves (2 workers, after 412 ms)"]],
  [
    { command: "reload", arguments: {} },
    { ...RELOADED, hasNewFronts: true, left: LEFT },
    [
      "generation 2 serves (2 workers, new front ends, after 412 ms)",
      "generation 1 finishes: 1 request, 2 WebSockets",
    ],
  ],
  [
    { command: "rollback", arguments: { wait: true } },
    { ...RELOADED, left: LEFT },
    ["generation 2 serves (2 workers, after 412 ms)", "generation 1 is gone"],
  ],
  [
    { command: "upgrade", arguments: { file: "/gw" } },
    { ...UPGRADED, left: LEFT },
    [
      "gw 0.2.0 (process 9) serves generation 3 (2 workers, after 900 ms)",
      "gw 0.1.0 (process 5) finishes: 1 request, 2 WebSockets",
    ],
  ],
  [
    { command: "upgrade", arguments: { file: "/gw", wait: true } },
    UPGRADED,
    ["gw 0.2.0 (process 9) serves generation 3 (2 workers, after 900 ms)", "gw 0.1.0 (process 5) is gone"],
  ],
  [
    { command: "restart", arguments: { front: true } },
    { ...RELOADED, workers: 1, hasNewFronts: true },
    ["generation 2 serves (1 worker, new front ends, after 412 ms)"],
  ],
  [
    { command: "stack", arguments: { worker: 2 } },
    { worker: 2, pid: 7, frames: ["che\u001bck (/app.ts:1:2)", "fetch (/app.ts:9:1)"] },
    ["worker 2 (process 7) is in", "  che\\x1bck (/app.ts:1:2)", "  fetch (/app.ts:9:1)"],
  ],
  [
    { command: "stack", arguments: { worker: 2 } },
    { worker: 2, pid: 7, frames: [] },
    ["worker 2 (process 7) runs no code: it waits for something to do"],
  ],
  [
    { command: "profile", arguments: { worker: 2 } },
    { worker: 2, pid: 7, path: "/tmp/a\u001b", bytes: 1500 },
    ["worker 2 (process 7): /tmp/a\\x1b, 2 kB"],
  ],
  [{ command: "restart", arguments: {} }, { restarted: 1 }, ["1 worker was replaced"]],
  [{ command: "restart", arguments: {} }, { restarted: 3 }, ["3 workers were replaced"]],
  [
    { command: "scale", arguments: { count: 4 } },
    { group: "api", from: 2, to: 4 },
    ["api: 4 workers now, 2 before"],
  ],
  [
    { command: "scale", arguments: { count: 1 } },
    { group: "api", from: 1, to: 1 },
    ["api: 1 worker now, as before"],
  ],
  [
    { command: "drain", arguments: { worker: 3 } },
    { worker: 3, pid: 7, cut: { requests: 0, tunnels: 0 } },
    ["worker 3: process 7 has left"],
  ],
  [
    { command: "drain", arguments: { worker: 3 } },
    { worker: 3, pid: 7, cut: { requests: 2, tunnels: 1 } },
    ["worker 3: process 7 has left; 2 requests and 1 WebSocket were cut"],
  ],
  [
    { command: "drain", arguments: { worker: 3 } },
    { worker: 3, pid: null, cut: { requests: 0, tunnels: 0 } },
    ["worker 3 had no process"],
  ],
  [
    { command: "pause", arguments: {} },
    { groups: ["api", "shop", "web"], until: { api: after(5), shop: after(60), web: after(5) } },
    [
      "api, web: no request is on a worker; new ones wait until gw resume, for 5 s at most",
      "shop: no request is on a worker; new ones wait until gw resume, for 1 min 0 s at most",
    ],
  ],
  [{ command: "resume", arguments: {} }, { groups: ["api"], ranOut: {} }, ["api: requests go on"]],
  [{ command: "resume", arguments: {} }, { groups: [], ranOut: {} }, ["nothing was paused"]],
  [
    { command: "resume", arguments: {} },
    { groups: ["api"], ranOut: { shop: after(-12), web: after(-12) } },
    ["the pause of shop, web ran out 12 s ago, and requests have run since", "api: requests go on"],
  ],
])("control: %j that gave %j says so", (request, result, lines) => {
  expect(renderResult(request, result, NOW)).toEqual(lines);
});

test.each([
  [{}, 0],
  [{ web: after(-12) }, 1],
])("control: resume ends with a failure when a pause had run out: %j", (ranOut, code) => {
  expect(exitCodeOf({ command: "resume", arguments: {} }, { groups: ["api"], ranOut })).toBe(code);
});

test.each([
  [{ requests: 0, streams: 0, tunnels: 0 }, ""],
  [{ requests: 3, streams: 1, tunnels: 0 }, "3 requests (1 of them a stream)"],
  [{ requests: 3, streams: 2, tunnels: 1 }, "3 requests (2 of them streams), 1 WebSocket"],
])("control: %j is unfinished", (left, text) => {
  expect(describeUnfinished(left)).toBe(text);
});

test("control: an item of logs moves no cursor, one of restart is a sentence", () => {
  expect(renderItem("logs", "\x1b[2Jx")).toBe("\\x1b[2Jx");
  expect(renderItem("restart", { worker: 1, oldPid: 5, pid: 6 })).toBe(
    "worker 1: process 6 serves, 5 has left",
  );
  expect(renderItem("reload", { waitsFor: 3, forMs: 12_800 })).toBe(
    "waiting for the requests of generation 3, 13 s at most: too many old generations are there",
  );
});
