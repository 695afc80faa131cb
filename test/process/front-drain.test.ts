// The life of a front: how it reports, how it leaves, and what clients notice of that.
import { expect, test as once, setDefaultTimeout } from "bun:test";
import { connect as connectTcp } from "node:net";
import { readMessage } from "../../src/link/read-message.ts";
import { valuesOf } from "../support/answer-reader.ts";
import { test } from "../support/both-forms.ts";
import { get, lastAnswer, post, refusalOf, request, untilAnswer, untilAnswers } from "../support/exchange.ts";
import { type FrontProcess, isA, startFront } from "../support/front-process.ts";
import type { RawClient } from "../support/raw-http.ts";
import { OK, okAnswer } from "../support/scripted-worker.ts";

setDefaultTimeout(30_000);

/** A kept-alive connection: the kernel shows a front no connection that has never sent anything. */
async function idleClient(front: FrontProcess): Promise<RawClient> {
  const client = await front.connect();
  await client.send(get("/idle"));
  await untilAnswer(client);
  return client;
}

once("life: hello, step and ready come in this order, and each message is one of the table", async () => {
  await using front = await startFront();
  await front.heard(isA("stats"));
  expect(
    front
      .messages()
      .map(({ type }) => type)
      .slice(0, 3),
  ).toEqual(["hello", "step", "ready"]);
  expect(front.messages().map(readMessage)).toEqual(front.messages());
  expect(await front.heard(isA("hello"))).toMatchObject({ role: "front", pid: front.pid });
});

once("life: a port that is taken is told with its cause", async () => {
  using holder = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  await expect(startFront({ port: holder.port })).rejects.toThrow("port_taken");
});

test("life: a front that has lost its supervisor leaves at once", async (scripted) => {
  using worker = scripted({ answer: okAnswer });
  await using front = await startFront({}, worker.backend());
  using client = await idleClient(front);
  front.hangUp();
  expect(await front.exited).toBe(4);
  await client.untilClosed();
});

