// A request that ends while it is on its way from one part of the front to the next: it is refused or forgotten once, no
// worker runs it, it holds no slot, and what runs beside it is waited for.
import { expect, setDefaultTimeout } from "bun:test";
import type { FrontStats } from "../../src/link/messages.ts";
import { test } from "../support/both-forms.ts";
import { get, lastAnswer, refusalOf, request, untilAnswer } from "../support/exchange.ts";
import { type FrontProcess, isA, startFront } from "../support/front-process.ts";
import { OK, okAnswer, type ScriptedWorker } from "../support/scripted-worker.ts";

setDefaultTimeout(30_000);

/** Chunked, and whole in one write. */
function upload(bytes: number): string {
  const chunk = `${bytes.toString(16)}\r\n${"x".repeat(bytes)}\r\n0\r\n\r\n`;
  return request("POST", "/upload", ["Transfer-Encoding: chunked"], chunk);
}

const LIMITS = [
  ["a small limit", 1024, 4096],
  ["a large limit", 102_400, 409_600],
] as const;

/** A front reports at each list of workers, and not only each second. */
function reported(front: FrontProcess, worker: ScriptedWorker, isIt: (stats: FrontStats) => boolean) {
  const stats = front.untilStats(isIt);
  front.setBackends(worker.backend());
  return stats;
}

/** Nothing is left, the worker has seen no whole request but these, and a drain waits for the one that it has. */
async function expectNothingLeft(front: FrontProcess, worker: ScriptedWorker, seen: string[]) {
  await reported(
    front,
    worker,
    ({ active, queued, workers }) =>
      active === 0 && queued === 0 && workers.every((load) => load.active === 0),
  );
  expect(worker.requests.filter(({ isComplete }) => isComplete).map(({ target }) => target)).toEqual(seen);
  using last = await front.connect();
  await last.send(get("/last"));
  await worker.until(() => worker.requests.at(-1)?.target === "/last", "the last request");
  front.drain();
  await front.heard(isA("closed"));
  await reported(front, worker, ({ active }) => active === 1);
  expect(front.messages().filter(isA("drained"))).toEqual([]);
  await worker.requests.at(-1)?.answer(OK);
  expect((await untilAnswer(last)).status).toBe(200);
  expect(await front.exited).toBe(0);
}

for (const [what, limit, size] of LIMITS)
  test(`ownership: a body that passes ${what} while a connection to the worker is opened`, async (scripted) => {
    using worker = scripted({ capacity: 1 });
    await using front = await startFront({ limitRequestBodyBytes: limit }, worker.backend());
    for (let n = 0; n < 5; n++) {
      using client = await front.connect();
      await client.send(upload(size));
      expect(await refusalOf(front, await lastAnswer(client))).toMatchObject({
        status: 413,
        cause: "request_body_too_large",
      });
    }
    await expectNothingLeft(front, worker, []);
  });

for (const [what, limit, size] of LIMITS)
  test(`ownership: a body that passes ${what} while its request is in the queue`, async (scripted) => {
    using worker = scripted({ capacity: 1 });
    await using front = await startFront({ limitRequestBodyBytes: limit }, worker.backend());
    using running = await front.connect();
    await running.send(get("/runs"));
    const held = await worker.next();
    using client = await front.connect();
    await client.send(upload(size));
    // Of a large body no more than a part is read before a worker takes it.
    if (size < 65_536) expect((await lastAnswer(client)).status).toBe(413);
    await held.answer(OK);
    expect((await untilAnswer(running)).status).toBe(200);
    expect(await refusalOf(front, await lastAnswer(client))).toMatchObject({ status: 413 });
    await expectNothingLeft(front, worker, ["/runs"]);
  });

test("ownership: a body that passes the limit while no worker accepts a connection", async (scripted) => {
  using worker = scripted({ capacity: 1, isListening: false });
  await using front = await startFront({ limitRequestBodyBytes: 1024 }, worker.backend());
  using client = await front.connect();
  await client.send(request("POST", "/upload", ["Transfer-Encoding: chunked"], "4\r\nbody\r\n"));
  await front.untilStats(({ queued }) => queued === 1);
  await client.send(`1000\r\n${"x".repeat(4096)}\r\n0\r\n\r\n`);
  expect((await lastAnswer(client)).status).toBe(413);
  worker.listen();
  await expectNothingLeft(front, worker, []);
});

test("ownership: clients that leave in each of the places where a request can wait", async (scripted) => {
  using worker = scripted({ capacity: 1 });
  await using front = await startFront({}, worker.backend());
  using running = await front.connect();
  await running.send(get("/runs"));
  const held = await worker.next();
  const half = request("POST", "/half", ["Content-Length: 10"], "12345");
  const chunked = request("POST", "/chunked", ["Transfer-Encoding: chunked"], "4\r\nbody\r\n");
  const clients = await Promise.all(
    [half, chunked, get("/queued")].map(async (bytes) => {
      const client = await front.connect();
      await client.send(bytes);
      return client;
    }),
  );
  await reported(front, worker, ({ active, queued }) => active === 4 && queued === 2);
  for (const client of clients) client.terminate();
  await reported(front, worker, ({ active, queued }) => active === 1 && queued === 0);
  await held.answer(OK);
  expect((await untilAnswer(running)).status).toBe(200);
  await expectNothingLeft(front, worker, ["/runs"]);
});

test("ownership: one worker, and bodies that are too large among many that are not", async (scripted) => {
  using worker = scripted({ capacity: 1, answer: okAnswer });
  await using front = await startFront({ limitRequestBodyBytes: 1024 }, worker.backend());
  const ask = async (bytes: string) => {
    using client = await front.connect();
    await client.send(bytes);
    return (await untilAnswer(client)).status;
  };
  const asked = Array.from({ length: 60 }, (_, n) => ask(n % 3 === 0 ? upload(4096) : get(`/${n}`)));
  const wanted = asked.map((_, n) => (n % 3 === 0 ? 413 : 200));
  expect(await Promise.all(asked)).toEqual(wanted);
  const stats = await reported(front, worker, ({ active }) => active === 0);
  expect([stats.requests, stats.errors, stats.queued]).toEqual([60, { request_body_too_large: 20 }, 0]);
  expect(worker.requests.filter(({ target }) => target === "/upload")).toEqual([]);
});
