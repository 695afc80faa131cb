// Several groups behind one front: whose request it is, and that each group has its own queue, limits and pauses.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readMessage } from "../../src/link/read-message.ts";
import { valuesOf } from "../support/answer-reader.ts";
import { get, post, refusalOf, request, untilAnswer, untilAnswers } from "../support/exchange.ts";
import { anyHost, type FrontProcess, isA, SETTINGS, startFront } from "../support/front-process.ts";
import { OK, okAnswer, ScriptedWorker } from "../support/scripted-worker.ts";

setDefaultTimeout(30_000);

const SWITCH = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const UPGRADE = get("/socket", ["Connection: Upgrade", "Upgrade: websocket"]);

/** One request on a connection of its own. */
async function ask(front: FrontProcess, bytes: string) {
  using client = await front.connect();
  await client.send(bytes);
  return await untilAnswer(client);
}

test("groups: the host and the path choose, and the worker gets the path without the mount", async () => {
  using main = new ScriptedWorker({ slot: 1, answer: okAnswer });
  using api = new ScriptedWorker({ slot: 2, answer: okAnswer });
  await using front = await startFront(
    { groups: [anyHost("main"), anyHost("api", SETTINGS, "/api")] },
    main.backend({ group: "main" }),
    api.backend({ group: "api" }),
  );
  for (const target of ["/a?b=%20", "/api", "/api?c", "/api/d%2Fe?f", "/%61pi//g", "/apix"])
    expect((await ask(front, get(target))).body).toBe("ok");
  expect(main.requests.map(({ target }) => target)).toEqual(["/a?b=%20", "/apix"]);
  expect(api.requests.map(({ target }) => target)).toEqual(["/", "/?c", "/d%2Fe?f", "//g"]);
});

test("groups: an app below a mount is told so by gw alone, one at the top by whoever says so", async () => {
  using main = new ScriptedWorker({ slot: 1, answer: okAnswer });
  using api = new ScriptedWorker({ slot: 2, answer: okAnswer });
  await using front = await startFront(
    { groups: [anyHost("main"), { ...anyHost("api", SETTINGS, "/api"), stripMount: false }] },
    main.backend({ group: "main" }),
    api.backend({ group: "api" }),
  );
  const claims = ["X-Forwarded-Prefix: /evil", "x_forwarded_prefix: /evil"];
  await ask(front, get("/api/a", [...claims, "Connection: x-forwarded-prefix"]));
  await ask(front, get("/a", claims));
  expect(api.requests[0]?.lines).toEqual(["GET /api/a HTTP/1.1", "Host: a", "X-Forwarded-Prefix: /api"]);
  expect(main.requests[0]?.lines).toEqual(["GET /a HTTP/1.1", "Host: a", ...claims]);
});

