// What becomes of a worker's answer on its way to the client, byte for byte.
import { afterAll, beforeAll, expect, setDefaultTimeout } from "bun:test";
import { readAnswers, valuesOf } from "../support/answer-reader.ts";
import { type Form, type MakeWorker, overHttp1, test } from "../support/both-forms.ts";
import {
  fieldsOf,
  get,
  lastAnswer,
  refusalOf,
  request,
  untilAnswer,
  untilAnswers,
} from "../support/exchange.ts";
import { type FrontProcess, startFront } from "../support/front-process.ts";
import { OK, okAnswer, type ScriptedWorker } from "../support/scripted-worker.ts";

setDefaultTimeout(30_000);

let front: FrontProcess;
beforeAll(async () => {
  front = await startFront({ headerBufferBytes: 1024 });
});
afterAll(() => front[Symbol.asyncDispose]());

/** A worker of its own for each test: connections of another are never reused. */
function workerWith(scripted: MakeWorker, answer = ""): ScriptedWorker {
  const worker = scripted({
    answer: (seen) => (seen.target === "/next" ? okAnswer(seen) : answer || undefined),
  });
  front.setBackends(worker.backend());
  return worker;
}

type Passed = {
  what: string;
  answer: string;
  method?: string;
  status: number;
  reason: string;
  fields: string[];
  body: string;
  /** The front keeps its connection to the worker. */
  isReused?: boolean;
  /** HTTP/2 has no such field. */
  isOfHttp1?: boolean;
};

const head = (...lines: string[]) => `${lines.join("\r\n")}\r\n\r\n`;
const ok = { status: 200, reason: "OK", body: "ok" };

