import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { call } from "../../src/control/client.ts";
import type { ControlRequest } from "../../src/control/commands.ts";
import { pongOf } from "../../src/control/status.ts";
import { systemClock } from "../../src/core/clock.ts";
import { GwError } from "../../src/core/errors.ts";
import { openTestServer, RELOADED, STATUS, UPGRADED } from "../support/control-server.ts";
import { eventually } from "../support/gw.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const failureOf = async (answer: Promise<unknown>): Promise<GwError> => {
  const error = await answer.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (error instanceof GwError) return error;
  throw new Error(`no error of ours: ${error}`);
};

/** A plain client that says `text` and hears everything. */
async function converse(path: string, text: string): Promise<string> {
  const heard = Promise.withResolvers<string>();
  let all = "";
  await Bun.connect({
    unix: path,
    socket: {
      open: (socket) => void socket.write(text),
      data: (_, bytes) => {
        all += new TextDecoder().decode(bytes);
      },
      close: () => heard.resolve(all),
    },
  });
  return heard.promise;
}

test("control: the socket is there for its owner alone, and nothing else is left in the server root", async () => {
  await using server = openTestServer();
  expect((statSync(server.path).mode & 0o777).toString(8)).toBe("600");
  expect(readdirSync(server.serverRoot)).toEqual(["control.sock"]);
});

test("control: a socket that a dead gw left behind is replaced", async () => {
  using root = makeTempDir();
  root.write("control.sock", "");
  await using server = openTestServer({}, root.path);
  expect((await server.ask({ command: "ping", arguments: {} })).result).toEqual(pongOf(STATUS));
});

test("control: a socket that somebody removed or replaced is known to be hidden, and can be made again", async () => {
  await using server = openTestServer();
  expect(server.server.isHidden).toBe(false);
  const heard: unknown[] = [];
  server.tail.keep("first");
  const following = server.ask({ command: "logs", arguments: { follow: true } }, (line) => heard.push(line));
  await eventually(() => heard.length === 1, "somebody follows the log");
  for (const spoil of [() => rmSync(server.path), () => writeFileSync(`${server.path}.new`, "")]) {
    spoil();
    if (existsSync(`${server.path}.new`)) renameSync(`${server.path}.new`, server.path);
    expect(server.server.isHidden).toBe(true);
    server.server.reopen();
    expect(server.server.isHidden).toBe(false);
    expect((statSync(server.path).mode & 0o777).toString(8)).toBe("600");
    expect((await server.ask({ command: "ping", arguments: {} })).result).toEqual(pongOf(STATUS));
  }
  expect(readdirSync(server.serverRoot)).toEqual(["control.sock"]);
  // Who has asked before is answered to the end.
  server.tail.keep("last");
  await eventually(() => heard.length === 2, "the new line is heard");
  await server.server.close();
  await following;
});

test("control: what has taken the socket's name meanwhile is not removed at the end", async () => {
  using root = makeTempDir();
  const { server } = openTestServer({}, root.path);
  rmSync(join(root.path, "control.sock"));
  root.write("control.sock", "another gw's");
  await server.close();
  expect(readFileSync(join(root.path, "control.sock"), "utf8")).toBe("another gw's");
});

test("control: status answers with all of it, and with the pid of who answers", async () => {
  await using server = openTestServer();
  const { pid, result } = await server.ask({ command: "status", arguments: {} });
  expect(pid).toBe(4711);
  expect(result).toEqual(STATUS);
});

test("control: a plain client that ends its side behind the question is answered", async () => {
  await using server = openTestServer();
  const child = Bun.spawn(
    [
      process.execPath,
      "-e",
      `
      const net = require("node:net");
      const socket = net.connect({ path: process.argv[1], allowHalfOpen: true });
      socket.end('{"command":"ping"}\\n');
      socket.pipe(process.stdout);
    `,
      server.path,
    ],
    { stdout: "pipe", env: { ...process.env, BUN_BE_BUN: "1" } },
  );
  const lines = (await new Response(child.stdout).text()).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).type)).toEqual(["accepted", "done"]);
});

test("control: bad input is answered with what is wrong with it", async () => {
  await using server = openTestServer();
  const reply = JSON.parse(await converse(server.path, '{"command":"reastrt"}\n'));
  expect(reply).toMatchObject({
    type: "error",
    cause: "usage",
    message: 'There is no control command "reastrt"; the nearest is "restart"',
  });
});

test("control: logs gives the last lines and ends; followed, it goes on until gw ends", async () => {
  await using server = openTestServer();
  server.tail.keep("one");
  const last: unknown[] = [];
  await server.ask({ command: "logs", arguments: {} }, (item) => last.push(item));
  expect(last).toEqual(["one"]);
  const all: unknown[] = [];
  const following = server.ask({ command: "logs", arguments: { follow: true } }, (item) => {
    all.push(item);
    if (item === "one") server.tail.keep("two");
  });
  await eventually(() => all.length === 2, "two lines came");
  await server.server.close();
  await following;
  expect(all).toEqual(["one", "two"]);
});

