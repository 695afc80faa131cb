// What the clients of gw check-reload call a failure, against servers that misbehave on purpose.
import { expect, test } from "bun:test";
import type { FailureKind } from "../../../src/cli/check-reload/check-reload-figures.ts";
import { type LoadSetup, runLoad } from "../../../src/cli/check-reload/check-reload-load.ts";
import { PLAN } from "../../../src/cli/check-reload/check-reload-words.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { GwError } from "../../../src/core/errors.ts";
import { eventually } from "../../support/gw.ts";

const SHORT = { ...PLAN, times: 2, concurrency: 8, warmUpMs: 1, steadyMs: 20, settleMs: 5, calmMs: 1 };
const GOOD = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const LAST = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";

type Act = (socket: Bun.Socket<unknown>, text: string) => void;

const answer: Act = (socket, text) => {
  if (!/\r\nconnection: close\r\n/i.test(text)) return void socket.write(GOOD);
  socket.write(LAST);
  socket.end();
};

/** Every tenth request meets `act`, the others a good answer. */
function openServer(act: Act, every = 10) {
  let requests = 0;
  let misdeeds = 0;
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (socket, bytes) => {
        const isTurn = ++requests % every === 0;
        if (isTurn) misdeeds++;
        (isTurn ? act : answer)(socket, new TextDecoder().decode(bytes));
      },
    },
  });
  return {
    port: listener.port,
    get requests() {
      return requests;
    },
    get misdeeds() {
      return misdeeds;
    },
    [Symbol.dispose]: () => listener.stop(true),
  };
}

const loadOn = (port: number, changes: Partial<LoadSetup> = {}, plan = {}) =>
  runLoad({
    target: { hostname: "127.0.0.1", port },
    host: `localhost:${port}`,
    path: "/",
    plan: { ...SHORT, requests: 500, ...plan },
    clock: systemClock,
    reload: async () => {},
    onReload() {},
    signal: new AbortController().signal,
    ...changes,
  });

test("check-reload: a server that does its work has no failures, and every request is counted once", async () => {
  using server = openServer(answer);
  const { tally, reloads, cutShort } = await loadOn(server.port);
  expect([tally.failed, tally.failures, cutShort]).toEqual([0, {}, null]);
  expect(reloads.map(({ error }) => error)).toEqual([null, null]);
  expect(tally.requests).toBeGreaterThanOrEqual(500);
  expect(tally.requests).toBe(server.requests);
  expect(tally.statuses).toEqual({ 200: tally.requests });
  const { phases } = tally;
  expect(Object.values(phases).reduce((sum, { times }) => sum + times.total, 0)).toBe(tally.requests);
  expect(phases.during.times.total).toBeGreaterThan(0);
});

test("check-reload: a kept connection that is closed with an announcement is opened anew, and is no failure", async () => {
  using server = openServer((socket) => {
    socket.write(LAST);
    socket.end();
  });
  const { tally } = await loadOn(server.port);
  expect(tally.failures).toEqual({});
  expect(server.misdeeds).toBeGreaterThan(10);
});

test.each<[string, FailureKind, Act]>([
  ["closes without a word", "closed", (socket) => void socket.end()],
  [
    "closes in the middle",
    "cut",
    (socket) => {
      socket.write(GOOD.slice(0, -2));
      socket.end();
    },
  ],
  ["says what is no HTTP", "malformed", (socket) => void socket.write("220 smtp ready\r\n\r\n")],
  ["says more than one answer", "malformed", (socket) => void socket.write(`${GOOD}more`)],
  [
    "answers with an error",
    "status",
    (socket) => void socket.write("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"),
  ],
])("check-reload: each time when the server %s is a failure", async (_, kind, act) => {
  using server = openServer(act);
  const { tally } = await loadOn(server.port);
  expect(tally.failures).toEqual({ [kind]: server.misdeeds });
  expect(tally.requests).toBe(server.requests);
  expect(new Set(tally.named.map((failure) => failure.kind))).toEqual(new Set([kind]));
  expect(tally.named.length).toBeGreaterThanOrEqual(3);
});

test("check-reload: a connection that is reset is a failure", async () => {
  // Unread bytes make the kernel send a reset when the socket is closed.
  const child = Bun.spawn([process.execPath, "-e", RESETTING], { stdout: "pipe", stderr: "inherit" });
  try {
    const { value } = await child.stdout.getReader().read();
    const { tally } = await loadOn(Number(new TextDecoder().decode(value)), {}, { requests: 50 });
    expect(tally.failures.reset).toBeGreaterThan(0);
    expect(Object.keys(tally.failures)).toEqual(["reset"]);
  } finally {
    child.kill();
    await child.exited;
  }
});

const RESETTING = `
  const server = require("node:net").createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.resetAndDestroy());
  });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
`;

test("check-reload: where nobody listens, each try is a failure", async () => {
  const gone = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  gone.stop(true);
  const { tally } = await loadOn(gone.port, {}, { requests: 20 });
  expect(Object.keys(tally.failures)).toEqual(["refused"]);
  expect(tally.failures.refused).toBe(tally.requests);
});

test("check-reload: an answer that never comes is a failure when its time is over", async () => {
  using server = openServer(() => {}, 20);
  const { tally } = await loadOn(server.port, {}, { requestTimeoutMs: 30, requests: 100 });
  expect(tally.failures.timeout).toBeGreaterThan(0);
  expect(Object.keys(tally.failures)).toEqual(["timeout"]);
});

test("check-reload: requests under way during a reload are told apart", async () => {
  using server = openServer(answer);
  const { tally } = await loadOn(
    server.port,
    {
      reload: async () => {
        const atStart = server.requests;
        await eventually(() => server.requests >= atStart + 200, "200 requests came meanwhile");
      },
    },
    { times: 1, requests: 1 },
  );
  expect(tally.phases.during.times.total).toBeGreaterThanOrEqual(200);
});

test("check-reload: refused reloads are counted, and three in a row end the run", async () => {
  using server = openServer(answer);
  const told: (string | null)[] = [];
  const { reloads, cutShort } = await loadOn(
    server.port,
    {
      reload: () => Promise.reject(new GwError("command_failed", { what: "no" }, "the app's own text")),
      onReload: ({ error }) => told.push(error),
    },
    { times: 9 },
  );
  expect(told).toEqual(["no", "no", "no"]);
  expect(reloads[0]).toMatchObject({ error: "no", detail: "the app's own text" });
  expect(cutShort).toBe("3 reloads were refused one after the other");
});

test("check-reload: a gw that ends meanwhile ends the run", async () => {
  using server = openServer(answer);
  const { cutShort } = await loadOn(server.port, {
    reload: () => Promise.reject(new GwError("control_lost", { pid: 7 })),
  });
  expect(cutShort).toBe("gw (pid 7) ended before the command was finished");
});

test("check-reload: an interrupted run tells what it has measured, and leaves no connection", async () => {
  let open = 0;
  using listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { open: () => void open++, close: () => void open--, data: (socket) => void socket.write(GOOD) },
  });
  const stop = new AbortController();
  const { tally, cutShort } = await loadOn(listener.port, {
    signal: stop.signal,
    reload: () => {
      stop.abort();
      return new Promise(() => {});
    },
  });
  expect(cutShort).toBe("it was interrupted");
  expect(tally.requests).toBeGreaterThan(0);
  await eventually(() => open === 0, "every connection is closed");
});