const PASSED: Passed[] = [
  {
    what: "a body by length keeps its length",
    answer: OK,
    ...ok,
    fields: ["Content-Length: 2"],
    isReused: true,
  },
  {
    what: "an empty body",
    answer: head("HTTP/1.1 200 OK", "Content-Length: 0"),
    ...ok,
    body: "",
    fields: ["Content-Length: 0"],
    isReused: true,
  },
  {
    what: "a chunked body that comes at once gets its length; extensions end here",
    answer: `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}2;x=y\r\nok\r\n0\r\n\r\n`,
    ...ok,
    isReused: true,
    fields: ["Content-Length: 2"],
  },
  {
    what: "chunks that come at once may be cut otherwise",
    answer: `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}1\r\no\r\n1\r\nk\r\n0\r\n\r\n`,
    ...ok,
    isReused: true,
    fields: ["Transfer-Encoding: chunked"],
  },
  {
    what: "status, reason, order, spelling and repetition of fields are the worker's",
    answer: `${head(
      "HTTP/1.1 299 Sehr gut",
      "b: 1",
      "Set-Cookie: a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
      'WWW-Authenticate: Basic realm="a, b", Digest realm="c"',
      "A: 2",
      "Set-Cookie: b=2",
      "set-cookie: a=1",
      'www-authenticate: Negotiate, NTLM=="x,y"',
      "Empty:",
      "Latin: \xe9\xff",
      "Content-Length: 2",
    )}ok`,
    ...ok,
    status: 299,
    reason: "Sehr gut",
    isReused: true,
    fields: [
      "b: 1",
      "Set-Cookie: a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
      'WWW-Authenticate: Basic realm="a, b", Digest realm="c"',
      "A: 2",
      "Set-Cookie: b=2",
      "set-cookie: a=1",
      'www-authenticate: Negotiate, NTLM=="x,y"',
      "Empty: ",
      "Latin: \xe9\xff",
      "Content-Length: 2",
    ],
  },
  {
    what: "an empty reason becomes the usual one",
    answer: head("HTTP/1.1 200 ", "Content-Length: 0"),
    ...ok,
    body: "",
    fields: ["Content-Length: 0"],
    isReused: true,
  },
  {
    what: "a reason with bytes above 7e becomes the usual one",
    answer: head("HTTP/1.1 404 Gel\xf6scht", "Content-Length: 0"),
    status: 404,
    reason: "Not Found",
    body: "",
    fields: ["Content-Length: 0"],
    isReused: true,
  },
  {
    what: "hop-by-hop and nominated fields end here",
    answer: `${head("HTTP/1.1 200 OK", "Connection: keep-alive, B", "B: 1", "Keep-Alive: timeout=5", "Proxy-Connection: x", "Upgrade: h2c", "TE: x", "C: 2", "Content-Length: 2")}ok`,
    ...ok,
    isReused: true,
    isOfHttp1: true,
    fields: ["C: 2", "Content-Length: 2"],
  },
  {
    what: "fields under the reserved prefix never leave",
    answer: `${head("HTTP/1.1 200 OK", "x-gw-visit: secret", "X-GW-Anything: b", "C: 2", "Content-Length: 2")}ok`,
    ...ok,
    isReused: true,
    fields: ["C: 2", "Content-Length: 2"],
  },
  {
    what: "an answer of HTTP/1.0 ends with its connection",
    answer: `${head("HTTP/1.0 200 OK")}ok`,
    ...ok,
    fields: ["Transfer-Encoding: chunked"],
  },
  {
    what: "Connection: close of the worker closes the front's connection, not the client's",
    answer: `${head("HTTP/1.1 200 OK", "Connection: close", "Content-Length: 2")}ok`,
    ...ok,
    fields: ["Content-Length: 2"],
  },
  {
    what: "HEAD: the length of what GET would get, and no body",
    answer: head("HTTP/1.1 200 OK", "Content-Length: 12345"),
    method: "HEAD",
    ...ok,
    body: "",
    fields: ["Content-Length: 12345"],
    isReused: true,
  },
  {
    what: "HEAD: a coding announces no body",
    answer: head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"),
    method: "HEAD",
    ...ok,
    body: "",
    fields: [],
    isReused: true,
  },
  {
    what: "204: neither body nor length",
    answer: head("HTTP/1.1 204 No Content", "A: b"),
    status: 204,
    reason: "No Content",
    body: "",
    fields: ["A: b"],
    isReused: true,
  },
  {
    what: "304: the length that 200 would have, and no body",
    answer: head("HTTP/1.1 304 Not Modified", "Content-Length: 12345", 'ETag: "a"'),
    status: 304,
    reason: "Not Modified",
    body: "",
    fields: ['ETag: "a"', "Content-Length: 12345"],
    isReused: true,
  },
  {
    what: "a 100 is read over: the front has said that itself",
    answer: `${head("HTTP/1.1 100 Continue")}${OK}`,
    ...ok,
    fields: ["Content-Length: 2"],
    isReused: true,
  },
  {
    what: "bytes after the end of a body are nobody's",
    answer: `${OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`,
    ...ok,
    fields: ["Content-Length: 2"],
  },
  {
    what: "a body behind HEAD is nobody's",
    answer: OK,
    method: "HEAD",
    ...ok,
    body: "",
    fields: ["Content-Length: 2"],
  },
  {
    what: "a body behind 204 is nobody's",
    answer: `${head("HTTP/1.1 204 No Content")}evil`,
    status: 204,
    reason: "No Content",
    body: "",
    fields: [],
  },
  {
    what: "a date of the app stays",
    answer: head("HTTP/1.1 200 OK", "date: yesterday", "Content-Length: 0"),
    ...ok,
    body: "",
    fields: ["date: yesterday", "Content-Length: 0"],
    isReused: true,
  },
];

/** Over HTTP/2 there is one spelling of names, no reason, and nothing that ends a connection with an answer. */
const seenIn = (form: Form, lines: readonly string[]) =>
  lines
    .map((line) => (form === "HTTP/2" ? line.replace(/^[^:]*/, (name) => name.toLowerCase()) : line))
    .filter((line) => form === "HTTP/1.1" || !line.startsWith("date: "))
    .sort();

