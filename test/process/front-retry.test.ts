// A worker that is lost: which requests may go to another one, and that none runs twice behind anyone's back.
import { expect, test as once, setDefaultTimeout } from "bun:test";
import { rmSync } from "node:fs";
import { readAnswers } from "../support/answer-reader.ts";
import { type MakeWorker, overHttp1, test } from "../support/both-forms.ts";
import { get, post, refusalOf, request, untilAnswer } from "../support/exchange.ts";
import { startFront } from "../support/front-process.ts";
import { OK, okAnswer } from "../support/scripted-worker.ts";

setDefaultTimeout(30_000);

type Policy = "unsent" | "idempotent" | "never";

/** A worker that dies as soon as it has the whole request, and one that answers. The first is asked first. */
function pair(scripted: MakeWorker) {
  const doomed = scripted({ slot: 1 });
  const healthy = scripted({ slot: 2, answer: okAnswer });
  return {
    doomed,
    healthy,
    backends: [doomed.backend(), healthy.backend()],
    [Symbol.dispose]() {
      doomed[Symbol.dispose]();
      healthy[Symbol.dispose]();
    },
  };
}

const READ_THEN_DEAD: { what: string; bytes: string; retried: Policy[] }[] = [
  { what: "GET", bytes: get(), retried: ["idempotent"] },
  { what: "HEAD", bytes: request("HEAD", "/"), retried: ["idempotent"] },
  { what: "OPTIONS", bytes: request("OPTIONS", "/"), retried: ["idempotent"] },
  { what: "TRACE", bytes: request("TRACE", "/"), retried: ["idempotent"] },
  { what: "GET with a body", bytes: request("GET", "/", ["Content-Length: 2"], "ab"), retried: [] },
  { what: "POST", bytes: post("ab"), retried: [] },
  { what: "POST without a body", bytes: request("POST", "/"), retried: [] },
  { what: "PUT", bytes: request("PUT", "/", ["Content-Length: 2"], "ab"), retried: [] },
  { what: "DELETE", bytes: request("DELETE", "/"), retried: [] },
];

for (const policy of ["unsent", "idempotent", "never"] as const) {
  for (const { what, bytes, retried } of READ_THEN_DEAD) {
    const isRetried = retried.includes(policy);
    test(`retry ${policy}: ${what} whose worker died after reading it ${isRetried ? "goes to another" : "gets 502"}`, async (scripted) => {
      using workers = pair(scripted);
      await using front = await startFront({ retryRequests: policy }, ...workers.backends);
      using client = await front.connect();
      await client.send(bytes);
      const seen = await (await workers.doomed.next()).whole();
      seen.connection.reset();
      const answer = await untilAnswer(client, seen.method);
      expect(answer.status).toBe(isRetried ? 200 : 502);
      if (!isRetried) {
        expect(await refusalOf(front, answer)).toMatchObject({
          cause: "worker_died",
          log: { fields: { worker: 1 } },
        });
      }
      expect(workers.doomed.requests).toHaveLength(1);
      expect(workers.healthy.requests).toHaveLength(isRetried ? 1 : 0);
    });
  }
}

test("retry idempotent: a request that killed two workers is not tried a third time", async (scripted) => {
  using first = scripted({ slot: 1 });
  using second = scripted({ slot: 2 });
  using third = scripted({ slot: 3, answer: okAnswer });
  await using front = await startFront(
    { retryRequests: "idempotent" },
    first.backend(),
    second.backend(),
    third.backend(),
  );
  using client = await front.connect();
  await client.send(get());
  (await first.next()).connection.reset();
  (await second.next()).connection.reset();
  const answer = await untilAnswer(client);
  expect(await refusalOf(front, answer)).toMatchObject({ status: 502, cause: "worker_died" });
  expect(third.requests).toHaveLength(0);
});

// Half a head is no frame of HTTP/2, which is whole or has not come.
overHttp1("retry idempotent: nothing is tried again once a byte of the answer has come", async (scripted) => {
  using workers = pair(scripted);
  await using front = await startFront({ retryRequests: "idempotent" }, ...workers.backends);
  using client = await front.connect();
  await client.send(get());
  const seen = await workers.doomed.next();
  await seen.answer("HTTP/1.1 200 OK\r\nConte");
  seen.connection.close();
  const answer = await untilAnswer(client);
  expect(await refusalOf(front, answer)).toMatchObject({ status: 502, cause: "worker_died" });
  expect(workers.healthy.requests).toHaveLength(0);
});

