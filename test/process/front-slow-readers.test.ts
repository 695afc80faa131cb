// Clients that do not take what they asked for, and ask on: nothing of theirs piles up, and nothing of it is lost.
import { expect, test as once, setDefaultTimeout } from "bun:test";
import { readAnswer, readAnswers } from "../support/answer-reader.ts";
import { test } from "../support/both-forms.ts";
import { get, untilAnswers } from "../support/exchange.ts";
import { isA, startFront } from "../support/front-process.ts";

setDefaultTimeout(30_000);

/** Small enough to come from the worker in one piece. */
const BODY = "x".repeat(60_000);
const LARGE = `HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
/** So many answers are more than the kernel takes for a client that does not read, and no connection is cut for it. */
const MANY = 30;
const targets = Array.from({ length: MANY }, (_, n) => `/${n}`);

test("slow reader: the next of the requests sent ahead is run when the answer before was taken", async (scripted) => {
  using worker = scripted({ answer: () => LARGE });
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  client.pause();
  const before = front.rssBytes();
  await client.send(targets.map((target) => get(target)).join(""));
  const held = await front.untilStats(({ requests }) => requests > 0);
  const later = await front.untilStats(() => true);
  expect([later.requests, later.active]).toEqual([held.requests, 1]);
  expect(later.requests).toBeLessThan(MANY / 2);
  expect(front.rssBytes() - before).toBeLessThan(16 * 1024 * 1024);
  client.resume();
  const answers = await untilAnswers(client, MANY);
  expect(answers.filter(({ body }) => body === BODY)).toHaveLength(MANY);
  expect(worker.requests.map(({ target }) => target)).toEqual(targets);
  expect(front.logs()).toEqual([]);
});

test("slow reader: a request that comes while the last answer is still to be taken is run when it was", async (scripted) => {
  using worker = scripted({ answer: ({ target }) => (target === "/last" ? LAST : LARGE) });
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  client.pause();
  await client.send(targets.map((target) => get(target)).join(""));
  await front.untilStats(({ active }) => active === 1);
  await client.send(get("/last"));
  client.resume();
  await client.until(/the last$/);
});

const LAST = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nthe last";

test("slow reader: one that takes nothing more is cut after the socket timeout, by name, with its worker long free", async (scripted) => {
  using worker = scripted({ answer: () => LARGE, capacity: 1 });
  await using front = await startFront({ socketTimeoutMs: 1500 }, worker.backend());
  using client = await front.connect();
  client.pause();
  await client.send(targets.map((target) => get(target)).join(""));
  const { requests } = await front.untilStats(({ active }) => active === 1);
  using other = await front.connect();
  await other.send(get("/other"));
  await untilAnswers(other, 1);
  const { text, fields } = await front.untilCause("client_stalled");
  expect([text, fields?.path, fields?.worker]).toEqual(["response cut", `/${requests - 1}`, 1]);
  client.resume();
  await client.untilClosed();
  expect(await front.untilStats(({ active }) => active === 0)).toMatchObject({
    errors: { client_stalled: 1 },
  });
});

test("slow reader: what cannot be read is refused behind the answers that were to be taken", async (scripted) => {
  using worker = scripted({ answer: () => LARGE });
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  client.pause();
  await client.send(`${targets.map((target) => get(target)).join("")}GET / HTTP/1.1\r\nno field\r\n\r\n`);
  await front.untilStats(({ active }) => active === 1);
  client.resume();
  const text = await client.untilClosed();
  expect(text.split("HTTP/1.1 200 OK")).toHaveLength(MANY + 1);
  expect(text.slice(text.lastIndexOf("HTTP/1.1 "))).toStartWith("HTTP/1.1 400 ");
});

test("slow reader: a front that drains waits for it, and runs nothing more of what was sent ahead", async (scripted) => {
  using worker = scripted({ answer: () => LARGE });
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  client.pause();
  await client.send(targets.map((target) => get(target)).join(""));
  const { requests } = await front.untilStats(({ active }) => active === 1);
  front.drain(20_000);
  await front.heard(isA("closed"));
  client.resume();
  const { answers } = readAnswers(await client.untilClosed());
  expect(answers.map(({ body }) => body === BODY)).toEqual(Array.from({ length: requests }, () => true));
  expect(await front.exited).toBe(0);
  expect([worker.requests.length, front.logs()]).toEqual([requests, []]);
});

once("slow reader: gw's own pages are to be taken in time as well", async () => {
  await using front = await startFront({ maxQueue: 0, socketTimeoutMs: 1000 });
  using client = await front.connect();
  client.pause();
  const most = 2000;
  let sent = 0;
  // Each is refused at once, with a page; some time the kernel takes no more of them.
  for (; sent < most && (await front.untilStats(() => true)).active === 0; sent += 100)
    await client.send(get("/refused", ["Accept: text/html"]).repeat(100));
  expect(sent).toBeLessThan(most);
  const { text, fields } = await front.untilCause("client_stalled");
  expect([text, fields?.path]).toEqual(["response cut", "/refused"]);
  client.resume();
  await client.untilClosed();
  await front.untilStats(({ active }) => active === 0);
});

test("slow reader: a worker that dies takes nothing from it that it had sent, and then it is cut", async (scripted) => {
  using worker = scripted();
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  client.pause();
  await client.send(get());
  const seen = await (await worker.next()).whole();
  await seen.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  let sent = 0;
  const send = async () => {
    while (!seen.connection.isClosed) {
      await seen.answer(`4000\r\n${"x".repeat(0x4000)}\r\n`);
      if (!seen.connection.isClosed) sent += 0x4000;
    }
  };
  const sending = send();
  await front.untilStats(({ workers: [load] }) => load?.heldUp === 1);
  worker.stop();
  for (const connection of worker.connections) connection.reset();
  // By HTTP/1.1 the front reads nothing of it, not even its end, before the client takes more.
  if (scripted.form === "HTTP/2") await front.untilCause("response_incomplete");
  client.resume();
  const { body, isWhole } = readAnswer(await client.untilClosed());
  await sending;
  expect([body.length >= sent, sent > 0, isWhole]).toEqual([true, true, false]);
  const lines = front.logs().map(({ text, fields }) => [text, fields?.cause, fields?.why]);
  expect(lines).toEqual([["response cut", "response_incomplete", "worker_died"]]);
});
