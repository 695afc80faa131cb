// One HTTP/1.1 connection over a real UNIX socket, with a worker that does exactly what the test says.
import { describe, expect, test } from "bun:test";
import { Connection } from "../../src/upstream/connection.ts";
import { eventually } from "../support/gw.ts";
import { onBug } from "../support/on-bug.ts";
import { okAnswer } from "../support/scripted-worker.ts";
import { openingOf, Told } from "../support/told-exchange.ts";
import { ask, connect, LINE_MOST, OK, setUp } from "./over-http1.ts";
import { headOf } from "./request-of.ts";

describe("upstream: one connection", () => {
  test("it serves one exchange after the other, and the pool gives it out again", async () => {
    using set = setUp({ answer: okAnswer });
    let connection = await connect(set.pool);
    for (let n = 0; n < 3; n++) {
      const told = ask(connection);
      await told.ended();
      expect([told.events, told.body, told.reads]).toEqual([["head 200", "end"], "ok", 1]);
      const taken = set.pool.take();
      expect(taken).toBe(connection);
      connection = taken as Connection;
      expect(set.pool.take()).toBeUndefined();
    }
    expect([set.worker.accepted, set.worker.requests.length, set.pool.size]).toEqual([1, 3, 1]);
  });

  for (const [what, answer] of [
    ["Connection: close", `${OK}Connection: close\r\nContent-Length: 0\r\n\r\n`],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"],
    ["bytes behind its end", `${OK}Content-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n`],
  ] as const) {
    test(`an answer with ${what} is told whole, and the connection thrown away`, async () => {
      using set = setUp({ answer: () => answer });
      const told = ask(await connect(set.pool));
      await told.ended();
      expect(told.events).toEqual(["head 200", "end"]);
      await set.worker.until(() => set.worker.open === 0, "the connection to be closed");
      expect([set.pool.take(), set.pool.size]).toEqual([undefined, 0]);
    });
  }

  for (const [what, answer, kind] of [
    ["nonsense", "nonsense\r\n\r\n", "malformed"],
    ["a header that is too large", `${OK}A: ${"x".repeat(2 * LINE_MOST)}\r\n\r\n`, "header too large"],
    ["a chunk that is none", `${OK}Transfer-Encoding: chunked\r\n\r\nz\r\n`, "malformed"],
  ] as const) {
    test(`${what} is a failure, and the connection thrown away`, async () => {
      using set = setUp({ answer: () => answer });
      const told = ask(await connect(set.pool));
      await told.ended();
      expect(told.failure?.kind).toBe(kind);
      await set.worker.until(() => set.worker.open === 0, "the connection to be closed");
      expect([set.pool.take(), set.pool.size]).toEqual([undefined, 0]);
    });
  }

  test("a worker that speaks unasked loses its idle connection", async () => {
    using set = setUp({ answer: okAnswer });
    await ask(await connect(set.pool)).ended();
    await set.worker.connections[0]?.write(`${OK}Content-Length: 6\r\n\r\nforged`);
    await set.worker.until(() => set.worker.open === 0, "the connection to be closed");
    expect([set.pool.take(), set.pool.size]).toEqual([undefined, 0]);
  });

  test("what a worker says before it got a byte of the request is no answer to it", () => {
    const gone: boolean[] = [];
    const owner = {
      headerLineBytes: LINE_MOST,
      heads: new Map(),
      onIdle() {},
      onGone: (_: Connection, wasIdle: boolean) => gone.push(wasIdle),
      onBug,
    };
    const connection = new Connection(owner);
    // The kernel takes nothing for now.
    connection.attach({ write: () => 0, terminate: () => connection.onClosed() } as never);
    const told = ask(connection);
    connection.onData(Buffer.from(`${OK}Content-Length: 6\r\n\r\nforged`));
    expect([told.events, told.failure]).toEqual([
      ["failure lost"],
      { kind: "lost", sent: false, answered: false },
    ]);
    expect(gone).toHaveLength(1);
  });

  test("an answer before the end of the request uses the connection up", async () => {
    using set = setUp();
    const connection = await connect(set.pool);
    const told = new Told("POST");
    connection.begin(told, headOf("POST", 5), Buffer.from("ab"), false);
    const request = await set.worker.next();
    await request.connection.write(`${OK}Content-Length: 2\r\n\r\nno`);
    await told.ended();
    expect([told.events, told.body]).toEqual([["head 200", "end"], "no"]);
    await set.worker.until(() => set.worker.open === 0, "the connection to be closed");
    expect(set.pool.take()).toBeUndefined();
  });

  test("destroying a connection while a piece of its answer is told leaves nothing behind", async () => {
    using set = setUp({ answer: () => `${OK}Content-Length: 2\r\n\r\nok` });
    const connection = await connect(set.pool);
    const told = new Told();
    told.onPiece = () => connection.destroy();
    connection.begin(told, headOf("GET"), undefined, true);
    await set.worker.until(
      () => set.worker.open === 0 && set.worker.accepted === 1,
      "the connection to be closed",
    );
    expect([told.events, told.reads, set.pool.take(), set.pool.size]).toEqual([
      ["head 200"],
      0,
      undefined,
      0,
    ]);
  });
});