test("control: restart tells of each worker, then of the end", async () => {
  await using server = openTestServer({
    async restart(worker, onReplaced) {
      onReplaced({ worker: worker ?? 1, oldPid: 5, pid: 6 });
      return { restarted: 1 };
    },
  });
  const items: unknown[] = [];
  const { result } = await server.ask({ command: "restart", arguments: { worker: 3 } }, (item) =>
    items.push(item),
  );
  expect(items).toEqual([{ worker: 3, oldPid: 5, pid: 6 }]);
  expect(result).toEqual({ restarted: 1 });
});

test.each<[ControlRequest, string, object]>([
  [{ command: "reload", arguments: {} }, "reload", RELOADED],
  [{ command: "reload", arguments: { wait: true } }, "reload and wait", RELOADED],
  [{ command: "reload", arguments: { percent: 5, watch: 1000 } }, "reload with 5 %", RELOADED],
  [{ command: "rollback", arguments: { wait: true } }, "rollback and wait", RELOADED],
  [{ command: "upgrade", arguments: { file: "/gw" } }, "upgrade /gw", UPGRADED],
  [{ command: "restart", arguments: { front: true } }, "restart the fronts", RELOADED],
  [
    { command: "scale", arguments: { group: "api", count: 4 } },
    "scale api to 4",
    { group: "api", from: 1, to: 4 },
  ],
  [
    { command: "drain", arguments: { worker: 3 } },
    "drain 3",
    { worker: 3, pid: 5, cut: { requests: 0, tunnels: 0 } },
  ],
  [
    { command: "stack", arguments: { worker: 3 } },
    "stack 3",
    { worker: 3, pid: 5, frames: ["fetch (/app.ts:1:2)"] },
  ],
  [
    { command: "profile", arguments: { worker: 3, for: 7 } },
    "profile 3 for 7",
    { worker: 3, pid: 5, path: "/a", bytes: 9 },
  ],
  [{ command: "heap", arguments: { worker: 3 } }, "heap 3", { worker: 3, pid: 5, path: "/a", bytes: 9 }],
  [{ command: "pause", arguments: {} }, "pause undefined for 60000", { groups: ["default"], until: {} }],
  [
    { command: "pause", arguments: { group: "api", for: 7 } },
    "pause api for 7",
    { groups: ["api"], until: {} },
  ],
  [{ command: "resume", arguments: { group: "api" } }, "resume api", { groups: ["api"], ranOut: {} }],
])(
  "control: %j is asked of the supervisor, and answered with what it did",
  async (request, asked, result) => {
    await using server = openTestServer();
    expect((await server.ask(request)).result).toEqual(result as never);
    expect(server.asked).toEqual([asked]);
  },
);

test("control: a refused reload comes with the app's own text", async () => {
  const facts = { generation: 3, serving: 2, reason: "it did not load" };
  await using server = openTestServer({
    reload: () => Promise.reject(new GwError("reload_refused", facts, "SyntaxError\n  at app.ts:1")),
  });
  const error = await failureOf(server.ask({ command: "reload", arguments: {} }));
  expect([error.cause_, error.message, error.detail, error.row.exit]).toEqual([
    "reload_refused",
    "Generation 3 did not come up, and generation 2 serves on: it did not load",
    "SyntaxError\n  at app.ts:1",
    1,
  ]);
});

test("control: an error that nobody foresaw is answered as ours", async () => {
  await using server = openTestServer({
    rollback: () => Promise.reject(new TypeError("x is not a function")),
  });
  const error = await failureOf(server.ask({ command: "rollback", arguments: {} }));
  expect([error.cause_, error.message]).toEqual(["bug", "gw made a mistake: x is not a function"]);
});

test.each(["status", "ping", "metrics", "log-level"] as const)(
  "control: an error that nobody foresaw in what is answered at once is answered as ours (%s)",
  async (command) => {
    const broken = () => {
      throw new TypeError("boom");
    };
    await using server = openTestServer({ status: broken, metrics: broken, setLogLevel: broken });
    const error = await failureOf(server.ask({ command, arguments: {} }));
    expect([error.cause_, error.facts]).toEqual(["bug", { what: "boom" }]);
  },
);

test("control: a client that leaves does not stop the reload that it began", async () => {
  const begun = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<void>();
  let isDone = false;
  await using server = openTestServer({
    async reload() {
      begun.resolve();
      await mayEnd.promise;
      isDone = true;
      return RELOADED;
    },
  });
  const gone = await Bun.connect({
    unix: server.path,
    socket: { data() {}, open: (s) => void s.write('{"command":"reload"}\n') },
  });
  await begun.promise;
  gone.terminate();
  mayEnd.resolve();
  await eventually(() => isDone, "the reload is done");
  expect((await server.ask({ command: "ping", arguments: {} })).pid).toBe(4711);
});

