// Silence, on either side: who is judged, when, and with which word.
import { expect, setDefaultTimeout } from "bun:test";
import { readAnswers } from "../support/answer-reader.ts";
import { test } from "../support/both-forms.ts";
import { get, lastAnswer, post, refusalOf, request, untilAnswer } from "../support/exchange.ts";
import { startFront } from "../support/front-process.ts";
import { OK, okAnswer } from "../support/scripted-worker.ts";

setDefaultTimeout(30_000);

const SILENCE = { socketTimeoutMs: 300 };
/** For tests in which the timeout must not strike, whatever else the machine does meanwhile. */
const PATIENT = { socketTimeoutMs: 1500 };
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

test("socket-timeout: a worker that never answers: 504, and its connection is closed", async (scripted) => {
  using worker = scripted();
  await using front = await startFront(SILENCE, worker.backend());
  using client = await front.connect();
  const from = performance.now();
  await client.send(get());
  const seen = await worker.next();
  const answer = await untilAnswer(client);
  expect(performance.now() - from).toBeGreaterThanOrEqual(300);
  expect(await refusalOf(front, answer)).toMatchObject({
    status: 504,
    cause: "socket_timeout",
    log: { fields: { worker: 1, method: "GET", path: "/" } },
  });
  await seen.untilLeft();
  // The client did nothing wrong and may go on.
  await client.send(get("/next"));
  await (await worker.next()).answer(OK);
  await client.until(/ok$/);
});

test("socket-timeout: half a head is silence like any other", async (scripted) => {
  using worker = scripted();
  await using front = await startFront(SILENCE, worker.backend());
  using client = await front.connect();
  await client.send(get());
  await (await worker.next()).answer("HTTP/1.1 200 OK\r\nContent-Le");
  expect(await refusalOf(front, await untilAnswer(client))).toMatchObject({ cause: "socket_timeout" });
});

test("socket-timeout: silence in the middle of a body cuts the connection", async (scripted) => {
  using worker = scripted();
  await using front = await startFront(SILENCE, worker.backend());
  using client = await front.connect();
  await client.send(get());
  const seen = await worker.next();
  await seen.answer(`${CHUNKED}5\r\nhello\r\n`);
  const { answers } = readAnswers(await client.untilClosed(), { isClosed: true });
  expect(answers.map(({ body, isWhole }) => [body, isWhole])).toEqual([["hello", false]]);
  const { text, fields } = await front.untilCause("response_incomplete");
  expect([text, fields?.why]).toEqual(["response cut", "socket_timeout"]);
  await seen.untilLeft();
});

test("socket-timeout: a worker that says something in time is not silent, however long it takes in all", async (scripted) => {
  using worker = scripted();
  await using front = await startFront(PATIENT, worker.backend());
  using client = await front.connect();
  await client.send(get());
  const seen = await worker.next();
  const from = performance.now();
  await seen.answer(CHUNKED);
  for (let i = 0; performance.now() - from < 2000; i++) {
    await seen.answer("1\r\nx\r\n");
    await client.until((text) => text.split("1\r\nx\r\n").length > i + 1);
    // biome-ignore lint/plugin: the stimulus itself; a word far within the timeout, again and again
    await Bun.sleep(50);
  }
  await seen.answer("0\r\n\r\n");
  expect((await untilAnswer(client)).isWhole).toBeTrue();
  expect(front.logs()).toEqual([]);
});

test("socket-timeout: a request that is queued is not silent", async (scripted) => {
  using worker = scripted({ capacity: 1, answer: okAnswer });
  await using front = await startFront({ ...PATIENT, connectTimeoutMs: 20_000 });
  using client = await front.connect();
  const from = performance.now();
  await client.send(post("ab"));
  await front.untilStats(({ queued }) => queued === 1 && performance.now() - from > 1800);
  front.setBackends(worker.backend());
  expect((await untilAnswer(client)).body).toBe("ok");
});

test("socket-timeout: an idle connection is not silent", async (scripted) => {
  using worker = scripted({ answer: okAnswer });
  await using front = await startFront(PATIENT, worker.backend());
  using client = await front.connect();
  await client.send(get());
  await untilAnswer(client);
  const from = performance.now();
  await front.untilStats(() => performance.now() - from > 1800);
  await client.send(get());
  await client.until(/ok.*ok$/s);
  expect(worker.accepted).toBe(1);
});

