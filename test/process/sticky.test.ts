// Clients that stay on one worker: a front alone, with workers that do what the test says, and the whole gw.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { io, type Socket } from "socket.io-client";
import { markOf, scoreOf } from "../../src/front/dispatch/sticky.ts";
import { obey, statusOf, textOf, workersOf } from "../support/control.ts";
import { get, untilAnswer } from "../support/exchange.ts";
import { startFront } from "../support/front-process.ts";
import { eventually, type Gw, runGw, startGw } from "../support/gw.ts";
import { OK, okAnswer, ScriptedWorker } from "../support/scripted-worker.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const SOCKET_IO = join(import.meta.dir, "../apps/socket-io.ts");
const BY_USER = { by: "header", name: "x-user", overflow: "wait", salt: 1 } as const;

/** The `n`th of those users whose worker sits in this place, of places 1 and 2. */
function userOf(place: number, n = 0): string {
  const isThere = (user: string) => {
    const mark = markOf(BY_USER, user) as number;
    return scoreOf(mark, place) > scoreOf(mark, 3 - place);
  };
  const users = Array.from({ length: 200 }, (_, at) => `user-${at}`).filter(isThere);
  return users[n] ?? "";
}

const as = (user: string, target = "/") => get(target, [`X-User: ${user}`]);

describe("sticky: a front", () => {
  test("a full worker's clients wait for it, in order, while others' requests pass", async () => {
    using one = new ScriptedWorker({ slot: 1, capacity: 1 });
    using two = new ScriptedWorker({ slot: 2, capacity: 1, answer: okAnswer });
    await using front = await startFront({ sticky: BY_USER }, one.backend(), two.backend());
    const clients = [];
    for (let n = 0; n < 3; n++) {
      const client = await front.connect();
      await client.send(as(userOf(1, n), `/${n}`));
      if (n > 0) await front.untilStats(({ queued }) => queued === n);
      clients.push(client);
    }
    using other = await front.connect();
    await other.send(as(userOf(2)));
    expect((await untilAnswer(other)).body).toBe("ok");
    for (let n = 0; n < 3; n++) {
      const seen = await one.next();
      expect([seen.target, one.requests.length]).toEqual([`/${n}`, n + 1]);
      await seen.answer(OK);
    }
    for (const client of clients) {
      expect((await untilAnswer(client)).body).toBe("ok");
      client.terminate();
    }
    expect(two.requests).toHaveLength(1);
  });

  test("or move to another one, where that was asked for", async () => {
    using one = new ScriptedWorker({ slot: 1, capacity: 1 });
    using two = new ScriptedWorker({ slot: 2, capacity: 1, answer: okAnswer });
    await using front = await startFront(
      { sticky: { ...BY_USER, overflow: "move" } },
      one.backend(),
      two.backend(),
    );
    using running = await front.connect();
    using moved = await front.connect();
    await running.send(as(userOf(1)));
    const held = await one.next();
    await moved.send(as(userOf(1, 1)));
    expect((await untilAnswer(moved)).body).toBe("ok");
    await held.answer(OK);
    await untilAnswer(running);
    await moved.send(as(userOf(1, 1), "/back"));
    expect((await one.next()).target).toBe("/back");
  });

  test("whoever waits for a worker that leaves goes to another one at once", async () => {
    using one = new ScriptedWorker({ slot: 1, capacity: 1 });
    using two = new ScriptedWorker({ slot: 2, capacity: 1, answer: okAnswer });
    await using front = await startFront({ sticky: BY_USER }, one.backend(), two.backend());
    using running = await front.connect();
    using waiting = await front.connect();
    await running.send(as(userOf(1)));
    const held = await one.next();
    await waiting.send(as(userOf(1, 1)));
    await front.untilStats(({ queued }) => queued === 1);
    front.setBackends(one.backend({ accepting: false }), two.backend());
    expect((await untilAnswer(waiting)).body).toBe("ok");
    await held.answer(OK);
    expect((await untilAnswer(running)).body).toBe("ok");
  });

  test("whoever waits too long is told so", async () => {
    using one = new ScriptedWorker({ slot: 1, capacity: 1 });
    using two = new ScriptedWorker({ slot: 2, capacity: 1, answer: okAnswer });
    const given = { sticky: BY_USER, queueTimeoutMs: 100 };
    await using front = await startFront(given, one.backend(), two.backend());
    using running = await front.connect();
    using waiting = await front.connect();
    await running.send(as(userOf(1)));
    await one.next();
    await waiting.send(as(userOf(1, 1)));
    expect((await untilAnswer(waiting)).lines.join()).toContain("queue_timeout");
  });

  test("whoever sends no mark goes to any worker", async () => {
    using one = new ScriptedWorker({ slot: 1, capacity: 1 });
    using two = new ScriptedWorker({ slot: 2, capacity: 1, answer: okAnswer });
    await using front = await startFront({ sticky: BY_USER }, one.backend(), two.backend());
    using running = await front.connect();
    using any = await front.connect();
    await running.send(as(userOf(1)));
    await one.next();
    await any.send(get());
    expect((await untilAnswer(any)).body).toBe("ok");
  });
});

const writePids = (dir: TempDir, name: string) =>
  dir.write(
    "app.ts",
    `const headers = { "Set-Cookie": "own=1" };
     export default {
       fetch(request, server) {
         if (server.upgrade(request)) return;
         return new Response("${name} " + process.pid, { headers });
       },
       websocket: { open: (socket) => socket.send("${name} " + process.pid), message() {} },
     };`,
  );