test("control: what the supervisor refuses comes as its error, with the app's own text", async () => {
  await using server = openTestServer({
    restart: () => Promise.reject(new GwError("command_failed", { what: "no" }, "app.ts:1:1")),
  });
  const error = await failureOf(server.ask({ command: "restart", arguments: {} }));
  expect([error.cause_, error.message, error.detail]).toEqual(["command_failed", "no", "app.ts:1:1"]);
});

test("control: who asked for the stop hears of it when the rest has ended, and others that gw has stopped", async () => {
  await using server = openTestServer({ restart: () => new Promise(() => {}) });
  const stopping = server.ask({ command: "stop", arguments: { now: true } });
  const restarting = failureOf(server.ask({ command: "restart", arguments: {} }));
  await eventually(() => server.asked.length > 0, "the supervisor was asked");
  expect(server.asked).toEqual(["stop at once"]);
  let isTold = false;
  void stopping.then(() => {
    isTold = true;
  });
  await server.ask({ command: "ping", arguments: {} });
  expect(isTold).toBe(false);
  await server.server.close();
  expect((await stopping).result).toEqual({ cut: 0 });
  expect((await restarting).message).toBe("gw has stopped meanwhile");
  expect(existsSync(server.path)).toBe(false);
});

test("control: many clients that stay are refused beyond a number, and let in again when some go", async () => {
  await using server = openTestServer({ restart: () => new Promise(() => {}) });
  const sockets = await Promise.all(
    Array.from({ length: 32 }, () =>
      Bun.connect({
        unix: server.path,
        socket: { data() {}, open: (s) => void s.write('{"command":"restart"}\n') },
      }),
    ),
  );
  const refused = await failureOf(server.ask({ command: "ping", arguments: {} }));
  expect(refused.message).toBe("32 other commands are under way");
  sockets[0]?.end();
  await eventually(
    () =>
      server.ask({ command: "ping", arguments: {} }).then(
        () => true,
        () => false,
      ),
    "there is a place again",
  );
  for (const socket of sockets) socket.end();
});

test("control: a client that leaves is no harm to the others", async () => {
  await using server = openTestServer();
  const gone = await Bun.connect({
    unix: server.path,
    socket: { data() {}, open: (s) => void s.write('{"command":"logs","arguments":{"follow":true}}\n') },
  });
  gone.terminate();
  server.tail.keep("a line");
  expect((await server.ask({ command: "ping", arguments: {} })).pid).toBe(4711);
});

test("control: a client that never reads does not make the server grow", async () => {
  await using server = openTestServer();
  const deaf = await Bun.connect({
    unix: server.path,
    socket: {
      data() {},
      open: (s) => {
        s.write('{"command":"logs","arguments":{"follow":true}}\n');
        s.pause();
      },
    },
  });
  await server.ask({ command: "ping", arguments: {} });
  const line = "x".repeat(10_000);
  const before = process.memoryUsage.rss();
  for (let i = 0; i < 20_000; i++) server.tail.keep(line);
  expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1024 * 1024);
  deaf.terminate();
});

test("control: a server root where no socket can be made is named", () => {
  expect(() => openTestServer({}, "/nonexistent/place")).toThrow(
    /The server root \/nonexistent\/place cannot be used/,
  );
});

test.each([
  ["there is no socket", "gone.sock", /there is no control socket/],
  ["the place is a file", "file", /nobody listens there/],
])("client: says so when %s", async (_, name, reason) => {
  using dir = makeTempDir();
  dir.write("file", "");
  const request = { command: "ping", arguments: {} } as const;
  const error = await failureOf(
    call({ path: `${dir.path}/${name}`, request, clock: systemClock, answerWithinMs: 5_000 }),
  );
  expect(error.message).toMatch(reason);
  expect(error.row.exit).toBe(69);
});

test("client: says so when it is not gw that answers, or nobody does in time, or the connection is cut", async () => {
  using dir = makeTempDir();
  const path = `${dir.path}/s`;
  const request = { command: "ping", arguments: {} } as const;
  const askWith = (open: (socket: Bun.Socket) => void, answerWithinMs = 5_000) => {
    const listener = Bun.listen({ unix: path, socket: { data: open } });
    return failureOf(call({ path, request, clock: systemClock, answerWithinMs })).finally(() =>
      listener.stop(true),
    );
  };
  const replies = (text: string, ends = false) =>
    askWith((socket) => {
      socket.write(text);
      if (ends) socket.end();
    });
  expect((await replies("220 smtp ready\n")).message).toMatch(/what answered is not gw/);
  expect((await replies("", true)).message).toMatch(/it closed the connection without a word/);
  expect((await replies('{"type":"accepted","version":"1","pid":7}\n', true)).cause_).toBe("control_lost");
  expect((await askWith(() => {}, 20)).message).toMatch(/it did not answer within 0.02 s/);
});
