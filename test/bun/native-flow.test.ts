// Probes of Bun.serve's native door (src/front/door/h1/native.ts) over time: back-pressure both ways, clients that leave,
// pipelining, and the ways to end a connection.
import { describe, expect, test } from "bun:test";
import { readAnswer } from "../support/answer-reader.ts";
import type { RawClient } from "../support/raw-http.ts";
import { type Arrival, type Door, echo, openDoor, request } from "./native-door.ts";

const PIECE = Buffer.alloc(65_536, 97);
const UPLOAD_BYTES = 20_000_000;

type Told = { bytes: number; pieces: number; isLast: boolean; aborted: number };

/** Counts what `ondata` tells; to be called on the stack of the dispatch. */
function tally({ response }: Arrival, onPiece?: (told: Told) => void): Told {
  const told: Told = { bytes: 0, pieces: 0, isLast: false, aborted: 0 };
  response.ondata = (piece, isLast, aborted) => {
    told.bytes += piece?.length ?? 0;
    told.pieces++;
    told.isLast ||= isLast;
    told.aborted = aborted;
    onPiece?.(told);
  };
  return told;
}

/** Writes to a client that reads nothing until the door says that it does not keep up. */
function writeUntilNegative({ response }: Arrival): number {
  for (let written = PIECE.length; written < 100_000_000; written += PIECE.length)
    if (response.write(PIECE) < 0) return written;
  throw new Error("100 MB were taken for a client that reads nothing");
}

async function startStream(door: Door, client: RawClient): Promise<Arrival> {
  client.pause();
  await client.send(request("GET /"));
  const arrival = await door.arrival(0);
  arrival.response.writeHead(200, "OK", []);
  arrival.response.flushHeaders();
  return arrival;
}