for (const passed of PASSED) {
  const { what, answer, method = "GET", status, reason, fields, body, isReused = false, isOfHttp1 } = passed;
  // What ends with its connection ends otherwise in HTTP/2.
  const run = isReused && !isOfHttp1 ? test : overHttp1;
  run(`answers: ${what}`, async (scripted) => {
    using worker = workerWith(scripted, answer);
    using client = await front.connect();
    await client.send(request(method, "/"));
    if (answer.startsWith("HTTP/1.0")) (await worker.next()).connection.close();
    const seen = await untilAnswer(client, method);
    expect([seen.status, seen.body]).toEqual([status, body]);
    if (scripted.form === "HTTP/1.1") expect(seen.reason).toBe(reason);
    expect(seenIn(scripted.form, fieldsOf(seen))).toEqual(seenIn(scripted.form, fields));
    expect(valuesOf(seen, "date")).toHaveLength(1);
    await client.send(get("/next"));
    const [, next] = await untilAnswers(client, 2, [method]);
    expect(next?.body).toBe("ok");
    expect(readAnswers(client.text(), { methods: [method] }).rest).toBe("");
    expect(worker.accepted).toBe(isReused ? 1 : 2);
  });
}

const HINTS = head("HTTP/1.1 103 Early Hints", "Link: <a\xe9>; rel=preload", "X-Gw-A: b", "Connection: x");
const TRAILERS = ["X-Sum: a", "Server-Timing: db;dur=5", "Set-Cookie: a=b", "Content-Length: 9", "X-Gw-B: c"];
const CHUNKED = head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Trailer: X-Sum");
const LAST = `0\r\n${head(...TRAILERS)}`;

test("answers: interim answers pass before the answer, each when it comes, without what ends at a hop", async (scripted) => {
  using worker = workerWith(scripted);
  using client = await front.connect();
  await client.send(get());
  const seen = await worker.next();
  const hints = head("HTTP/1.1 103 Early Hints", "Link: <a\xe9>; rel=preload");
  for (let n = 1; n <= 2; n++) {
    await seen.answer(HINTS);
    await client.until(hints.repeat(n));
  }
  await seen.answer(`${head("HTTP/1.1 102 Processing")}${OK}`);
  await client.until("ok");
  expect(client.text()).toStartWith(`${hints}${hints}${head("HTTP/1.1 102 Processing")}HTTP/1.1 200 OK\r\n`);
  await client.send(get("/next"));
  expect((await untilAnswers(client, 2)).map(({ body }) => body)).toEqual(["ok", "ok"]);
  expect(worker.accepted).toBe(1);
});

const CUTS: [how: string, cut: (bytes: string) => string[]][] = [
  ["that comes at once", (bytes) => [bytes]],
  ["that comes bit by bit", (bytes) => bytes.match(/.{1,20}/gs) ?? []],
];
for (const [how, cut] of CUTS) {
  test(`answers: trailers of a body ${how} reach the client, but those that mean something only before it`, async (scripted) => {
    using worker = workerWith(scripted);
    using client = await front.connect();
    await client.send(get());
    const seen = await worker.next();
    for (const piece of cut(`${CHUNKED}2\r\nok\r\n${LAST}`)) {
      await seen.answer(piece);
      await front.untilStats(() => true);
    }
    const text = await client.until("X-Sum: a\r\n");
    expect(text).toEndWith("\r\n0\r\nX-Sum: a\r\nServer-Timing: db;dur=5\r\n\r\n");
    expect(text).toContain("\r\nTrailer: X-Sum\r\n");
    expect(text).not.toMatch(/content-length|set-cookie|x-gw/i);
    await client.send(get("/next"));
    await client.until("\r\n\r\nok");
    expect(worker.accepted).toBe(1);
  });
}

