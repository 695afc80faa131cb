// Request bodies on their way in: limits, 100-continue, answers that come early, and bodies behind other requests.
import { expect, setDefaultTimeout } from "bun:test";
import { readAnswers, valuesOf } from "../support/answer-reader.ts";
import { test } from "../support/both-forms.ts";
import { get, lastAnswer, post, refusalOf, request, untilAnswer, untilAnswers } from "../support/exchange.ts";
import { startFront } from "../support/front-process.ts";
import { OK, okAnswer } from "../support/scripted-worker.ts";

setDefaultTimeout(30_000);

const LIMIT = { limitRequestBodyBytes: 100_000 };
const CHUNKED = ["Transfer-Encoding: chunked"];
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

test("body limit: a length over it is refused before a worker hears of it", async (scripted) => {
  using worker = scripted({ answer: okAnswer });
  await using front = await startFront(LIMIT, worker.backend());
  using client = await front.connect();
  await client.send(request("POST", "/", ["Content-Length: 100001"]));
  const answer = await lastAnswer(client);
  expect(await refusalOf(front, answer)).toMatchObject({ status: 413, cause: "request_body_too_large" });
  expect(worker.accepted).toBe(0);
});

test("body limit: the answer arrives although the client goes on sending", async (scripted) => {
  using worker = scripted({ answer: okAnswer });
  await using front = await startFront(LIMIT, worker.backend());
  using client = await front.connect();
  await client.send(request("POST", "/", ["Content-Length: 20000000"]));
  const sending = client.send(new Uint8Array(20_000_000)).catch(() => "closed");
  const answer = await lastAnswer(client);
  expect(await refusalOf(front, answer)).toMatchObject({ cause: "request_body_too_large" });
  await sending;
});

test("body limit: exactly the limit passes, by length and by chunks", async (scripted) => {
  using worker = scripted({ answer: okAnswer });
  await using front = await startFront(LIMIT, worker.backend());
  using client = await front.connect();
  const body = "x".repeat(100_000);
  await client.send(post(body));
  await client.send(request("POST", "/", CHUNKED, `${chunk(body)}0\r\n\r\n`));
  expect(await untilAnswers(client, 2)).toHaveLength(2);
  expect(worker.requests.map((seen) => seen.body.length)).toEqual([100_000, 100_000]);
});

test("body limit: chunks are counted, and the worker never sees the end", async (scripted) => {
  using worker = scripted({ answer: okAnswer });
  await using front = await startFront(LIMIT, worker.backend());
  using client = await front.connect();
  await client.send(request("POST", "/", CHUNKED, chunk("x".repeat(60_000))));
  const seen = await worker.next();
  await client.send(`${chunk("x".repeat(60_000))}0\r\n\r\n`);
  const answer = await lastAnswer(client);
  expect(await refusalOf(front, answer)).toMatchObject({ status: 413, cause: "request_body_too_large" });
  await seen.untilLeft();
  expect([seen.isComplete, seen.bodyBytes <= 100_000]).toEqual([false, true]);
});

test("body limit: a chunked body over it that comes at once never begins at a worker", async (scripted) => {
  using worker = scripted({ answer: okAnswer });
  await using front = await startFront({ limitRequestBodyBytes: 10 }, worker.backend());
  using client = await front.connect();
  await client.send(request("POST", "/", CHUNKED, `${chunk("01234567890")}0\r\n\r\n`));
  expect(await refusalOf(front, await lastAnswer(client))).toMatchObject({ cause: "request_body_too_large" });
  expect(worker.requests.filter(({ isComplete }) => isComplete)).toEqual([]);
});

test("chunked upload: it is complete at its very last byte, and not before", async (scripted) => {
  using worker = scripted({ answer: okAnswer });
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  await client.send(request("POST", "/", CHUNKED, `${chunk("hello")}0\r\n`));
  const seen = await worker.next();
  await worker.until(() => seen.body === "hello", "the chunk");
  await front.untilStats(({ active }) => active === 1);
  expect(seen.isComplete).toBeFalse();
  await client.send("\r\n");
  expect((await untilAnswer(client)).body).toBe("ok");
});

test("100-continue: it is sent when a worker is found, and only then", async (scripted) => {
  using worker = scripted({ answer: okAnswer });
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  await client.send(request("POST", "/", ["Content-Length: 5", "Expect: 100-Continue"]));
  await client.until("HTTP/1.1 100 Continue\r\n\r\n");
  await client.send("hello");
  const [, answer] = readAnswers(await client.until(/ok$/)).answers;
  expect([answer?.status, worker.requests[0]?.body]).toEqual([200, "hello"]);
});

