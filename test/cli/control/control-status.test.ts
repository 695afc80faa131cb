import { expect, test } from "bun:test";
import { renderStatus } from "../../../src/cli/control/control-status.ts";
import { paintFor } from "../../../src/cli/terminal/output.ts";
import type { GenerationStatus, Status, WorkerStatus } from "../../../src/control/status.ts";
import { GROUP, STATUS } from "../../support/control-server.ts";

const PLAIN = paintFor({ isTTY: false }, {});
const COLORED = paintFor({ isTTY: true }, {});
const NOW_MS = Date.UTC(2026, 0, 2);

const WORKER: WorkerStatus = {
  slot: 1,
  pid: 5001,
  state: "ready",
  activeRequests: 3,
  concurrency: 100,
  streams: 0,
  receiving: 0,
  heldUp: 0,
  requestCount: 12_045,
  tunnels: 0,
  isStalled: false,
  rssBytes: 85 * 2 ** 20,
  startedAt: "2026-01-01T20:59:50.000Z",
  generation: 1,
  app: null,
  limits: { data: "unlimited", openFiles: 1024, user: "" },
};

function render(changes: Partial<Status>, paint = PLAIN): string {
  return renderStatus({ ...STATUS, ...changes }, paint, NOW_MS).join("\n");
}

const withWorkers = (...workers: WorkerStatus[]): Pick<Status, "groups"> => ({
  groups: [{ ...GROUP, workers }],
});

test("status: what people see when all is well", () => {
  expect(render(withWorkers(WORKER, { ...WORKER, slot: 2, pid: 5002, tunnels: 2 }))).toMatchInlineSnapshot(`
    "gw 1.2.3, process 4711, up 1 min 5 s
    serving http://localhost:8000/
    server root /tmp/gw-0.0.0.0:8000:1000

    front  pid   state  clients  at most
    1      4712  ready  3        9950

    worker  pid   state  active    requests  memory  age
    1       5001  ready  3         12045     85 MB   3 h 0 min
    2       5002  ready  3 + 2 ws  12045     85 MB   3 h 0 min

    queue: empty
    restarts: none
    limits of each front end: serverBacklog 500
    limits: openFiles 1024"
  `);
});