describe("upstream: how an exchange is lost", () => {
  for (const [what, answer, events, failure] of [
    ["before a byte of the answer", "", [], { sent: true, answered: false }],
    ["in the middle of the head", "HTTP/1.1 200 O", [], { sent: true, answered: true }],
    [
      "after an interim answer",
      "HTTP/1.1 100 Continue\r\n\r\n",
      ["interim 100"],
      { sent: true, answered: true },
    ],
    [
      "in the middle of a body",
      `${OK}Content-Length: 9\r\n\r\nab`,
      ["head 200"],
      { sent: true, answered: true },
    ],
    [
      "before the last chunk",
      `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n`,
      ["head 200"],
      { sent: true, answered: true },
    ],
  ] as const) {
    for (const how of ["close", "reset"] as const) {
      test(`${how} ${what}`, async () => {
        using set = setUp();
        const told = ask(await connect(set.pool));
        const { connection } = await set.worker.next();
        await connection.write(answer);
        if (answer !== "")
          await told.watch.until(
            () => told.reads > 0,
            () => "the answer to be read",
          );
        connection[how]();
        await told.ended();
        expect(told.events).toEqual([...events, "failure lost"]);
        expect(told.failure).toEqual({ kind: "lost", ...failure });
        expect([set.pool.take(), set.pool.size]).toEqual([undefined, 0]);
      });
    }
  }

  test("an answer without framing ends with the connection, and is no failure", async () => {
    using set = setUp();
    const told = ask(await connect(set.pool));
    const { connection } = await set.worker.next();
    await connection.write(`${OK}\r\nall there is`);
    await told.watch.until(
      () => told.body === "all there is",
      () => "the body",
    );
    expect(told.events).toEqual(["head 200"]);
    const reads = told.reads;
    connection.close();
    await told.ended();
    expect([told.events, told.failure]).toEqual([["head 200", "end"], undefined]);
    expect(told.reads).toBe(reads + 1);
    expect([set.pool.take(), set.pool.size]).toEqual([undefined, 0]);
  });

  test("of a request that no byte was written of, nothing was sent", async () => {
    using set = setUp();
    const connection = await connect(set.pool);
    await set.worker.until(() => set.worker.accepted === 1, "the connection at the worker");
    set.worker.connections[0]?.reset();
    const told = ask(connection);
    await told.ended();
    expect(told.failure).toEqual({ kind: "lost", sent: false, answered: false });
  });
});

/** What an exchange is told while an answer comes. */
const TOLD = ["onHead", "onBody", "onEnd", "onRead"] as const;