/** What a new client is told: its cookie, and who answered. */
async function arrive(gw: Gw): Promise<{ cookie: string; who: string }> {
  const answer = await fetch(gw.url);
  const route = answer.headers.getSetCookie().find((one) => one.startsWith("gw_route="));
  return { cookie: route?.split(";")[0] ?? "", who: await answer.text() };
}

const askAs = (gw: Gw, cookie: string) => textOf(gw.url, { headers: { Cookie: cookie } });

describe("sticky: the whole gw", () => {
  test("a client with its cookie stays on its worker, over WebSockets too, and gets one new one at a reload", async () => {
    using dir = makeTempDir();
    const app = writePids(dir, "old");
    await using gw = await startGw([app, "--processes", "3", "--front-ends", "2", "--sticky", "cookie"]);
    const first = await fetch(gw.url);
    expect(first.headers.getSetCookie()).toEqual([
      "own=1",
      expect.stringMatching(/^gw_route=[A-Za-z0-9_-]{22}; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
    const clients = await Promise.all(Array.from({ length: 8 }, () => arrive(gw)));
    expect(new Set(clients.map(({ cookie }) => cookie)).size).toBe(8);
    for (const { cookie, who } of clients) {
      const again = await Promise.all(Array.from({ length: 6 }, () => askAs(gw, cookie)));
      expect(new Set(again)).toEqual(new Set([who]));
    }
    const [{ cookie, who }] = clients as [{ cookie: string; who: string }];
    expect(await overWebSocket(gw, cookie)).toBe(who);
    const known = await fetch(gw.url, { headers: { Cookie: cookie } });
    expect(known.headers.getSetCookie()).toEqual(["own=1"]);
    writePids(dir, "new");
    await obey(gw, "reload");
    for (const { cookie } of clients) {
      const after = new Set(await Promise.all(Array.from({ length: 6 }, () => askAs(gw, cookie))));
      expect([after.size, [...after][0]?.startsWith("new ")]).toEqual([1, true]);
    }
    expect(await obey(gw, "status")).toContain(
      "sticky: by cookie gw_route; clients of a full worker wait for it",
    );
  });

  test("a worker that dies hands its clients on, and nobody else's", async () => {
    using dir = makeTempDir();
    const app = writePids(dir, "pid");
    await using gw = await startGw([app, "--processes", "3", "--sticky", "cookie=route"]);
    const pidOf = async (n: number) => Number((await askAs(gw, `route=client-${n}`)).replace("pid ", ""));
    const before = await Promise.all(Array.from({ length: 12 }, (_, n) => pidOf(n)));
    const victim = before[0] as number;
    process.kill(victim, "SIGKILL");
    await eventually(
      async () =>
        workersOf(await statusOf(gw)).filter(({ pid, state }) => pid !== victim && state === "ready")
          .length === 3,
      "its successor is ready",
    );
    const after = await Promise.all(Array.from({ length: 12 }, (_, n) => pidOf(n)));
    for (const [n, pid] of before.entries()) {
      if (pid !== victim) expect(after[n]).toBe(pid);
      else expect(before).not.toContain(after[n] as number);
    }
  });

  test("in embedded mode there is nobody who could choose, and the words of the option are checked", async () => {
    using dir = makeTempDir();
    const app = writePids(dir, "pid");
    const embedded = await runGw(["check-config", app, "--embedded-mode", "--sticky", "address"]);
    expect([embedded.code, embedded.stderr]).toEqual([78, expect.stringContaining("sticky")]);
    const odd = await runGw(["check-config", app, "--sticky", "cookies"]);
    expect([odd.code, odd.stderr]).toEqual([
      78,
      expect.stringContaining("accepted: cookie, cookie=NAME, address or header=NAME"),
    ]);
  });
});

async function overWebSocket(gw: Gw, cookie: string): Promise<string> {
  const socket = new WebSocket(gw.url.replace("http", "ws"), { headers: { Cookie: cookie } } as never);
  const said = await new Promise<string>((resolve, reject) => {
    socket.onmessage = ({ data }) => resolve(String(data));
    socket.onerror = () => reject(new Error("the WebSocket failed"));
  });
  socket.close();
  return said;
}

test("sticky: socket.io's default client, which polls first, works with two workers and through a reload", async () => {
  await using gw = await startGw([
    SOCKET_IO,
    ...["--processes", "2", "--sticky", "cookie", "--graceful-timeout", "1s", "--stream-drain-timeout", "1s"],
  ]);
  const clients = Array.from({ length: 16 }, () => connect(gw));
  try {
    const pids = await Promise.all(clients.map(({ pid }) => pid));
    expect(new Set(pids).size).toBe(2);
    for (const [n, { socket }] of clients.entries())
      expect(await socket.emitWithAck("echo", "hello")).toBe(`${pids[n]} hello`);
    const renewed = clients.map(({ socket }) => new Promise<number>((go) => socket.once("pid", go)));
    await obey(gw, "reload");
    // The old workers' WebSockets end, and each client comes again by polling.
    for (const pid of await Promise.all(renewed)) expect(pids).not.toContain(pid);
    for (const { socket } of clients) expect(await socket.emitWithAck("echo", "again")).toEndWith(" again");
  } finally {
    for (const { socket } of clients) socket.disconnect();
  }
});

/** `withCredentials` has the client keep cookies, as a browser does. */
function connect(gw: Gw): { socket: Socket; pid: Promise<number> } {
  const socket = io(gw.url, { withCredentials: true, reconnectionDelay: 50, forceNew: true });
  return { socket, pid: new Promise((resolve) => socket.once("pid", resolve)) };
}
