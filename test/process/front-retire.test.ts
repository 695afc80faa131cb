// One front after the other on one port: new connections are steered to the newer one, the older one serves what was on
// its way, says that it is quiet, and only then closes the port. No client may notice.
import { expect, setDefaultTimeout, test } from "bun:test";
import { valuesOf } from "../support/answer-reader.ts";
import { get, lastAnswer, refusalOf, untilAnswer } from "../support/exchange.ts";
import { type FrontProcess, isA, startFront } from "../support/front-process.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";
import { exchangeRaw } from "../support/raw-http.ts";
import { OK, okAnswer, ScriptedWorker } from "../support/scripted-worker.ts";

setDefaultTimeout(60_000);

const CLOSING = get("/", ["Connection: close"]);
/** Clients that open a connection for each request, until they are told to stop; and what went wrong. */
function startClients(port: number, count: number) {
  const failures: string[] = [];
  let total = 0;
  let isOver = false;
  const client = async () => {
    while (!isOver) {
      const text = await exchangeRaw({ port }, CLOSING).catch((error) => String(error));
      total++;
      if (!/^HTTP\/1\.1 200 .*\r\n\r\nok$/s.test(text)) failures.push(text);
    }
  };
  const clients = Array.from({ length: count }, client);
  return {
    get total() {
      return total;
    },
    async finish() {
      isOver = true;
      await Promise.all(clients);
      return { total, failures };
    },
  };
}

const requestsOf = async (front: FrontProcess) => (await front.untilStats(() => true)).requests;

testWith(ON_LINUX)("retirement: front after front takes the port over, and no request fails", async () => {
  using worker = new ScriptedWorker({ answer: okAnswer, isRecording: false, capacity: 1000 });
  await using fronts = new AsyncDisposableStack();
  const start = async (port: number) => fronts.use(await startFront({ port }, worker.backend()));
  let serving = await start(0);
  const clients = startClients(serving.port, 8);
  for (let swap = 0; swap < 4; swap++) {
    const next = await start(serving.port);
    // Numbered as they were bound: when the older one has closed the port, this is number 0 again.
    await next.steer(1);
    const quiet = serving.untilQuiet();
    serving.retire();
    await quiet;
    serving.drain();
    expect(await serving.exited).toBe(0);
    serving = next;
  }
  const { total, failures } = await clients.finish();
  expect(failures).toEqual([]);
  expect(total).toBeGreaterThan(100);
});

testWith(ON_LINUX)("retirement: two fronts take over from two, one leaving after the other", async () => {
  using worker = new ScriptedWorker({ answer: okAnswer, isRecording: false, capacity: 1000 });
  await using fronts = new AsyncDisposableStack();
  const start = async (port: number) => fronts.use(await startFront({ port }, worker.backend()));
  const first = await start(0);
  const clients = startClients(first.port, 8);
  const second = await start(first.port);
  const third = await start(first.port);
  const fourth = await start(first.port);
  await third.steer(2, 3);
  const leaves = async (front: FrontProcess) => {
    front.drain();
    expect(await front.exited).toBe(0);
  };
  const quiet = [first, second].map((front) => front.untilQuiet());
  for (const front of [first, second]) front.retire();
  await Promise.all(quiet);
  const before = await requestsOf(second);
  // When 0 closes, 3 gets its number: only what 2 stands for is the same before and after. As 1 closes next, so is 0.
  await third.steer(2);
  await leaves(first);
  await third.steer(0, 2);
  expect(await requestsOf(second)).toBe(before);
  await third.steer(0);
  await leaves(second);
  await third.steer();
  const [thirdBefore, fourthBefore] = [await requestsOf(third), await requestsOf(fourth)];
  expect(await requestsOf(third)).toBeGreaterThan(thirdBefore);
  expect(await requestsOf(fourth)).toBeGreaterThan(fourthBefore);
  expect((await clients.finish()).failures).toEqual([]);
});

testWith(ON_LINUX)(
  "steering: new connections go to the named listeners only, and to all when it ends",
  async () => {
    using worker = new ScriptedWorker({ answer: okAnswer });
    await using first = await startFront({}, worker.backend());
    await using second = await startFront({ port: first.port }, worker.backend());
    const ask = async (count: number) => {
      for (let i = 0; i < count; i++)
        expect(await exchangeRaw({ port: first.port }, CLOSING)).toEndWith("ok");
    };
    await first.steer(1);
    await ask(30);
    expect([await requestsOf(first), await requestsOf(second)]).toEqual([0, 30]);
    await first.steer(0);
    await ask(30);
    expect([await requestsOf(first), await requestsOf(second)]).toEqual([30, 30]);
    await second.steer();
    await second.steer();
    await ask(60);
    expect(await requestsOf(first)).toBeWithin(31, 90);
  },
);