describe("upstream: a mistake of ours", () => {
  test.each(TOLD)("in %s is how its exchange ends, and nobody else's", async (what) => {
    using set = setUp({ answer: okAnswer });
    const thrown = new Error("ours");
    const told = new Told();
    told[what] = () => {
      throw thrown;
    };
    (await connect(set.pool)).begin(told, headOf("GET"), undefined, true);
    await told.watch.until(
      () => told.failure !== undefined,
      () => "the end of the exchange",
    );
    expect(told.failure).toEqual({ kind: "bug", thrown });
    const next = ask(await connect(set.pool));
    await next.ended();
    expect([next.events, next.body, set.bugs]).toEqual([["head 200", "end"], "ok", []]);
  });

  test("about nobody's exchange is told", async () => {
    using set = setUp();
    const thrown = new Error("ours");
    set.pool.open(
      openingOf<Connection>(
        () => {
          throw thrown;
        },
        () => {},
      ),
    );
    await eventually(() => set.bugs.length > 0, "somebody is told");
    expect(set.bugs).toEqual([thrown]);
    await eventually(() => set.pool.size === 0, "its connection is closed");
  });
});

describe("upstream: the pace of the slower side", () => {
  const BIG = 3_000_000;

  test("a worker that does not read is told so; it gets every byte in order when it does", async () => {
    using set = setUp({ isReading: false, answer: okAnswer });
    const connection = await connect(set.pool);
    const told = new Told("POST");
    const body = Buffer.alloc(BIG, "0123456789abcdef");
    connection.begin(told, headOf("POST", BIG), undefined, false);
    expect(connection.write(body.subarray(0, BIG - 5))).toBe(false);
    expect(connection.write(body.subarray(BIG - 5))).toBe(false);
    connection.finish();
    expect(told.drains).toBe(0);
    await set.worker.until(() => set.worker.accepted === 1, "the connection at the worker");
    set.worker.connections[0]?.resume();
    await told.ended();
    expect(told.drains).toBe(1);
    expect(set.worker.requests[0]?.body === body.toString("latin1")).toBe(true);
    expect(set.pool.take()).toBe(connection);
  });

  test("a paused connection reads no more, holds the worker back, and loses nothing", async () => {
    using set = setUp();
    const connection = await connect(set.pool);
    const told = ask(connection);
    const request = await set.worker.next();
    told.onPiece = () => connection.pause();
    let written = false;
    const writing = request.connection
      .write(`${OK}Content-Length: ${BIG}\r\n\r\n${"x".repeat(BIG)}`)
      .then(() => {
        written = true;
      });
    await told.watch.until(
      () => told.body.length > 0,
      () => "the first piece",
    );
    // As many turns as it likes: nothing but `resume` may bring more.
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect([told.body.length < BIG, written, told.events]).toEqual([true, false, ["head 200"]]);
    told.onPiece = undefined;
    connection.resume();
    await Promise.all([writing, told.ended()]);
    expect([told.body.length, told.events]).toEqual([BIG, ["head 200", "end"]]);
  });

  test("an answer that ends in a paused connection does not stop the next one on it", async () => {
    using set = setUp({ answer: okAnswer });
    const connection = await connect(set.pool);
    const slow = new Told();
    slow.onPiece = () => connection.pause();
    connection.begin(slow, headOf("GET"), undefined, true);
    await slow.ended();
    expect(set.pool.take()).toBe(connection);
    const next = ask(connection);
    await next.ended();
    expect([next.events, next.body]).toEqual([["head 200", "end"], "ok"]);
  });

  test("what a worker wrote before it closed is read to its end, however late", async () => {
    using set = setUp();
    const connection = await connect(set.pool);
    const told = ask(connection);
    told.onPiece = () => connection.pause();
    const request = await set.worker.next();
    await request.connection.write(`${OK}Content-Length: 9\r\n\r\nabc`);
    await told.watch.until(
      () => told.body === "abc",
      () => "the first piece",
    );
    await request.connection.write("defghi");
    request.connection.close();
    await set.worker.until(() => request.connection.isClosed, "the worker's end to be closed");
    connection.resume();
    await told.ended();
    expect([told.body, told.events]).toEqual(["abcdefghi", ["head 200", "end"]]);
  });
});