test("statistics: what waits, what runs and what was refused is counted by cause", async (scripted) => {
  using worker = scripted({ capacity: 1, slot: 7 });
  await using front = await startFront({ maxQueue: 1 }, worker.backend());
  using running = await front.connect();
  await running.send(get());
  const held = await worker.next();
  using waiting = await front.connect();
  await waiting.send(get());
  await front.untilStats(({ queued }) => queued === 1);
  using refused = await front.connect();
  await refused.send(get());
  await untilAnswer(refused);
  using malformed = await front.connect();
  await malformed.send("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
  await malformed.untilClosed();
  const stats = await front.untilStats(({ errors }) => errors.malformed_request === 1);
  expect(stats).toMatchObject({
    queued: 1,
    active: 2,
    requests: 3,
    errors: { queue_full: 1, malformed_request: 1 },
    workers: [{ slot: 7, pid: 5_000_007, active: 1, requests: 1 }],
  });
  await held.answer(OK);
  await (await worker.next()).answer(OK);
  const after = await front.untilStats(({ active }) => active === 0);
  expect(after.workers).toMatchObject([{ slot: 7, active: 0, requests: 2 }]);
});

test("drain: nothing to do: the front says drained and bye, and exits 0", async (scripted) => {
  using worker = scripted({ answer: okAnswer });
  await using front = await startFront({}, worker.backend());
  using idle = await idleClient(front);
  front.drain();
  expect(await front.exited).toBe(0);
  const types = front.messages().map(({ type }) => type);
  expect(types.slice(types.lastIndexOf("drained"))).toEqual(["drained", "bye"]);
  await idle.untilClosed();
});

test("drain: what runs and what waits is finished, with Connection: close", async (scripted) => {
  using worker = scripted({ capacity: 1 });
  await using front = await startFront({}, worker.backend());
  using kept = await front.connect();
  await kept.send(get("/kept"));
  await (await worker.next()).answer(OK);
  expect(valuesOf(await untilAnswer(kept), "connection")).toEqual([]);
  using running = await front.connect();
  await running.send(get("/running"));
  const held = await worker.next();
  using waiting = await front.connect();
  await waiting.send(post("body"));
  await front.untilStats(({ queued }) => queued === 1);
  front.drain(20_000);
  // An idle connection is ended by the drain, the others by their answers.
  await kept.untilClosed();
  await held.answer(OK);
  await (await (await worker.next()).whole()).answer(OK);
  for (const client of [running, waiting]) {
    const answer = await lastAnswer(client);
    expect([answer.body, valuesOf(answer, "connection")]).toEqual(["ok", ["close"]]);
  }
  expect(await front.exited).toBe(0);
  const last = front.messages().findLast(isA("stats"));
  expect(last?.stats).toMatchObject({ active: 0, queued: 0, requests: 3 });
});

test("drain: what a pause holds is refused at once, and so is what comes later", async (scripted) => {
  using worker = scripted({ answer: okAnswer });
  await using front = await startFront({}, worker.backend());
  front.setPaused(["default"], worker.backend());
  using held = await front.connect();
  await held.send(get("/held"));
  using late = await front.connect();
  await late.send("POST /late HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n1");
  await front.untilStats(({ queued, active }) => queued === 1 && active === 2);
  front.drain(20_000);
  expect((await refusalOf(front, await lastAnswer(held))).cause).toBe("shutting_down");
  await late.send("2");
  expect((await refusalOf(front, await lastAnswer(late))).cause).toBe("shutting_down");
  expect(await front.exited).toBe(0);
  expect(worker.requests).toEqual([]);
});

test("drain: an answer that is being streamed is streamed to its end", async (scripted) => {
  using worker = scripted();
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  await client.send(get());
  const seen = await worker.next();
  await seen.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  await client.until("hello");
  front.drain(20_000);
  await seen.answer("3\r\nbye\r\n0\r\n\r\n");
  expect(await lastAnswer(client)).toMatchObject({ body: "hellobye", isWhole: true });
  expect(await front.exited).toBe(0);
});

test("drain: a slow client gets the rest of a large answer", async (scripted) => {
  using worker = scripted();
  await using front = await startFront({}, worker.backend());
  const size = 8 * 1024 * 1024;
  let received = 0;
  const socket = connectTcp(front.port, "127.0.0.1");
  const ended = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.on("data", (bytes) => {
    received += bytes.length;
  });
  socket.write(get());
  const seen = await worker.next();
  socket.pause();
  await seen.answer(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
  const writing = seen.answer(new Uint8Array(size));
  front.drain(20_000);
  socket.resume();
  await writing;
  await ended;
  expect(received).toBeGreaterThan(size);
  expect(await front.exited).toBe(0);
});

test("drain: what is not finished in time is told so, and the front leaves all the same", async (scripted) => {
  using worker = scripted({ capacity: 1 });
  await using front = await startFront({}, worker.backend());
  using running = await front.connect();
  await running.send(get());
  await worker.next();
  using waiting = await front.connect();
  await waiting.send(get());
  await front.untilStats(({ queued }) => queued === 1);
  front.drain(100);
  const refusals = await Promise.all(
    [running, waiting].map(async (client) => refusalOf(front, await lastAnswer(client))),
  );
  // Only what no worker has had may be tried again by anybody.
  expect(refusals).toMatchObject([
    { status: 504, cause: "worker_stopped" },
    { status: 503, cause: "shutting_down" },
  ]);
  expect(await front.exited).toBe(0);
});

test("drain: pipelined requests behind the present one are not run", async (scripted) => {
  using worker = scripted({ answer: (seen) => (seen.target === "/idle" ? OK : undefined) });
  await using front = await startFront({}, worker.backend());
  using idle = await idleClient(front);
  await worker.next();
  using client = await front.connect();
  await client.send(get("/1") + get("/2"));
  const seen = await worker.next();
  front.drain(20_000);
  await idle.untilClosed();
  await seen.answer(OK);
  expect((await lastAnswer(client)).body).toBe("ok");
  expect(await front.exited).toBe(0);
  expect(worker.requests.map(({ target }) => target)).toEqual(["/idle", "/1"]);
});

once("refusals: the page has the form that the client asks for", async () => {
  await using front = await startFront({ connectTimeoutMs: 1 });
  using client = await front.connect();
  const forms: [accept: string, type: string, start: string][] = [
    ["*/*", "text/plain; charset=utf-8", "503 Service Unavailable\n"],
    ["text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8", "<!doctype html>"],
    ["application/json", "application/json", '{"status":503,'],
  ];
  for (const [accept] of forms) await client.send(get("/", [`Accept: ${accept}`]));
  const answers = await untilAnswers(client, forms.length);
  expect(answers.map((answer) => [valuesOf(answer, "content-type")[0], answer.body.slice(0, 10)])).toEqual(
    forms.map(([, type, start]) => [type, start.slice(0, 10)]),
  );
  for (const answer of answers) {
    expect(answer.body).toContain("no_worker");
    expect(answer.body).toContain(valuesOf(answer, "x-request-id")[0] ?? "no id");
    expect(valuesOf(answer, "cache-control")).toEqual(["no-store"]);
    expect(valuesOf(answer, "date")).toHaveLength(1);
  }
});

test("refusals: ids are unique, and the worker is told the same kind", async (scripted) => {
  using worker = scripted({ answer: okAnswer });
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  for (let i = 0; i < 50; i++) await client.send(get());
  await untilAnswers(client, 50);
  const ids = worker.requests.flatMap(({ visits }) => visits.map((visit) => visit?.id));
  expect(new Set(ids).size).toBe(50);
});

once("refusals: the path is logged without its query, and HEAD gets no page", async () => {
  await using front = await startFront({ connectTimeoutMs: 1 });
  using client = await front.connect();
  await client.send(request("HEAD", "/a?secret=1"));
  const answer = await untilAnswer(client, "HEAD");
  const { log } = await refusalOf(front, answer);
  expect([log.fields?.path, log.fields?.client]).toEqual(["/a", "127.0.0.1"]);
  expect(Number(valuesOf(answer, "content-length")[0])).toBeGreaterThan(0);
});