test("100-continue: a large upload gets no 100 while it is queued", async (scripted) => {
  using worker = scripted({ capacity: 1 });
  await using front = await startFront({}, worker.backend());
  using running = await front.connect();
  await running.send(get());
  const held = await worker.next();
  using client = await front.connect();
  await client.send(request("POST", "/", [...CHUNKED, "Expect: 100-continue"]));
  await front.untilStats(({ queued }) => queued === 1);
  expect(client.text()).toBe("");
  await held.answer(OK);
  await client.until("HTTP/1.1 100 Continue\r\n\r\n");
  await client.send(`${chunk("hello")}0\r\n\r\n`);
  const seen = await (await worker.next()).whole();
  await seen.answer(OK);
  await client.until(/ok$/);
  expect(seen.body).toBe("hello");
});

test("100-continue: a full queue is told instead of 100", async (scripted) => {
  using worker = scripted({ capacity: 1 });
  await using front = await startFront({ maxQueue: 0 }, worker.backend());
  using running = await front.connect();
  await running.send(get());
  await worker.next();
  using client = await front.connect();
  await client.send(request("POST", "/", [...CHUNKED, "Expect: 100-continue"]));
  const answer = await lastAnswer(client);
  expect(await refusalOf(front, answer)).toMatchObject({ status: 503, cause: "queue_full" });
  expect(client.text()).not.toContain("100 Continue");
});

test("early answer: an app that answers before it has read the upload is heard in full", async (scripted) => {
  using worker = scripted({ isRecording: false });
  await using front = await startFront({ limitRequestBodyBytes: 1e9 }, worker.backend());
  using client = await front.connect();
  await client.send(request("POST", "/", ["Content-Length: 30000000"]));
  const seen = await worker.next();
  const sending = client.send(new Uint8Array(30_000_000)).catch(() => "closed");
  await worker.until(() => seen.bodyBytes > 0, "some of the upload");
  seen.connection.pause();
  const body = "no".repeat(100_000);
  await seen.answer(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const answer = await lastAnswer(client);
  expect([answer.status, answer.body === body, valuesOf(answer, "connection")]).toEqual([
    403,
    true,
    ["close"],
  ]);
  await sending;
  seen.connection.resume();
  await seen.untilLeft();
  expect(seen.isComplete).toBeFalse();
  expect(front.logs()).toEqual([]);
});

test("early answer: nothing of the unread upload is taken for a request", async (scripted) => {
  using worker = scripted({ capacity: 1 });
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  await client.send(request("POST", "/upload", ["Content-Length: 100000"]));
  await (await worker.next()).answer(OK);
  await untilAnswer(client);
  await client.send(get("/evil").padEnd(100_000, "x") + get("/evil")).catch(() => "closed");
  await client.untilClosed();
  using other = await front.connect();
  await other.send(get("/other"));
  expect((await worker.next()).target).toBe("/other");
});

test("pipelining: the body of a request that waits behind another one is kept whole", async (scripted) => {
  using worker = scripted();
  await using front = await startFront({}, worker.backend());
  const body = "0123456789".repeat(300_000);
  for (const upload of [post(body), request("POST", "/", CHUNKED, `${chunk(body)}0\r\n\r\n`)]) {
    using client = await front.connect();
    await client.send(get("/first"));
    const first = await worker.next();
    const sending = client.send(upload + get("/last"));
    // The upload arrives while the first answer is still to come.
    await front.untilStats(() => true);
    await first.answer(OK);
    const second = await (await worker.next()).whole();
    expect(second.body === body).toBeTrue();
    await second.answer(OK);
    const last = await worker.next();
    expect(last.target).toBe("/last");
    await last.answer(OK);
    await sending;
    expect((await untilAnswers(client, 3)).map(({ body: text }) => text)).toEqual(["ok", "ok", "ok"]);
  }
});

test("pipelining: an upload that waits behind another request is not read into memory", async (scripted) => {
  using worker = scripted({ isRecording: false });
  await using front = await startFront({ limitRequestBodyBytes: 1e9 }, worker.backend());
  using client = await front.connect();
  await client.send(get("/first"));
  const first = await worker.next();
  const before = front.rssBytes();
  const size = 100_000_000;
  const sending = client
    .send(request("POST", "/", [`Content-Length: ${size}`]))
    .then(() => client.send(new Uint8Array(size)));
  await front.untilStats(() => true);
  await front.untilStats(() => true);
  expect(front.rssBytes() - before).toBeLessThan(16 * 1024 * 1024);
  await first.answer(OK);
  const second = await (await worker.next()).whole();
  expect(second.bodyBytes).toBe(size);
  await second.answer(OK);
  await sending;
});

test("client gone: an upload that is broken off never looks complete", async (scripted) => {
  using worker = scripted({ answer: okAnswer });
  await using front = await startFront({}, worker.backend());
  for (const fields of [["Content-Length: 100000"], CHUNKED]) {
    const client = await front.connect();
    await client.send(request("POST", "/", fields, fields === CHUNKED ? chunk("hello") : "hello"));
    const seen = await worker.next();
    await worker.until(() => seen.body === "hello", "the first piece");
    client.terminate();
    await seen.untilLeft();
    expect(seen.isComplete).toBeFalse();
  }
  await front.untilStats(({ active }) => active === 0);
  expect(front.logs()).toEqual([]);
});