test("slow upload: a small body reaches a worker only when it is whole", async (scripted) => {
  using worker = scripted({ capacity: 1, answer: okAnswer });
  await using front = await startFront({}, worker.backend());
  using slow = await front.connect();
  using quick = await front.connect();
  await slow.send(request("POST", "/slow", ["Content-Length: 10"], "01234"));
  await front.untilStats(({ active }) => active === 1);
  // The only place on the worker is free for others meanwhile.
  await quick.send(get("/quick"));
  expect((await untilAnswer(quick)).body).toBe("ok");
  expect(worker.requests.map(({ target }) => target)).toEqual(["/quick"]);
  await slow.send("56789");
  expect((await untilAnswer(slow)).body).toBe("ok");
  expect(worker.requests[1]?.body).toBe("0123456789");
});

test("slow upload: a small body that stalls: 408, and no worker has seen it", async (scripted) => {
  using worker = scripted({ answer: okAnswer });
  await using front = await startFront(SILENCE, worker.backend());
  using client = await front.connect();
  await client.send(request("POST", "/", ["Content-Length: 10"], "01234"));
  const answer = await lastAnswer(client);
  expect(await refusalOf(front, answer)).toMatchObject({ status: 408, cause: "request_timeout_client" });
  expect(answer.lines).toContain("Connection: close");
  expect(worker.requests).toHaveLength(0);
});

test("slow upload: a streamed body that stalls: 408, and the worker's connection is closed", async (scripted) => {
  using worker = scripted();
  await using front = await startFront(SILENCE, worker.backend());
  using client = await front.connect();
  await client.send(request("POST", "/", ["Transfer-Encoding: chunked"], "5\r\nhello\r\n"));
  const seen = await worker.next();
  const answer = await lastAnswer(client);
  expect(await refusalOf(front, answer)).toMatchObject({ status: 408, cause: "request_timeout_client" });
  await seen.untilLeft();
  expect([seen.body, seen.isComplete]).toEqual(["hello", false]);
});

test("slow upload: an honest slow client completes", async (scripted) => {
  using worker = scripted({ answer: okAnswer });
  await using front = await startFront(PATIENT, worker.backend());
  for (const fields of [["Content-Length: 10"], ["Transfer-Encoding: chunked"]]) {
    using client = await front.connect();
    await client.send(request("POST", "/", fields));
    for (let i = 0; i < 10; i++) {
      // biome-ignore lint/plugin: the stimulus itself; a client that is slow
      await Bun.sleep(200);
      await client.send(fields[0] === "Content-Length: 10" ? `${i}` : `1\r\n${i}\r\n`);
    }
    if (fields[0] !== "Content-Length: 10") await client.send("0\r\n\r\n");
    expect((await untilAnswer(client)).body).toBe("ok");
  }
  expect(worker.requests.map(({ body }) => body)).toEqual(["0123456789", "0123456789"]);
});

test("slow download: a client that stops reading is cut, and the worker's connection with it", async (scripted) => {
  using worker = scripted({ isRecording: false });
  // The worker here makes its frames in this process, which may take a while.
  const pace = {
    body: { timeoutMs: 20_000, maxTimeoutMs: 0, minRate: 500 },
    answer: { timeoutMs: 300, minRate: 500 },
  };
  await using front = await startFront({ socketTimeoutMs: 20_000, pace }, worker.backend());
  using client = await front.connect();
  await client.send(get());
  client.pause();
  const seen = await worker.next();
  void seen.answer(`HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n`);
  void seen.answer(new Uint8Array(50_000_000));
  const { text, fields } = await front.untilCause("client_stalled");
  expect([text, fields?.method]).toEqual(["response cut", "GET"]);
  await seen.untilLeft();
});

test("slow upload: a worker that stops reading is silent: 504", async (scripted) => {
  using worker = scripted({ isRecording: false });
  await using front = await startFront({ ...SILENCE, limitRequestBodyBytes: 1e9 }, worker.backend());
  using client = await front.connect();
  await client.send(request("POST", "/", ["Content-Length: 50000000"]));
  const seen = await worker.next();
  seen.connection.pause();
  // The kernel takes what it can; the rest is never taken.
  const sending = client.send(new Uint8Array(50_000_000)).catch(() => "closed");
  const answer = await lastAnswer(client);
  expect(await refusalOf(front, answer)).toMatchObject({ status: 504, cause: "socket_timeout" });
  await sending;
});