describe("native flow: answers to a slow client", () => {
  test("write is negative when the client does not keep up, keeps what it was given, and onwritable follows", async () => {
    using door = await openDoor();
    using client = await door.connect();
    const arrival = await startStream(door, client);
    const { response } = arrival;
    let bytes = writeUntilNegative(arrival);
    for (let round = 0; round < 2; round++) {
      const writable = new Promise<void>((resolve) => {
        response.onwritable = resolve;
      });
      client.resume();
      await writable;
      client.pause();
      bytes += writeUntilNegative(arrival);
    }
    response.end();
    client.resume();
    const text = await client.until("\r\n0\r\n\r\n");
    expect(text.split("\r\n\r\n")[1]?.match(/a/g)?.length).toBe(bytes);
  });

  // src/front/files/delivery.ts reads one piece after the other into the same memory.
  test.each([1, 1_000, 16_384, 16_385, 32_768, 65_536, 1_000_000])(
    "a piece of %p bytes that is not held up has been taken out of its memory, which may be used again in the same turn",
    async (size) => {
      using door = await openDoor();
      using client = await door.connect();
      const { response } = await startStream(door, client);
      const newMemory = () => new Uint8Array(new ArrayBuffer(size));
      let memory = newMemory();
      const letters = "abcdefghij";
      let expected = "";
      let blocked = 0;
      for (let at = 0; blocked < 3 && at < 100_000_000 / Math.max(size, 1_000); at++) {
        memory.fill(letters.charCodeAt(at % 10));
        expected += (letters[at % 10] as string).repeat(size);
        if (response.write(memory) >= 0) continue;
        blocked++;
        memory = newMemory();
      }
      memory.fill(0);
      response.end();
      client.resume();
      const { body } = readAnswer(await client.until("\r\n0\r\n\r\n"));
      expect([body.length, body === expected]).toEqual([expected.length, true]);
      expect(blocked > 0 || size < 1_000).toBe(true);
    },
  );

  test("what is held up of a large piece stays in its memory until it is out", async () => {
    using door = await openDoor();
    using client = await door.connect();
    const { response } = await startStream(door, client);
    const memory = Buffer.alloc(20_000_000, "a");
    expect(response.write(memory)).toBeLessThan(0);
    memory.fill("b");
    response.end();
    client.resume();
    expect(readAnswer(await client.until("\r\n0\r\n\r\n")).body).toContain("b");
  });

  test("a further write while blocked forgets onwritable: it is set anew after each negative one", async () => {
    using door = await openDoor();
    using client = await door.connect();
    const arrival = await startStream(door, client);
    const { response } = arrival;
    writeUntilNegative(arrival);
    let forgotten = 0;
    response.onwritable = () => forgotten++;
    expect(response.write(PIECE)).toBeLessThan(0);
    const writable = new Promise<void>((resolve) => {
      response.onwritable = resolve;
    });
    client.resume();
    await writable;
    expect(forgotten).toBe(0);
  });

  test("closeWhenDrained waits for a slow client to take all of the answer", async () => {
    using door = await openDoor();
    using client = await door.connect();
    client.pause();
    await client.send(request("GET /"));
    const { response, socket } = await door.arrival(0);
    expect(response.writeHeadAndEnd(200, "OK", [], Buffer.alloc(UPLOAD_BYTES, 97))).toBeLessThan(0);
    socket.closeWhenDrained();
    expect(socket.closed).toBe(false);
    client.resume();
    expect((await client.untilClosed()).split("\r\n\r\n")[1]?.length).toBe(UPLOAD_BYTES);
  });

  test("what a slow client has yet to take is counted and told after the end as well; the next request counts as sent ahead", async () => {
    using door = await openDoor();
    using client = await door.connect();
    client.pause();
    await client.send(request("GET /"));
    const { response } = await door.arrival(0);
    response.writeHeadAndEnd(200, "OK", [], Buffer.alloc(UPLOAD_BYTES, 97));
    expect(response.bufferedAmount).toBeGreaterThan(0);
    await client.send(request("GET /next"));
    const next = await door.arrival(1);
    expect(next.isPipelined).toBe(true);
    const taken = new Promise<number>((resolve) => {
      response.onwritable = () => resolve(response.bufferedAmount);
    });
    client.resume();
    expect(await taken).toBe(0);
    expect(next.socket.startPipelinedResponse(next.response, false, false)).toBe(true);
    next.response.writeHeadAndEnd(200, "OK", [], "next");
    await client.until(/next$/);
  });

  test.each([
    ["at once", false],
    ["when all is taken", true],
  ])(
    "this end is closed behind an answer that is slowly taken, asked %s: the other end is still read: %p",
    async (_when, waits) => {
      using door = await openDoor();
      using client = await door.connect();
      client.pause();
      await client.send(request("POST /", `Content-Length: ${UPLOAD_BYTES}\r\n`));
      const { response, socket } = await door.arrival(0);
      response.writeHeadAndEnd(200, "OK", ["Connection", "close"], Buffer.alloc(UPLOAD_BYTES, 97));
      if (waits) response.onwritable = () => socket.end();
      else socket.end();
      client.resume();
      await client.untilClosed();
      expect(socket.closed).toBe(!waits);
    },
  );
});

