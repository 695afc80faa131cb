// Clients that send a body or take an answer more slowly than they may, in numbers, and honest slow ones among them.
import { expect, setDefaultTimeout, test } from "bun:test";
import { lastAnswer, refusalOf } from "../support/exchange.ts";
import { startFront } from "../support/front-process.ts";
import { ScriptedWorker } from "../support/scripted-worker.ts";

setDefaultTimeout(60_000);

const MANY = 300;
const body = { timeoutMs: 1500, maxTimeoutMs: 0, minRate: 1000 };
const answer = { timeoutMs: 1500, minRate: 1000 };
const PACE = { pace: { body, answer } };
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const head = (length: number) => `POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;

test("pace: slow bodies end in 408 by name, and one that is slow, but as fast as it has to be, arrives whole", async () => {
  using worker = new ScriptedWorker({ answer: () => OK });
  await using front = await startFront(PACE, worker.backend());
  const slow = await Promise.all(Array.from({ length: MANY }, () => front.connect()));
  const honest = await front.connect();
  const size = 12_000;
  for (const one of [...slow, honest]) await one.send(head(size));
  const drips = setInterval(() => {
    for (const one of slow) void one.send("x").catch(() => {});
  }, 200);
  let sent = 0;
  const steady = setInterval(() => {
    if (sent < size) void honest.send("y".repeat(1200));
    sent += 1200;
  }, 300);
  try {
    const [first] = slow;
    if (!first) throw new Error("nobody is slow");
    const refusal = await refusalOf(front, await lastAnswer(first));
    expect(refusal).toMatchObject({ status: 408, cause: "request_timeout_client" });
    for (const one of slow) expect(await one.untilClosed()).toStartWith("HTTP/1.1 408 ");
    await honest.until(/HTTP\/1\.1 200 /);
    await front.untilStats(({ active, errors }) => active === 0 && errors.request_timeout_client === MANY);
    expect(worker.requests.map(({ body: { length } }) => length)).toEqual([size]);
  } finally {
    clearInterval(drips);
    clearInterval(steady);
    for (const one of [...slow, honest]) one[Symbol.dispose]();
  }
});

test("pace: readers that take nothing are cut by name, all of them", async () => {
  const bytes = 8 * 1024 * 1024;
  const large = `HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n${"x".repeat(bytes)}`;
  using worker = new ScriptedWorker({ answer: () => large, capacity: 40 });
  await using front = await startFront(PACE, worker.backend());
  const silent = await Promise.all(Array.from({ length: 40 }, () => front.connect()));
  try {
    for (const one of silent) {
      one.pause();
      await one.send("GET /down HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    await front.untilStats(({ active, errors }) => active === 0 && errors.client_stalled === silent.length);
  } finally {
    for (const one of silent) one[Symbol.dispose]();
  }
});