test("answers: HTTP/1.0 gets neither interim answers nor trailers", async (scripted) => {
  using _worker = workerWith(scripted, `${HINTS}${CHUNKED}2\r\nok\r\n${LAST}`);
  using client = await front.connect();
  await client.send("GET / HTTP/1.0\r\n\r\n");
  const text = await client.untilClosed();
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(text).toEndWith("\r\n\r\nok");
});

overHttp1("answers: trailers that break a rule cut the answer", async (scripted) => {
  using _worker = workerWith(scripted, `${CHUNKED}2\r\nok\r\n0\r\nA: b\rSet-Cookie: evil\r\n\r\n`);
  using client = await front.connect();
  await client.send(get());
  expect((await untilAnswer(client)).status).toBe(502);
});

test("answers: a worker that says no more than interim answers is given the request timeout, and no longer", async (scripted) => {
  using worker = scripted();
  await using impatient = await startFront({ requestTimeoutMs: 300 }, worker.backend());
  using client = await impatient.connect();
  await client.send(get());
  const seen = await worker.next();
  await seen.answer(HINTS);
  await client.until("103 Early Hints");
  const [answer] = await untilAnswers(client);
  expect(await refusalOf(impatient, answer!)).toMatchObject({ status: 504, cause: "request_timeout" });
});

type Refused = { what: string; answer: string; cause: string; isMalformed?: boolean };

const MALFORMED: [what: string, answer: string][] = [
  ["bytes that are no answer", "nonsense\r\n\r\n"],
  ["another protocol", "SSH-2.0-OpenSSH\r\n\r\n"],
  ["another version", head("HTTP/2.0 200 OK", "Content-Length: 0")],
  ["a status of two digits", head("HTTP/1.1 99 No", "Content-Length: 0")],
  ["a status that does not exist", head("HTTP/1.1 600 No", "Content-Length: 0")],
  ["a switch of protocols that nobody asked for", head("HTTP/1.1 101 Switching", "Upgrade: websocket")],
  [
    "a length and a coding",
    `${head("HTTP/1.1 200 OK", "Content-Length: 2", "Transfer-Encoding: chunked")}0\r\n\r\n`,
  ],
  ["two different lengths", `${head("HTTP/1.1 200 OK", "Content-Length: 2", "Content-Length: 3")}okk`],
  ["a length that is no number", head("HTTP/1.1 200 OK", "Content-Length: 0x2")],
  ["a negative length", head("HTTP/1.1 200 OK", "Content-Length: -1")],
  ["an unknown coding", head("HTTP/1.1 200 OK", "Transfer-Encoding: gzip, chunked")],
  ["a space before the colon", head("HTTP/1.1 200 OK", "A : b", "Content-Length: 0")],
  ["a folded line", head("HTTP/1.1 200 OK", "A: b", " c", "Content-Length: 0")],
  ["a line without a colon", head("HTTP/1.1 200 OK", "abc", "Content-Length: 0")],
  ["a bare LF in a value", head("HTTP/1.1 200 OK", "A: b\nSet-Cookie: evil", "Content-Length: 0")],
  ["a bare CR in a value", head("HTTP/1.1 200 OK", "A: b\rc", "Content-Length: 0")],
  ["a NUL in a value", head("HTTP/1.1 200 OK", "A: b\0c", "Content-Length: 0")],
  ["a control character in the reason", head("HTTP/1.1 200 O\x01K", "Content-Length: 0")],
  ["a chunk size that is no number", `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}x\r\n`],
];

const REFUSED: Refused[] = [
  ...MALFORMED.map(([what, answer]) => ({
    what,
    answer,
    cause: "worker_answer_malformed",
    isMalformed: true,
  })),
  {
    what: "a header line over the limit",
    answer: head("HTTP/1.1 200 OK", `A: ${"a".repeat(1022)}`),
    cause: "response_header_too_large",
  },
  {
    what: "a header block over four times the limit",
    answer: head("HTTP/1.1 200 OK", ...Array<string>(9).fill(`A: ${"a".repeat(500)}`)),
    cause: "response_header_too_large",
  },
  {
    isMalformed: true,
    what: "a header that never ends",
    answer: `HTTP/1.1 200 OK\r\n${"A: b\r\n".repeat(1000)}`,
    cause: "response_header_too_large",
  },
];