describe("native flow: uploads", () => {
  const upload = request("POST /", `Content-Length: ${UPLOAD_BYTES}\r\n`);

  test("a body that came with its head is told in one piece and is the last", async () => {
    const pieces: unknown[] = [];
    using door = await openDoor({
      onArrival({ response }) {
        response.ondata = (piece, isLast, aborted) => {
          pieces.push([Buffer.from(piece ?? []).toString(), isLast, aborted]);
          if (isLast) response.writeHeadAndEnd(200, "OK", [], "done");
        };
      },
    });
    using client = await door.connect();
    await client.send(request("POST /", "Content-Length: 3\r\n", "abc"));
    await client.until("done");
    expect(pieces).toEqual([["abc", true, 0]]);
  });

  test("chunks come without their frame, extensions and trailers, and the end by itself", async () => {
    const pieces: unknown[] = [];
    using door = await openDoor({
      onArrival({ response }) {
        response.ondata = (piece, isLast) => {
          pieces.push([piece && Buffer.from(piece).toString(), isLast]);
          if (isLast) response.writeHeadAndEnd(200, "OK", [], "done");
        };
      },
    });
    using client = await door.connect();
    const body = "3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n";
    await client.send(request("POST /", "Transfer-Encoding: chunked\r\n", body));
    await client.until("done");
    expect(pieces).toEqual([
      ["abc", false],
      ["de", false],
      [undefined, true],
    ]);
  });

  test("pause stops an upload after the bytes of the present read; resume goes on to the last byte", async () => {
    let told: Told | undefined;
    let isPaused = false;
    const ended = Promise.withResolvers<void>();
    using door = await openDoor({
      onArrival(arrival) {
        if (!arrival.hasBody) return;
        told = tally(arrival, ({ isLast }) => isLast && ended.resolve());
        isPaused = arrival.response.pause();
      },
    });
    using client = await door.connect();
    let sent = false;
    const sending = client.send(Buffer.concat([Buffer.from(upload), Buffer.alloc(UPLOAD_BYTES)]));
    void sending.then(() => {
      sent = true;
    });
    const { response } = await door.arrival(0);
    // A second connection is served meanwhile: the loop has had every chance to read the first one.
    for (let turn = 0; turn < 20; turn++) await ping(door);
    expect(isPaused).toBe(true);
    expect(told?.bytes).toBeLessThanOrEqual(1 << 20);
    expect(sent).toBe(false);
    const held = response.resume();
    await sending;
    await ended.promise;
    expect((told?.bytes ?? 0) + (held instanceof Uint8Array ? held.length : 0)).toBe(UPLOAD_BYTES);
    expect(told?.aborted).toBe(0);
  });

  test("bytes that come before ondata is set are lost, paused or not", async () => {
    using door = await openDoor({ onArrival: ({ response }) => void response.pause() });
    using client = await door.connect();
    await client.send(request("POST /", "Content-Length: 5\r\n", "abc"));
    const arrival = await door.arrival(0);
    await ping(door);
    const ended = Promise.withResolvers<void>();
    const told = tally(arrival, ({ isLast }) => isLast && ended.resolve());
    const held = arrival.response.resume();
    await client.send("de");
    await ended.promise;
    expect({ held, bytes: told.bytes }).toEqual({ held: true, bytes: 2 });
  });
});

/** One whole exchange on a connection of its own. */
async function ping(door: Door): Promise<void> {
  using client = await door.connect();
  const index = door.arrivals.length;
  await client.send(request("GET /ping"));
  echo(await door.arrival(index));
  await client.until("/ping");
}

/** Resolves when the connection's own object tells of its end. */
const endOf = (door: Door) => new Promise<void>((resolve) => door.connections[0]?.once("close", resolve));

describe("native flow: a client that leaves", () => {
  const leavings = ["terminate", "end"] as const;
  test.each(leavings)(
    "%s before the answer ends its connection at once, and writing is harmless",
    async (leave) => {
      using door = await openDoor();
      using client = await door.connect();
      await client.send(request("GET /"));
      const { response, socket } = await door.arrival(0);
      const ended = endOf(door);
      client[leave]();
      await ended;
      expect(socket.closed).toBe(true);
      expect(response.write(Buffer.from("x"))).toBe(0);
    },
  );

  test("in the middle of an upload the end of the body is told as aborted", async () => {
    let told: Told | undefined;
    using door = await openDoor({
      onArrival(arrival) {
        told = tally(arrival);
      },
    });
    using client = await door.connect();
    await client.send(request("POST /", "Content-Length: 9\r\n", "abc"));
    await door.arrival(0);
    const ended = endOf(door);
    client.terminate();
    await ended;
    await Promise.resolve();
    expect(told).toEqual({ bytes: 3, pieces: 2, isLast: true, aborted: 1 });
  });

  test("is told also while its upload is paused", async () => {
    using door = await openDoor({
      onArrival(arrival) {
        tally(arrival);
        arrival.response.pause();
      },
    });
    using client = await door.connect();
    await client.send(request("POST /", "Content-Length: 9\r\n", "abc"));
    await door.arrival(0);
    const ended = endOf(door);
    client.terminate();
    await ended;
  });
});