/** More and more answers end their connections; resolves when so many in a row did that all of them do. */
async function untilAllClose(front: FrontProcess): Promise<void> {
  // So many that no share below all is likely to have been met by luck.
  for (let inARow = 0; inARow < 200; ) {
    using client = await front.connect();
    await client.send(get("/again"));
    const closes = valuesOf(await untilAnswer(client), "connection").includes("close");
    inARow = closes ? inARow + 1 : 0;
  }
}

test("retirement: idle connections are used once more, and every answer ends its connection after a moment", async () => {
  using worker = new ScriptedWorker({ answer: okAnswer });
  await using front = await startFront({}, worker.backend());
  using idle = await front.connect();
  await idle.send(get("/first"));
  expect(valuesOf(await untilAnswer(idle), "connection")).toEqual([]);
  front.retire();
  await untilAllClose(front);
  using fresh = await front.connect();
  await fresh.send(get());
  expect(valuesOf(await lastAnswer(fresh), "connection")).toEqual(["close"]);
  const quiet = front.untilQuiet();
  await idle.send(get("/second"));
  expect(await idle.untilClosed()).toContain("Connection: close");
  await quiet;
  const targets = worker.requests.map(({ target }) => target).filter((target) => target !== "/again");
  expect(targets).toEqual(["/first", "/", "/second"]);
  // What comes all the same is served, and then it is quiet once more.
  const again = front.untilQuiet();
  using late = await front.connect();
  await late.send(get());
  expect((await lastAnswer(late)).body).toBe("ok");
  await again;
  front.drain();
  expect(await front.exited).toBe(0);
});

test("retirement: a connection that has said nothing yet is waited for, and ended in the end", async () => {
  using worker = new ScriptedWorker({ answer: okAnswer });
  await using front = await startFront({}, worker.backend());
  using silent = await front.connect();
  using mute = await front.connect();
  front.retire({ withinMs: 2500, streamsWithinMs: 0 });
  await front.untilStats(() => true);
  await front.untilStats(() => true);
  expect(front.messages().filter(isA("quiet"))).toEqual([]);
  await silent.send(get());
  expect((await lastAnswer(silent)).body).toBe("ok");
  const quiet = front.untilQuiet();
  expect(await mute.untilClosed()).toBe("");
  await quiet;
});

test("retirement: what is unanswered has its time, an answer that has begun a longer one", async () => {
  using worker = new ScriptedWorker();
  await using front = await startFront({}, worker.backend());
  using unanswered = await front.connect();
  await unanswered.send(get("/hangs"));
  await worker.next();
  using uploading = await front.connect();
  await uploading.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  using streaming = await front.connect();
  await streaming.send(get("/stream"));
  const stream = await worker.next();
  await stream.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  await streaming.until("hello");
  await front.untilStats(({ active }) => active === 3);
  front.retire({ withinMs: 300, streamsWithinMs: 60_000 });
  expect(await refusalOf(front, await untilAnswer(unanswered))).toMatchObject({
    status: 504,
    cause: "worker_stopped",
  });
  expect(await front.heard(isA("lost"))).toMatchObject({
    count: 1,
    requests: [{ path: "/hangs" }],
    hasLeft: false,
  });
  unanswered.terminate();
  expect([streaming.isClosed, uploading.isClosed]).toEqual([false, false]);
  front.retire({ withinMs: 0, streamsWithinMs: 200 });
  const quiet = front.untilQuiet();
  expect(await refusalOf(front, await untilAnswer(uploading))).toMatchObject({
    status: 503,
    cause: "shutting_down",
  });
  uploading.terminate();
  await streaming.untilClosed();
  expect((await front.untilCause("response_incomplete")).fields?.why).toBe("worker_stopped");
  await quiet;
});

test("retirement: what waits for a worker waits on, and has its own time there", async () => {
  using worker = new ScriptedWorker({ capacity: 1 });
  await using front = await startFront({}, worker.backend());
  using running = await front.connect();
  await running.send(get("/first"));
  await worker.next();
  using waiting = await front.connect();
  await waiting.send(get("/second"));
  await front.untilStats(({ queued }) => queued === 1);
  front.retire({ withinMs: 1000, streamsWithinMs: 0, queueWithinMs: 60_000 });
  expect(await refusalOf(front, await untilAnswer(running))).toMatchObject({ cause: "worker_stopped" });
  const second = await worker.next();
  await second.answer(OK);
  expect(valuesOf(await untilAnswer(waiting), "connection")).toEqual(["close"]);
});

test("retirement: a front that must stop before it is quiet does so as any other", async () => {
  using worker = new ScriptedWorker();
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  await client.send(get());
  const seen = await worker.next();
  front.retire();
  front.drain();
  await seen.answer(OK);
  expect((await lastAnswer(client)).body).toBe("ok");
  expect(await front.exited).toBe(0);
  expect(front.messages().filter(isA("quiet"))).toEqual([]);
});