for (const { what, answer, cause, isMalformed } of REFUSED) {
  const run = isMalformed ? overHttp1 : test;
  run(`answers: ${what}: 502, and the connection to the worker is thrown away`, async (scripted) => {
    using worker = workerWith(scripted, answer);
    using client = await front.connect();
    await client.send(get());
    const seen = await untilAnswer(client);
    expect(await refusalOf(front, seen)).toMatchObject({ status: 502, cause, log: { level: "warn" } });
    await (await worker.next()).untilLeft();
    // The client has done nothing wrong: its connection stays.
    await client.send(get("/next"));
    await client.until(/ok$/);
  });
}

test("answers: a header line of exactly the limit passes", async (scripted) => {
  using worker = workerWith(scripted, head("HTTP/1.1 200 OK", `A: ${"a".repeat(1021)}`, "Content-Length: 0"));
  using client = await front.connect();
  await client.send(get());
  expect(valuesOf(await untilAnswer(client), "a").join()).toHaveLength(1021);
  expect(worker.accepted).toBe(1);
});

overHttp1("answers: a chunk that is longer than its size cuts the response", async (scripted) => {
  using worker = workerWith(scripted);
  using client = await front.connect();
  await client.send(get());
  const seen = await worker.next();
  await seen.answer(`${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}2\r\nok\r\n`);
  await client.until("ok");
  await seen.answer("2\r\nxxxx\r\n0\r\n\r\n");
  const { answers } = readAnswers(await client.untilClosed(), { isClosed: true });
  expect(answers.map(({ isWhole }) => isWhole)).toEqual([false]);
  expect((await front.untilCause("response_incomplete")).fields).toMatchObject({
    cause: "response_incomplete",
  });
});

test("answers: unknown length to a client of HTTP/1.0: the body, then the end of the connection", async (scripted) => {
  using worker = workerWith(scripted);
  using client = await front.connect();
  await client.send("GET / HTTP/1.0\r\n\r\n");
  const seen = await worker.next();
  await seen.answer(`${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}2\r\nok\r\n`);
  await client.until("ok");
  await seen.answer("4\r\n, ok\r\n0\r\n\r\n");
  const answer = await lastAnswer(client);
  expect([answer.framing, answer.body, valuesOf(answer, "connection")]).toEqual([
    "close",
    "ok, ok",
    ["close"],
  ]);
});

test("answers: an answer in single bytes is the same answer", async (scripted) => {
  using worker = workerWith(scripted);
  using client = await front.connect();
  await client.send(get());
  const seen = await worker.next();
  const bytes = `${head("HTTP/1.1 200 OK", "A: b", "Transfer-Encoding: chunked")}1\r\no\r\n1;x\r\nk\r\n0\r\nT: x\r\n\r\n`;
  for (const byte of bytes) {
    await seen.answer(byte);
    await new Promise(setImmediate);
  }
  const answer = await untilAnswer(client);
  expect([answer.status, valuesOf(answer, "a"), answer.body]).toEqual([200, ["b"], "ok"]);
  expect(client.text()).toEndWith("\r\n0\r\nT: x\r\n\r\n");
});

overHttp1(
  "answers: a worker that speaks unasked loses its connection, and nobody gets its bytes",
  async (scripted) => {
    using worker = workerWith(scripted, OK);
    using client = await front.connect();
    await client.send(get());
    await untilAnswer(client);
    const seen = await worker.next();
    await seen.answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    await seen.untilLeft();
    await client.send(get("/next"));
    await client.until(/ok.*ok$/s);
    expect(client.text()).not.toContain("evil");
  },
);
