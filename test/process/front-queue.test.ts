// Requests that wait for a worker: in order, bounded in number and time, and never run when nobody waits any more.
import { expect, setDefaultTimeout } from "bun:test";
import { test } from "../support/both-forms.ts";
import { get, post, refusalOf, untilAnswer, untilAnswers } from "../support/exchange.ts";
import { startFront } from "../support/front-process.ts";
import { OK, okAnswer } from "../support/scripted-worker.ts";

setDefaultTimeout(30_000);

test("queue: a worker gets no more at once than it can take, and the others in their order", async (scripted) => {
  using worker = scripted({ capacity: 1 });
  await using front = await startFront({}, worker.backend());
  using first = await front.connect();
  await first.send(get("/0"));
  const held = await worker.next();
  const clients = [];
  // Each is in the queue before the next one is sent.
  for (let i = 1; i <= 3; i++) {
    const client = await front.connect();
    await client.send(get(`/${i}`));
    await front.untilStats(({ queued }) => queued === i);
    clients.push(client);
  }
  expect(worker.requests).toHaveLength(1);
  await held.answer(OK);
  for (let i = 1; i <= 3; i++) {
    const seen = await worker.next();
    expect([seen.target, worker.requests.length]).toEqual([`/${i}`, i + 1]);
    await seen.answer(OK);
  }
  for (const client of clients) {
    expect((await untilAnswer(client)).body).toBe("ok");
    client.terminate();
  }
  expect(worker.accepted).toBe(1);
});

test("queue: the least busy worker is asked first, and of equals the one with fewer requests", async (scripted) => {
  using one = scripted({ slot: 1, capacity: 2 });
  using two = scripted({ slot: 2, capacity: 2 });
  await using front = await startFront({}, one.backend(), two.backend());
  using client = await front.connect();
  using other = await front.connect();
  using third = await front.connect();
  await client.send(get("/a"));
  const a = await one.next();
  await other.send(get("/b"));
  await two.next();
  await a.answer(OK);
  await untilAnswer(client);
  await third.send(get("/c"));
  expect((await one.next()).target).toBe("/c");
});

test("queue: a full queue refuses at once with Retry-After", async (scripted) => {
  using worker = scripted({ capacity: 1 });
  await using front = await startFront({ maxQueue: 1 }, worker.backend());
  using running = await front.connect();
  using waiting = await front.connect();
  using refused = await front.connect();
  await running.send(get("/running"));
  const held = await worker.next();
  await waiting.send(get("/waiting"));
  await front.untilStats(({ queued }) => queued === 1);
  await refused.send(get("/refused"));
  const answer = await untilAnswer(refused);
  expect(await refusalOf(front, answer)).toMatchObject({ status: 503, cause: "queue_full" });
  expect(answer.lines).toContain("Retry-After: 1");
  await held.answer(OK);
  const next = await worker.next();
  expect(next.target).toBe("/waiting");
  await next.answer(OK);
  expect((await untilAnswer(waiting)).body).toBe("ok");
  // The refused client may try again on its connection, and only now is it run.
  await refused.send(get("/again"));
  expect((await worker.next()).target).toBe("/again");
});

test("queue: with the newest first, a full queue sends the oldest away by name, and answers the newest", async (scripted) => {
  using worker = scripted({ capacity: 1 });
  // The oldest counts as late at once.
  await using front = await startFront({ maxQueue: 2, order: { newestFirstMs: 0 } }, worker.backend());
  using running = await front.connect();
  using oldest = await front.connect();
  using older = await front.connect();
  using newest = await front.connect();
  await running.send(get("/running"));
  const held = await worker.next();
  await oldest.send(get("/oldest"));
  await front.untilStats(({ queued }) => queued === 1);
  await older.send(get("/older"));
  await front.untilStats(({ queued }) => queued === 2);
  await newest.send(get("/newest"));
  const answer = await untilAnswer(oldest);
  expect(await refusalOf(front, answer)).toMatchObject({ status: 503, cause: "displaced" });
  expect(answer.lines).toContain("Retry-After: 1");
  await front.untilStats(({ errors }) => errors.displaced === 1);
  await held.answer(OK);
  for (const target of ["/newest", "/older"]) {
    const seen = await worker.next();
    expect(seen.target).toBe(target);
    await seen.answer(OK);
  }
  expect((await untilAnswer(newest)).body).toBe("ok");
});

test("queue: a high priority passes those that wait, and a low one makes way for it", async (scripted) => {
  using worker = scripted({ capacity: 1 });
  const priorities = [
    { path: "/health", priority: "high" as const },
    { path: "/batch/*", priority: "low" as const },
  ];
  await using front = await startFront({ maxQueue: 3, order: { priorities } }, worker.backend());
  using running = await front.connect();
  await running.send(get("/running"));
  const held = await worker.next();
  const clients = new Map<string, Awaited<ReturnType<typeof front.connect>>>();
  for (const [at, target] of ["/batch/1", "/plain", "/batch/2"].entries()) {
    const client = await front.connect();
    clients.set(target, client);
    await client.send(get(target));
    await front.untilStats(({ queued }) => queued === at + 1);
  }
  using health = await front.connect();
  await health.send(get("/health"));
  const answer = await untilAnswer(clients.get("/batch/2") as NonNullable<ReturnType<typeof clients.get>>);
  expect(await refusalOf(front, answer)).toMatchObject({ status: 503, cause: "displaced" });
  await held.answer(OK);
  for (const target of ["/health", "/plain", "/batch/1"]) {
    const seen = await worker.next();
    expect(seen.target).toBe(target);
    await seen.answer(OK);
  }
  for (const client of clients.values()) client.terminate();
});