describe("native flow: pipelining", () => {
  test("a request behind an unanswered one is dispatched as pipelined and answers when it is started", async () => {
    using door = await openDoor();
    using client = await door.connect();
    await client.send(request("GET /1") + request("GET /2") + request("GET /3"));
    const [first, second, third] = [await door.arrival(0), await door.arrival(1), await door.arrival(2)];
    expect([first, second, third].map(({ isPipelined }) => isPipelined)).toEqual([false, true, true]);
    echo(first);
    for (const next of [second, third]) {
      expect(next.socket.startPipelinedResponse(next.response, false, false)).toBe(true);
      echo(next);
    }
    const text = await client.until(/\/3$/);
    expect(text.split("\r\n\r\n").map((part) => part.slice(0, 2))).toEqual(["HT", "/1", "/2", "/3"]);
  });

  test("a request behind an answered one is not pipelined, even from the same packet", async () => {
    using door = await openDoor({ onArrival: echo });
    using client = await door.connect();
    await client.send(request("GET /1") + request("GET /2"));
    await client.until(/\/1[\s\S]*\/2$/);
    expect(door.arrivals.map(({ isPipelined }) => isPipelined)).toEqual([false, false]);
  });

  // Several times what one read brings.
  const FLOOD = 3000;
  const flood = request("GET /", `X: ${"x".repeat(1000)}\r\n`).repeat(FLOOD);

  test("readStop does not stop a flood of pipelined requests", async () => {
    using door = await openDoor({ onArrival: ({ socket }) => socket.readStop() });
    using client = await door.connect();
    await client.send(flood);
    await door.arrival(FLOOD - 1);
  });

  test("close does, in the middle of a read", async () => {
    using door = await openDoor({
      onArrival({ socket }) {
        if (door.arrivals.length === 16) socket.close();
      },
    });
    using client = await door.connect();
    await client.send(flood).catch(() => {});
    await client.untilClosed();
    expect(door.arrivals).toHaveLength(16);
  });

  test("pause of the first response does, after the bytes of the present read, and resume lets it go on", async () => {
    using door = await openDoor({
      onArrival({ response }) {
        if (door.arrivals.length === 1) response.pause();
      },
    });
    using client = await door.connect();
    const sending = client.send(flood);
    const { response } = await door.arrival(0);
    const before = door.arrivals.length;
    for (let turn = 0; turn < 20; turn++) await ping(door);
    expect(door.arrivals.length - 20).toBeLessThan(FLOOD / 2);
    expect(before).toBeLessThan(FLOOD / 2);
    response.resume();
    await sending;
    await door.arrival(FLOOD - 1 + 20);
  });
});

describe("native flow: the end of a connection", () => {
  test("close in the middle of chunks cuts without a last chunk", async () => {
    using door = await openDoor();
    using client = await door.connect();
    await client.send(request("GET /"));
    const { response, socket } = await door.arrival(0);
    response.writeHead(200, "OK", []);
    response.flushHeaders();
    response.write(Buffer.from("abc"));
    await client.until("abc\r\n");
    socket.close();
    expect(await client.untilClosed()).toEndWith("\r\n\r\n3\r\nabc\r\n");
  });

  test("server.close takes no more connections, closes idle ones and leaves the busy one to be closed by us", async () => {
    using door = await openDoor();
    using idle = await door.connect();
    await idle.send(request("GET /idle"));
    echo(await door.arrival(0));
    await idle.until("/idle");
    using busy = await door.connect();
    await busy.send(request("GET /busy"));
    const arrival = await door.arrival(1);
    door.server.close();
    await idle.untilClosed();
    await expect(door.connect()).rejects.toThrow();
    echo(arrival);
    await busy.until("/busy");
    await busy.send(request("GET /again"));
    echo(await door.arrival(2));
    await busy.until("/again");
    const { socket } = arrival;
    socket.closeWhenDrained();
    await busy.untilClosed();
  });

  test("closeAllConnections cuts what runs", async () => {
    using door = await openDoor();
    using client = await door.connect();
    await client.send(request("GET /"));
    await door.arrival(0);
    door.server.closeAllConnections();
    expect(await client.untilClosed()).toBe("");
  });
});