test("groups: a host that nobody names, a path that nobody serves and a path of two readings are refused", async () => {
  using worker = new ScriptedWorker({ answer: okAnswer });
  const groups = [
    { ...anyHost("shop", SETTINGS, "/shop"), hosts: ["a", "*.shop.example"] },
    { ...anyHost("admin", SETTINGS, "/shop/admin"), hosts: ["a"] },
  ];
  await using front = await startFront({ groups }, worker.backend({ group: "shop" }));
  const hosted = (host: string) => `GET /shop/x HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  for (const [bytes, status, cause] of [
    [hosted("b"), 421, "unknown_host"],
    [hosted("shop.example"), 421, "unknown_host"],
    [get("/"), 404, "not_mounted"],
    [get("/shop/x/..%2fadmin/y"), 400, "malformed_request"],
  ] as const) {
    using client = await front.connect();
    await client.send(bytes);
    expect(await refusalOf(front, await untilAnswer(client))).toMatchObject({ status, cause });
  }
  expect(worker.requests).toEqual([]);
  expect((await ask(front, hosted("B.Shop.EXAMPLE.:80"))).status).toBe(200);
});

test("groups: a route has another group run a part of the app, within that group's limits", async () => {
  using main = new ScriptedWorker({ slot: 1, answer: okAnswer });
  using slow = new ScriptedWorker({ slot: 2, answer: okAnswer });
  const groups = [
    {
      ...anyHost("main", { ...SETTINGS, limitRequestBodyBytes: 4 }, "/app"),
      routes: [{ pattern: "/reports/*", group: "slow" }],
    },
    { name: "slow", stripMount: true, hosts: [], routes: [], settings: SETTINGS },
  ];
  await using front = await startFront(
    { groups },
    main.backend({ group: "main" }),
    slow.backend({ group: "slow" }),
  );
  const send = (target: string) => ask(front, request("POST", target, ["Content-Length: 5"], "12345"));
  expect((await send("/app/reports/a")).body).toBe("ok");
  expect(slow.requests[0]?.lines.slice(0, 3)).toEqual([
    "POST /reports/a HTTP/1.1",
    "Host: a",
    "X-Forwarded-Prefix: /app",
  ]);
  using client = await front.connect();
  await client.send(request("POST", "/app/report", ["Content-Length: 5"], "12345"));
  const { status, log } = await refusalOf(front, await untilAnswer(client));
  expect([status, log.fields?.group, log.fields?.path]).toEqual([413, "main", "/app/report"]);
});

test("groups: a full queue of one is no matter to another, and each is told in the statistics", async () => {
  using main = new ScriptedWorker({ slot: 1, capacity: 1 });
  using api = new ScriptedWorker({ slot: 2, answer: okAnswer });
  const groups = [anyHost("main", { ...SETTINGS, maxQueue: 1 }), anyHost("api", SETTINGS, "/api")];
  await using front = await startFront(
    { groups },
    main.backend({ group: "main" }),
    api.backend({ group: "api" }),
    api.backend({ group: "nobody's", socket: "/nowhere" }),
  );
  using clients = new DisposableStack();
  for (let i = 0; i < 2; i++) await clients.use(await front.connect()).send(get());
  const stats = await front.untilStats(({ queued }) => queued === 1);
  expect(stats.groups).toEqual([
    { name: "main", queued: 1, busy: expect.any(Number), oldestMs: expect.any(Number) },
    { name: "api", queued: 0, busy: 0, oldestMs: 0 },
  ]);
  // An average of ten seconds: below 1 as long as the time before the request counts.
  expect(stats.groups[0]?.busy).toBeWithin(Number.EPSILON, 1 + Number.EPSILON);
  expect(stats.workers.map(({ slot, active }) => [slot, active])).toEqual([
    [1, 1],
    [2, 0],
  ]);
  expect(valuesOf(await ask(front, get()), "proxy-status").join()).toContain("queue_full");
  expect((await ask(front, get("/api"))).body).toBe("ok");
  expect(front.logs().map(({ text, fields }) => [text, fields?.group])).toContainEqual([
    "worker of an unknown group",
    "nobody's",
  ]);
});

test("pause: requests wait in their order, also without any worker, and go on with it", async () => {
  using worker = new ScriptedWorker({ capacity: 1, answer: okAnswer });
  using other = new ScriptedWorker({ slot: 2, answer: okAnswer });
  const groups = [
    anyHost("main", { ...SETTINGS, connectTimeoutMs: 1, maxQueue: 3 }),
    anyHost("api", SETTINGS, "/api"),
  ];
  await using front = await startFront({ groups });
  const [main, api] = [worker.backend({ group: "main" }), other.backend({ group: "api" })];
  front.setPaused(["main"], api);
  using clients = new DisposableStack();
  const waiting = [];
  for (const target of ["/1", "/2", "/3"]) {
    const client = clients.use(await front.connect());
    await client.send(target === "/2" ? post("body").replace("/", target) : get(target));
    waiting.push(client);
    await front.untilStats(({ queued }) => queued === waiting.length);
  }
  front.setPaused(["main"], main, api);
  expect((await ask(front, get("/api"))).body).toBe("ok");
  expect((await ask(front, get("/4"))).status).toBe(503);
  expect(worker.requests).toEqual([]);
  front.setPaused([], main, api);
  for (const client of waiting) expect((await untilAnswer(client)).body).toBe("ok");
  expect(worker.requests.map(({ target }) => target)).toEqual(["/1", "/2", "/3"]);
});

test("pause: who waits too long is told the pause", async () => {
  using worker = new ScriptedWorker({ answer: okAnswer });
  await using front = await startFront({ queueTimeoutMs: 50 });
  front.setPaused(["default"], worker.backend());
  using client = await front.connect();
  await client.send(get());
  const answer = await untilAnswer(client);
  expect(await refusalOf(front, answer)).toMatchObject({ status: 503, cause: "paused" });
  expect(valuesOf(answer, "retry-after")).toHaveLength(1);
});

test("pressure: it is told at once without a worker, and when requests wait for a busy one", async () => {
  using worker = new ScriptedWorker({ capacity: 1 });
  await using front = await startFront({ scaleUpWaitMs: 500 });
  using first = await front.connect();
  await first.send(get("/1"));
  const told = await front.heard(isA("pressure"));
  expect(readMessage(told)).toEqual(told);
  expect(told.group).toBe("default");
  // Not only after the time that requests wait for busy workers.
  expect(told.waitedMs).toBeLessThan(500);
  front.setBackends(worker.backend());
  const held = await worker.next();
  using second = await front.connect();
  await second.send(get("/2"));
  const again = await front.heard(
    (message): message is typeof told => message.type === "pressure" && message !== told,
  );
  expect(again.waitedMs).toBeGreaterThanOrEqual(500);
  expect([told.newest, again.newest]).toEqual([undefined, worker.backend().socket]);
  await held.answer(OK);
  await (await worker.next()).answer(OK);
  expect((await untilAnswer(second)).body).toBe("ok");
});

test("condemned workers: answers that have begun and WebSockets are spared where that is asked for", async () => {
  using worker = new ScriptedWorker();
  await using front = await startFront({}, worker.backend());
  using streaming = await front.connect();
  await streaming.send(get("/stream"));
  const stream = await worker.next();
  await stream.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  await streaming.until("hello");
  using tunnel = await front.connect();
  await tunnel.send(UPGRADE);
  const switched = await worker.next();
  await switched.answer(SWITCH);
  await tunnel.until("101");
  using unanswered = await front.connect();
  await unanswered.send(get("/hangs"));
  await worker.next();
  const stats = await front.untilStats(({ workers }) => workers[0]?.tunnels === 1);
  expect(stats.workers).toMatchObject([{ active: 2, streams: 1, tunnels: 1 }]);

  front.condemn(worker.path, "deadlock_timeout", { sparesStreams: true });
  expect(await refusalOf(front, await untilAnswer(unanswered))).toMatchObject({ cause: "deadlock_timeout" });
  await stream.answer("3\r\nbye\r\n0\r\n\r\n");
  expect((await untilAnswers(streaming))[0]?.body).toBe("hellobye");
  await switched.answer("still here");
  await tunnel.until("still here");
  front.condemn(worker.path, "deadlock_timeout");
  await tunnel.untilClosed();
});
