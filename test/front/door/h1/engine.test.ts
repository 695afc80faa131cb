// What is this door's own, beside the contract that it keeps with all others: its limits and times, and what its parser
// will not read. On real sockets, and a clock that stands still.
import { describe, expect, test } from "bun:test";
import type { Client } from "../../../../src/front/door/client.ts";
import type { Refusal, RefusalAnswer } from "../../../../src/front/door/door.ts";
import { Engine } from "../../../../src/front/door/h1/engine.ts";
import { readAnswer, readAnswers } from "../../../support/answer-reader.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { connectRaw, type RawClient } from "../../../support/raw-http.ts";
import { Watch } from "../../../support/watch.ts";

const KEEP_ALIVE_MS = 5_000;
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const REFUSED: RefusalAnswer = { status: 400, reason: "Bad Request", fields: ["A", "1"], body: "no" };

async function openDoor({ isSilent = false, headBytes = 16_384 } = {}) {
  const clock = new FakeClock();
  const watch = new Watch();
  const clients: Client[] = [];
  const refusals: Refusal[] = [];
  const counts: number[] = [];
  const engine = new Engine({
    ...{ host: "127.0.0.1", port: 0, clock, headBytes, headTimeoutMs: 10_000, keepAliveMs: KEEP_ALIVE_MS },
    listener: {
      onClient(client) {
        clients.push(client);
        watch.tell();
      },
      onRefusal(refusal) {
        refusals.push(refusal);
        watch.tell();
        return isSilent ? undefined : REFUSED;
      },
      onBug(thrown) {
        throw thrown;
      },
    },
    counter: {
      count(connections) {
        counts.push(connections);
        watch.tell();
      },
    },
  });
  const port = await engine.listen();
  const open: RawClient[] = [];
  return {
    ...{ engine, clock, clients, refusals, counts, port },
    async connect(): Promise<RawClient> {
      const client = await connectRaw({ port });
      open.push(client);
      return client;
    },
    until: (isTrue: () => boolean, what: string) => watch.until(isTrue, () => what),
    [Symbol.dispose]() {
      for (const client of open) client.terminate();
      engine.drain();
      clock.advance(60_000);
    },
  };
}

type OpenDoor = Awaited<ReturnType<typeof openDoor>>;

/** A connection on which one request was answered. */
async function answeredOn(door: OpenDoor): Promise<RawClient> {
  const client = await door.connect();
  const before = door.clients.length;
  await client.send(GET);
  await door.until(() => door.clients.length > before, "the request");
  door.clients.at(-1)?.answer(200, "OK", [], "ok");
  await client.until("\r\n\r\nok");
  return client;
}

describe("engine: its address", () => {
  test("it says which port it has got, and fails where somebody has it alone", async () => {
    using door = await openDoor();
    expect(door.port).toBeGreaterThan(0);
    using stranger = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const second = new Engine({
      ...{
        host: "127.0.0.1",
        port: stranger.port,
        clock: door.clock,
        headBytes: 1_024,
        headTimeoutMs: 1,
        keepAliveMs: 1,
      },
      listener: { onClient() {}, onRefusal: () => undefined, onBug() {} },
      counter: { count() {} },
    });
    await expect(second.listen()).rejects.toThrow("in use");
  });

  test("connections are counted as they come and go, and those that are too many are closed at once", async () => {
    using door = await openDoor();
    const first = await answeredOn(door);
    door.engine.closeBeyond(1);
    const second = await door.connect();
    await second.untilClosed();
    first.terminate();
    await door.until(() => door.engine.connections === 0, "the end of the first");
    expect([door.counts[0], door.counts.at(-1), Math.max(...door.counts)]).toEqual([1, 0, 1]);
  });
});

describe("engine: idle connections", () => {
  test("one is closed when nothing was asked for so long, and each request begins the time anew", async () => {
    using door = await openDoor();
    const client = await answeredOn(door);
    door.clock.advance(KEEP_ALIVE_MS - 1);
    await client.send(GET);
    await door.until(() => door.clients.length === 2, "the second request");
    // While it is answered, no time runs.
    door.clock.advance(10 * KEEP_ALIVE_MS);
    door.clients[1]?.answer(200, "OK", [], "second");
    await client.until("second");
    door.clock.advance(KEEP_ALIVE_MS - 1);
    expect(door.engine.connections).toBe(1);
    door.clock.advance(1);
    await client.untilClosed();
  });
});