test("queue: max-queue 0 lets nothing wait", async (scripted) => {
  using worker = scripted({ capacity: 1 });
  await using front = await startFront({ maxQueue: 0 }, worker.backend());
  using running = await front.connect();
  using refused = await front.connect();
  await running.send(get());
  await worker.next();
  await refused.send(get());
  expect(await refusalOf(front, await untilAnswer(refused))).toMatchObject({ cause: "queue_full" });
});

test("queue-timeout: whoever waited too long gets 503 and is never run", async (scripted) => {
  using worker = scripted({ capacity: 1 });
  await using front = await startFront({ queueTimeoutMs: 150 }, worker.backend());
  using running = await front.connect();
  using waiting = await front.connect();
  using later = await front.connect();
  await running.send(get("/running"));
  const held = await worker.next();
  const from = performance.now();
  await waiting.send(get("/waiting"));
  const answer = await untilAnswer(waiting);
  expect(performance.now() - from).toBeGreaterThanOrEqual(150);
  expect(await refusalOf(front, answer)).toMatchObject({ status: 503, cause: "queue_timeout" });
  expect(answer.lines).toContain("Retry-After: 1");
  // What already runs is not judged by the queue's time.
  await held.answer(OK);
  expect((await untilAnswer(running)).body).toBe("ok");
  await later.send(get("/later"));
  expect((await worker.next()).target).toBe("/later");
});

test("queue: a client that left while it waited never reaches the worker", async (scripted) => {
  using worker = scripted({ capacity: 1 });
  await using front = await startFront({}, worker.backend());
  using running = await front.connect();
  await running.send(get("/running"));
  const held = await worker.next();
  for (const bytes of [get("/gone"), post("gone")]) {
    using gone = await front.connect();
    await gone.send(bytes);
    await front.untilStats(({ queued }) => queued === 1);
    gone.terminate();
    await front.untilStats(({ queued, active }) => queued === 0 && active === 1);
  }
  using later = await front.connect();
  await later.send(get("/later"));
  await held.answer(OK);
  expect((await worker.next()).target).toBe("/later");
  expect(front.logs()).toEqual([]);
});

test("queue: pipelined requests of one client wait for each other, not in the queue", async (scripted) => {
  using worker = scripted({ capacity: 10 });
  await using front = await startFront({ maxQueue: 0 }, worker.backend());
  using client = await front.connect();
  await client.send(get("/1") + get("/2") + get("/3"));
  for (const target of ["/1", "/2", "/3"]) {
    const seen = await worker.next();
    expect([seen.target, worker.requests.length]).toEqual([target, Number(target.slice(1))]);
    await seen.answer(OK);
  }
  expect(await untilAnswers(client, 3)).toHaveLength(3);
});

test("queue: a worker that is taken off the list finishes what it has and gets nothing new", async (scripted) => {
  using old = scripted({ slot: 1 });
  using young = scripted({ slot: 2, answer: okAnswer });
  await using front = await startFront({}, old.backend());
  using running = await front.connect();
  using other = await front.connect();
  await running.send(get("/old"));
  const held = await old.next();
  front.setBackends(young.backend());
  await other.send(get("/young"));
  expect((await untilAnswer(other)).body).toBe("ok");
  expect(young.requests).toHaveLength(1);
  await held.answer(OK);
  expect((await untilAnswer(running)).body).toBe("ok");
  // Its connection is not kept for later.
  await held.untilLeft();
});

test("queue: a worker that does not accept gets nothing new and keeps its connections", async (scripted) => {
  using worker = scripted();
  await using front = await startFront({}, worker.backend());
  using running = await front.connect();
  using waiting = await front.connect();
  await running.send(get("/1"));
  const held = await worker.next();
  front.setBackends(worker.backend({ accepting: false }));
  await front.untilStats(() => true);
  await waiting.send(get("/2"));
  await front.untilStats(({ queued }) => queued === 1);
  await held.answer(OK);
  expect((await untilAnswer(running)).body).toBe("ok");
  expect(worker.requests).toHaveLength(1);
  front.setBackends(worker.backend());
  expect((await worker.next()).target).toBe("/2");
  expect(worker.accepted).toBe(1);
});

test("queue: the wait is told to the worker", async (scripted) => {
  using worker = scripted({ capacity: 1 });
  await using front = await startFront({}, worker.backend());
  using running = await front.connect();
  using waiting = await front.connect();
  await running.send(get());
  const held = await worker.next();
  expect(held.visits.map((visit) => [visit?.scheme, visit?.address])).toEqual([["http", "127.0.0.1"]]);
  await waiting.send(get());
  await front.untilStats(({ queued }) => queued === 1);
  // From here on it waits for certain.
  const from = performance.now();
  await front.untilStats(() => performance.now() - from > 50);
  const waited = performance.now() - from;
  await held.answer(OK);
  const [visit] = (await worker.next()).visits;
  expect(visit?.queuedMs).toBeGreaterThanOrEqual(Math.floor(waited) - 1);
  expect(visit?.id).not.toBe(held.visits[0]?.id ?? "");
});