for (const bytes of [get(), post("ab")]) {
  const method = bytes.slice(0, bytes.indexOf(" "));
  test(`retry unsent: ${method} goes elsewhere when the worker's socket is not there`, async (scripted) => {
    using absent = scripted({ slot: 1, isListening: false });
    using healthy = scripted({ slot: 2, answer: okAnswer });
    await using front = await startFront({}, absent.backend(), healthy.backend());
    using client = await front.connect();
    await client.send(bytes);
    expect((await untilAnswer(client)).body).toBe("ok");
    expect(healthy.requests.map(({ body }) => body)).toEqual([method === "POST" ? "ab" : ""]);
    expect(front.logs()).toEqual([]);
  });

  test(`retry unsent: ${method} is answered once the socket of the only worker is there`, async (scripted) => {
    using worker = scripted({ isListening: false, answer: okAnswer });
    await using front = await startFront({}, worker.backend());
    using client = await front.connect();
    await client.send(bytes);
    await front.untilStats(({ queued, active }) => queued === 1 && active === 1);
    worker.listen();
    expect((await untilAnswer(client)).body).toBe("ok");
    expect(worker.requests).toHaveLength(1);
  });

  test(`retry unsent: ${method} survives the death of an idle worker`, async (scripted) => {
    using workers = pair(scripted);
    await using front = await startFront({}, ...workers.backends);
    using client = await front.connect();
    await client.send(get());
    const first = await workers.doomed.next();
    await first.answer(OK);
    await untilAnswer(client);
    // As a killed process leaves it: the path is there, and nobody behind it.
    first.connection.reset();
    workers.doomed.stop();
    await client.send(bytes);
    await client.until((text) => readAnswers(text).answers.length === 2);
    expect(readAnswers(client.text()).answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(workers.healthy.requests).toHaveLength(1);
  });
}

test("retry never: a worker whose socket is not there is an error at once", async (scripted) => {
  using worker = scripted({ isListening: false });
  using healthy = scripted({ slot: 2, answer: okAnswer });
  await using front = await startFront({ retryRequests: "never" }, worker.backend(), healthy.backend());
  using client = await front.connect();
  await client.send(get());
  expect(await refusalOf(front, await untilAnswer(client))).toMatchObject({
    status: 503,
    cause: "no_worker",
  });
  expect(healthy.requests).toHaveLength(0);
});

test("retry: a worker that dies in the middle of a body cuts the response, and nothing is tried again", async (scripted) => {
  for (const framing of ["Content-Length: 100", "Transfer-Encoding: chunked"]) {
    using workers = pair(scripted);
    await using front = await startFront({ retryRequests: "idempotent" }, ...workers.backends);
    using client = await front.connect();
    await client.send(get());
    const seen = await workers.doomed.next();
    await seen.answer(
      `HTTP/1.1 200 OK\r\n${framing}\r\n\r\n${framing.startsWith("T") ? "5\r\nhello\r\n" : "hello"}`,
    );
    await client.until("hello");
    seen.connection.reset();
    const { answers } = readAnswers(await client.untilClosed(), { isClosed: true });
    expect(answers.map(({ status, body, isWhole }) => [status, body, isWhole])).toEqual([
      [200, "hello", false],
    ]);
    expect(client.text()).not.toContain("\r\n0\r\n");
    const { text, fields } = await front.untilCause("response_incomplete");
    expect([text, fields?.why]).toEqual(["response cut", "worker_died"]);
    expect(workers.healthy.requests).toHaveLength(0);
  }
});

test("retry: a worker that closes before the end of its length cuts the response too", async (scripted) => {
  using worker = scripted();
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  await client.send(get());
  const seen = await worker.next();
  await seen.answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nhello");
  await client.until("hello");
  seen.connection.close();
  const { answers } = readAnswers(await client.untilClosed(), { isClosed: true });
  expect(answers.map(({ body, isWhole }) => [body, isWhole])).toEqual([["hello", false]]);
});

test("retry: a worker that dies after its answer troubles nobody", async (scripted) => {
  using worker = scripted();
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  await client.send(get());
  const seen = await worker.next();
  await seen.answer(OK);
  seen.connection.close();
  expect((await untilAnswer(client)).body).toBe("ok");
  await client.send(get("/next"));
  await (await worker.next()).answer(OK);
  await client.until((text) => readAnswers(text).answers.length === 2);
  expect(front.logs()).toEqual([]);
});

once("connect-timeout: without any worker the wait ends with 503 no_worker", async () => {
  await using front = await startFront({ connectTimeoutMs: 100 });
  using client = await front.connect();
  const from = performance.now();
  await client.send(get());
  const answer = await untilAnswer(client);
  expect(await refusalOf(front, answer)).toMatchObject({ status: 503, cause: "no_worker" });
  expect(answer.lines).toContain("Retry-After: 1");
  expect(performance.now() - from).toBeGreaterThanOrEqual(100);
});

test("connect-timeout: a worker that comes in time gets the request", async (scripted) => {
  using worker = scripted({ answer: okAnswer });
  await using front = await startFront({ connectTimeoutMs: 20_000 });
  using client = await front.connect();
  await client.send(get());
  await front.untilStats(({ queued }) => queued === 1);
  front.setBackends(worker.backend());
  expect((await untilAnswer(client)).body).toBe("ok");
});

test("connect-timeout: a worker that refuses each connection is no worker", async (scripted) => {
  using worker = scripted();
  worker.stop();
  rmSync(worker.path, { force: true });
  await using front = await startFront({ connectTimeoutMs: 300 }, worker.backend());
  using client = await front.connect();
  await client.send(get());
  expect(await refusalOf(front, await untilAnswer(client))).toMatchObject({
    status: 503,
    cause: "no_worker",
  });
});