describe("engine: connections on which nothing has been asked", () => {
  test("one is closed without a word when its time is over, and one that has begun a head is not", async () => {
    using door = await openDoor();
    const silent = await door.connect();
    const begun = await door.connect();
    await begun.send("GET / HTTP/1.1\r\nHo");
    await door.until(() => door.engine.connections === 2, "both connections");
    door.clock.advance(KEEP_ALIVE_MS - 1);
    expect(door.engine.connections).toBe(2);
    door.clock.advance(1);
    expect(await silent.untilClosed()).toBe("");
    await begun.send("st: a\r\n\r\n");
    await door.until(() => door.clients.length === 1, "the request");
    door.clock.advance(10 * KEEP_ALIVE_MS);
    door.clients[0]?.answer(200, "OK", [], "served");
    await begun.until("served");
    expect(door.refusals).toEqual([]);
  });
});

describe("engine: what its parser does not read", () => {
  test("it is told with its first line, answered, and the connection read to its end", async () => {
    using door = await openDoor();
    const client = await door.connect();
    await client.send("NONSENSE\r\nmore\r\n\r\n");
    const answer = readAnswer(await client.untilClosed());
    expect([answer.status, answer.body, answer.lines]).toEqual([
      400,
      "no",
      expect.arrayContaining(["A: 1", "Connection: close"]),
    ]);
    expect(door.refusals).toEqual([
      expect.objectContaining({ address: "127.0.0.1", isAnswering: false, line: "NONSENSE" }),
    ]);
    expect(door.clients).toEqual([]);
  });

  test("what comes in a second read is not told as a first line, and what comes behind the refusal is not judged", async () => {
    using door = await openDoor();
    const client = await door.connect();
    await client.send("GET /a HTTP/1.1\r\nCookie: ");
    await door.until(() => door.engine.connections === 1, "the connection is there");
    await client.send("secret\r\nX : y\r\n\r\n");
    await client.until("\r\n\r\n");
    await client.send("NONSENSE\r\n\r\nNONSENSE\r\n\r\n");
    await client.untilClosed();
    expect(door.refusals.map(({ line }) => line)).not.toContain("secret");
    expect(door.refusals).toHaveLength(1);
  });

  test("where there is no answer, it is closed without a word", async () => {
    using door = await openDoor({ isSilent: true });
    const client = await door.connect();
    await client.send("NONSENSE\r\n\r\n");
    expect(await client.untilClosed()).toBe("");
  });

  test("a head that is larger than may be is refused as such", async () => {
    using door = await openDoor({ headBytes: 2_048 });
    const client = await door.connect();
    await client.send(`GET / HTTP/1.1\r\nHost: a\r\nA: ${"x".repeat(4_096)}\r\n\r\n`);
    await client.untilClosed();
    expect(door.refusals.map(({ error }) => error.cause_)).toEqual(["request_head_too_large"]);
  });

  test("nonsense in a body that is being answered cuts the answer, and says nothing more", async () => {
    using door = await openDoor();
    const client = await door.connect();
    await client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    await door.until(() => door.clients.length === 1, "the request");
    const [served] = door.clients;
    served?.receiveBody({ onPiece() {}, onBodyEnd() {} });
    served?.sendHead(200, "OK", []);
    await client.until("\r\n\r\n");
    await client.send("zz\r\n");
    const text = await client.untilClosed();
    expect(text).not.toContain("no");
    expect(door.refusals.map(({ isAnswering }) => isAnswering)).toEqual([true]);
  });

  test("a question for the server as a whole is answered here, and nobody is bothered", async () => {
    using door = await openDoor();
    const client = await door.connect();
    await client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    const answer = readAnswer(await client.untilClosed(), "OPTIONS");
    expect([answer.status, door.clients, door.refusals]).toEqual([204, [], []]);
  });

  test("a client that leaves in the middle of a head is nobody that was refused", async () => {
    using door = await openDoor();
    const client = await door.connect();
    await client.send("GET / HTTP/1.1\r\nHos");
    await door.until(() => door.engine.connections === 1, "the connection");
    client.terminate();
    await door.until(() => door.engine.connections === 0, "its end");
    expect(door.refusals).toEqual([]);
  });
});

describe("engine: requests that are sent ahead", () => {
  test("each waits for the answer before it; far too many end the connection", async () => {
    using door = await openDoor();
    const client = await door.connect();
    await client.send(GET.repeat(3));
    for (const n of [1, 2, 3]) {
      await door.until(() => door.clients.length === n, `request ${n}`);
      door.clients[n - 1]?.answer(200, "OK", [], `${n}`);
    }
    const text = await client.until((all) => readAnswers(all).answers.length === 3);
    expect(readAnswers(text).answers.map(({ body }) => body)).toEqual(["1", "2", "3"]);

    const flood = await door.connect();
    await flood.send(GET.repeat(500));
    await flood.untilClosed();
    expect(door.refusals.map(({ error }) => error.cause_)).toEqual(["too_many_pipelined"]);
  });
});