test.each([
  [[2], "drained: place 2 stays empty until gw restart --worker 2, or a reload"],
  [[2, 3], "drained: places 2, 3 stay empty until gw restart --worker N, or a reload"],
])("status: the places %j that were drained are named below the workers", (drained, line) => {
  expect(render({ groups: [{ ...GROUP, workers: [WORKER], drained }] })).toContain(`3 h 0 min\n${line}\n`);
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

    front  pid   state  clients  at most
    1      4712  ready  3        9950

    worker  pid  state       active  requests  memory  age
    1       -    crash loop  0       0         -       -

    queue: empty
    restarts: 6 crash, 1 maximum_requests
    last: worker 1, 12 s ago, crash. The process ended without having been told to.
    limits of each front end: serverBacklog 500

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
  const waiting = { ...GROUP, queueLength: 7, workers: [WORKER] };
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

test("status: limits that all groups have are told once, whoever sleeps", () => {
  const shop = { ...GROUP, name: "shop", workers: [{ ...WORKER, slot: 2 }] };
  const text = render({
    groups: [{ ...GROUP, workers: [WORKER] }, shop, { ...GROUP, name: "slow", workers: [] }],
  });
  expect(text.match(/^limits(?! of each front).*/gm)).toEqual(["limits: openFiles 1024"]);
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

const SECOND: GenerationStatus = {
  number: 2,
  state: "serving",
  startedAt: "2026-01-01T23:58:00.000Z",
  apps: ["/srv/releases/42/app.ts"],
  workers: 1,
  activeRequests: 4,
  streams: 0,
  tunnels: 0,
};

test("status: requests of a worker that do not wait for its app are told apart", () => {
  const text = render(withWorkers({ ...WORKER, activeRequests: 9, receiving: 3, streams: 4, heldUp: 2 }));
  expect(text).toContain(" 9 (3 receiving, 4 streaming, 2 held up) ");
});

test("status: after a reload, what serves, what finishes, and where one could go back to", () => {
  const app = "/srv/releases/42/app.ts";
  const old = "/srv/releases/41/app.ts";
  const text = render({
    ...withWorkers(
      { ...WORKER, app, generation: 2 },
      { ...WORKER, pid: 4999, app: old, state: "draining", activeRequests: 2, streams: 1, tunnels: 3 },
    ),
    generation: 2,
    generations: [
      SECOND,
      { ...SECOND, number: 1, state: "draining", apps: [old], activeRequests: 2, streams: 1, tunnels: 3 },
    ],
    previous: { generation: 1, apps: [old] },
  });
  expect(text).toMatchInlineSnapshot(`
    "gw 1.2.3, process 4711, up 1 min 5 s
    serving http://localhost:8000/
    server root /tmp/gw-0.0.0.0:8000:1000

    generation 2: serving, 1 worker, 2 min 0 s old, 4 requests (/srv/releases/42/app.ts)
    generation 1: draining, 1 worker, 2 min 0 s old, 2 requests (1 of them a stream), 3 WebSockets (/srv/releases/41/app.ts)
    gw rollback goes to generation 1 (/srv/releases/41/app.ts)

    front  pid   state  clients  at most
    1      4712  ready  3        9950

    worker  pid   state     active                  requests  memory  age        generation  runs
    1       5001  ready     3                       12045     85 MB   3 h 0 min  2           /srv/releases/42/app.ts
    1       4999  draining  2 (1 streaming) + 3 ws  12045     85 MB   3 h 0 min  1           /srv/releases/41/app.ts

    queue: empty
    restarts: none
    limits of each front end: serverBacklog 500
    limits: openFiles 1024

    draining: it takes nothing new, and finishes what it has"
  `);
});

test("status: one release for all is named once", () => {
  const app = "/srv/releases/42/app.ts";
  const text = render(withWorkers({ ...WORKER, app }, { ...WORKER, app, slot: 2 }));
  expect(text.split("\n").filter((line) => line.includes(app))).toEqual([`runs ${app}`]);
});

test("status: a refused generation is shown with its reason, and the first lines of its own text", () => {
  const detail = Array.from({ length: 10 }, (_, n) => `line ${n} \x1b[31m`).join("\n");
  const text = render({
    refused: {
      generation: 3,
      at: "2026-01-01T23:59:30.000Z",
      by: "gw reload",
      reason: "The app could not be loaded: \x1b[31mx",
      detail,
    },
  });
  expect(text.split("\n\n")[1]).toMatchInlineSnapshot(`
    "generation 3 was refused 30 s ago (gw reload): The app could not be loaded: \\x1b[31mx
      line 0 \\x1b[31m
      line 1 \\x1b[31m
      line 2 \\x1b[31m
      line 3 \\x1b[31m
      line 4 \\x1b[31m
      line 5 \\x1b[31m
      line 6 \\x1b[31m
      line 7 \\x1b[31m
      and 2 more lines: gw status --json"
  `);
});

test("status: a configuration that was refused is not called a generation", () => {
  const at = "2026-01-01T23:59:30.000Z";
  const text = render({
    refused: { generation: null, at, by: "SIGHUP", reason: 'port cannot be "x"', detail: null },
  });
  expect(text).toContain('the configuration was refused 30 s ago (SIGHUP): port cannot be "x"');
});

test("status: each of several groups has a head, and those in trouble are named at the top", () => {
  const limits = { openFiles: 99 };
  const text = render({
    groups: [
      {
        ...GROUP,
        name: "api",
        mount: "/api",
        hosts: ["api.example.com", "*.example.org"],
        processes: { min: 1, max: 8, wanted: 2 },
        workers: [{ ...WORKER, app: "/srv/api.ts" }],
      },
      {
        ...GROUP,
        name: "shop",
        state: "paused",
        pausedUntil: "2026-01-02T00:00:25.000Z",
        queueLength: 12,
        workers: [{ ...WORKER, slot: 2, limits }],
      },
      { ...GROUP, name: "slow", mount: null, state: "asleep", processes: { min: 0, max: 1, wanted: 0 } },
      {
        ...GROUP,
        name: "old",
        mount: "/old",
        state: "crash loop",
        workers: [{ ...WORKER, slot: 3, pid: null, state: "crash loop", limits: {} }],
      },
      { ...GROUP, name: "service:mail", kind: "service", mount: null, workers: [{ ...WORKER, slot: 4 }] },
      {
        ...GROUP,
        name: "auth:api",
        kind: "auth",
        mount: null,
        processes: { min: 2, max: 2, wanted: 2 },
        workers: [{ ...WORKER, slot: 5 }],
      },
    ],
  });
  expect(text).toMatchInlineSnapshot(`
    "gw 1.2.3, process 4711, up 1 min 5 s
    serving http://localhost:8000/
    but not old (crash loop)
    server root /tmp/gw-0.0.0.0:8000:1000

    front  pid   state  clients  at most
    1      4712  ready  3        9950

    group api: serving; /api on api.example.com *.example.org; 2 workers of 1..8; queue empty
    runs /srv/api.ts
    worker  pid   state  active  requests  memory  age
    1       5001  ready  3       12045     85 MB   3 h 0 min

    group shop: paused, for 25 s at most; /; 1 worker; 12 waiting
    worker  pid   state  active  requests  memory  age
    2       5001  ready  3       12045     85 MB   3 h 0 min

    group slow: asleep; routes only; 0 workers of 0..1; queue empty

    group old: crash loop; /old; 1 worker; queue empty
    worker  pid  state       active  requests  memory  age
    3       -    crash loop  3       12045     85 MB   3 h 0 min

    service:mail: serving; 1 process
    process  pid   state  memory  age
    4        5001  ready  85 MB   3 h 0 min

    auth:api: serving; 2 auth processes
    auth  pid   state  asked  questions  memory  age
    5     5001  ready  3      12045      85 MB   3 h 0 min

    restarts: none
    limits of each front end: serverBacklog 500
    limits of api: openFiles 1024
    limits of shop: openFiles 99
    limits of service:mail: openFiles 1024
    limits of auth:api: openFiles 1024

    crash loop: it ended again and again soon after its start; gw keeps trying, with longer pauses
    paused: gw pause was typed: its requests wait until gw resume, or until the pause is over by itself
    asleep: it has no worker; the first request starts one"
  `);
});

test("status: one app alone has a head only when there is something to say", () => {
  const head = (changes: object) =>
    render({ groups: [{ ...GROUP, workers: [WORKER], ...changes }] })
      .split("\n")
      .filter((line) => line.startsWith("group "));
  expect(head({})).toEqual([]);
  expect(head({ processes: { min: 2, max: 8, wanted: 3 } })).toEqual([
    "group default: serving; /; 3 workers of 2..8; queue empty",
  ]);
  expect(head({ mount: "/shop" })).toEqual(["group default: serving; /shop; 1 worker; queue empty"]);
});

test("status: a log that is not written is told of, with what it costs", () => {
  const troubleOf = (why: string, lost: number) => ({ file: "/logs/error_log", why, lost });
  const lines = (lost: number) =>
    render({ logTroubles: [troubleOf("it was removed", lost)] })
      .split("\n")
      .at(-1);
  expect(lines(0)).toBe("the log at /logs/error_log is in trouble: it was removed; nothing of it is lost");
  expect(lines(1)).toBe("the log at /logs/error_log is in trouble: it was removed; 1 line is lost so far");
  expect(lines(20)).toBe(
    "the log at /logs/error_log is in trouble: it was removed; 20 lines are lost so far",
  );
});
