import { expect, test } from "bun:test";
import { renderStatus } from "../../src/cli/control-status.ts";
import { paintFor } from "../../src/cli/output.ts";
import type { Status, WorkerStatus } from "../../src/control/status.ts";
import { STATUS } from "../support/control-server.ts";

const PLAIN = paintFor({ isTTY: false }, {});
const COLORED = paintFor({ isTTY: true }, {});
const NOW_MS = Date.UTC(2026, 0, 2);

const WORKER: WorkerStatus = {
  slot: 1,
  pid: 5001,
  state: "ready",
  activeRequests: 3,
  requestCount: 12_045,
  tunnels: 0,
  rssBytes: 85 * 2 ** 20,
  startedAt: "2026-01-01T20:59:50.000Z",
  generation: 1,
  limits: { data: "unlimited", openFiles: 1024, user: "" },
};

function render(changes: Partial<Status>, paint = PLAIN): string {
  return renderStatus({ ...STATUS, ...changes }, paint, NOW_MS).join("\n");
}

const withWorkers = (...workers: WorkerStatus[]): Pick<Status, "groups"> => ({
  groups: [{ name: "default", generation: 1, queueLength: 0, workers }],
});

test("status: what people see when all is well", () => {
  expect(render(withWorkers(WORKER, { ...WORKER, slot: 2, pid: 5002, tunnels: 2 }))).toMatchInlineSnapshot(`
    "gw 1.2.3, process 4711, up 1 min 5 s
    serving http://localhost:8000/
    server root /tmp/gw-0.0.0.0:8000:1000

    front  pid   state
    1      4712  ready

    worker  pid   state  active    requests  memory  age
    1       5001  ready  3         12045     85 MB   3 h 0 min
    2       5002  ready  3 + 2 ws  12045     85 MB   3 h 0 min

    queue: empty
    restarts: none
    limits: openFiles 1024"
  `);
});

test("status: what people see when an app keeps ending", () => {
  const resting = {
    ...WORKER,
    pid: null,
    rssBytes: null,
    startedAt: null,
    activeRequests: 0,
    requestCount: 0,
  };
  const text = render({
    ...withWorkers({ ...resting, state: "crash loop", limits: {} }),
    state: "crash loop",
    uptimeSeconds: 93_784,
    restarts: { crash: 6, maximum_requests: 1 },
    lastRestart: { reason: "crash", process: "worker 1", at: "2026-01-01T23:59:48.000Z" },
    troubles: [
      {
        process: "worker 1",
        deaths: 6,
        isCrashLoop: true,
        pauseMs: 30_000,
        error: "The app could not be loaded: x",
      },
    ],
  });
  expect(text).toMatchInlineSnapshot(`
    "gw 1.2.3, process 4711, up 1 d 2 h
    crash loop: no worker takes requests, and the app keeps ending soon after its start
    server root /tmp/gw-0.0.0.0:8000:1000

    front  pid   state
    1      4712  ready

    worker  pid  state       active  requests  memory  age
    1       -    crash loop  0       0         -       -

    queue: empty
    restarts: 6 crash, 1 maximum_requests
    last: worker 1, 12 s ago, crash. The process ended without having been told to.

    worker 1 is in a crash loop: ended soon after its start 6 times in a row, pauses 30 s; The app could not be loaded: x

    crash loop: it ended again and again soon after its start; gw keeps trying, with longer pauses"
  `);
});

test("status: states other than ready are explained once", () => {
  const text = render(
    withWorkers(WORKER, { ...WORKER, state: "draining" }, { ...WORKER, slot: 2, state: "draining" }),
  );
  expect(text.split("\n").filter((line) => line.startsWith("draining"))).toEqual([
    "draining: it takes nothing new, and finishes what it has",
  ]);
  expect(text).not.toContain("ready:");
});

test("status: a queue that is not empty, and the embedded mode without one", () => {
  const waiting = { name: "default", generation: 1, queueLength: 7, workers: [WORKER] };
  expect(render({ groups: [waiting] })).toContain("queue: 7 waiting for a worker");
  expect(render({ ...withWorkers(WORKER), fronts: [] })).toContain("queue: none, the workers own the port");
});

test("status: limits can be read as they were typed", () => {
  const limits = { data: 6_979_321_856, stack: 2 ** 21, cpu: 66, core: 0, umask: "022" };
  expect(render(withWorkers({ ...WORKER, limits }))).toContain(
    "limits: data 6656M, stack 2M, cpu 66s, core 0, umask 022",
  );
});

test("status: what a worker says of its limits brings no colour and no line of its own", () => {
  const limits = { "\x1b[8mdata\nworker 9": "\x1b[2J" };
  expect(render(withWorkers({ ...WORKER, limits }))).toContain("limits: \\x1b[8mdata\\nworker 9 \\x1b[2J");
});

test("status: limits that differ are told for each worker", () => {
  const text = render(withWorkers(WORKER, { ...WORKER, slot: 2, limits: { openFiles: 99 } }));
  expect(text).toContain("limits of worker 1: openFiles 1024\nlimits of worker 2: openFiles 99");
});

test("status: colours on a terminal only, and never from anywhere else", () => {
  const trouble = {
    process: "worker 1",
    deaths: 1,
    isCrashLoop: false,
    pauseMs: 1_000,
    error: "\x1b[2J\u009bbad\n",
  };
  expect(render({ troubles: [trouble] })).not.toContain("\x1b");
  const colored = render({ ...withWorkers(WORKER), troubles: [trouble] }, COLORED);
  expect(colored).toContain("\x1b[32mready\x1b[0m");
  expect(colored).toContain("\\x1b[2J\\x9bbad\\n");
  expect(colored).not.toContain("\x1b[2J");
});

test("status: a state or reason of another version is shown, not understood", () => {
  const text = render({
    state: "hovering" as never,
    lastRestart: { reason: "boredom" as never, process: "worker 1", at: "2026-01-01T23:59:48.000Z" },
    restarts: { boredom: 1 } as never,
  });
  expect(text).toContain("hovering: not known here");
  expect(text).toContain("boredom. not known here.");
});
