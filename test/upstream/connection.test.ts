// Connection and Pool over real UNIX sockets, with a worker that does exactly what the test says.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Connection } from "../../src/upstream/connection.ts";
import { ConnectionPool } from "../../src/upstream/connection-pool.ts";
import type { RequestHead } from "../../src/upstream/request-head.ts";
import { eventually } from "../support/gw.ts";
import { okAnswer, type ScriptedOptions, ScriptedWorker } from "../support/scripted-worker.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { openingOf, Told } from "../support/told-exchange.ts";

const LINE_MOST = 1024;
const OK = "HTTP/1.1 200 OK\r\n";

const headOf = (method: string, body?: RequestHead["body"]): RequestHead => ({
  ...{ method, target: "/", host: "a", fields: [], visit: ["facts"], body },
});

function setUp(options: ScriptedOptions = {}) {
  const worker = new ScriptedWorker(options);
  const pool = new ConnectionPool(worker.path, LINE_MOST);
  return {
    worker,
    pool,
    [Symbol.dispose]() {
      pool.close();
      worker[Symbol.dispose]();
    },
  };
}

const connect = (pool: ConnectionPool): Promise<Connection> =>
  new Promise((resolve, reject) => pool.open(openingOf<Connection>(resolve, reject)));

/** Sends a whole request and returns what is told of it. */
function ask(connection: Connection, method = "GET"): Told {
  const told = new Told(method);
  connection.begin(told, headOf(method), undefined, true);
  return told;
}

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

  test("a connection that the worker closes while idle is not given out", async () => {
    using set = setUp({ answer: okAnswer });
    const [a, b] = [await connect(set.pool), await connect(set.pool)];
    await ask(a).ended();
    await ask(b).ended();
    set.worker.connections[1]?.close();
    await eventually(() => set.pool.size === 1, "the pool has one connection");
    const taken = set.pool.take() as Connection;
    expect(set.pool.take()).toBeUndefined();
    await ask(taken).ended();
    expect(set.worker.requests.length).toBe(3);
    expect(set.worker.requests[2]?.connection === set.worker.connections[0]).toBe(true);
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
    ["after an interim answer", "HTTP/1.1 100 Continue\r\n\r\n", [], { sent: true, answered: true }],
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

  test("where nothing listens, the opening is refused once, with a reason", async () => {
    using temp = makeTempDir();
    for (const path of [join(temp.path, "none.sock"), temp.write("file.sock", "")]) {
      const pool = new ConnectionPool(path, LINE_MOST);
      const reason = await new Promise<string>((resolve, reject) =>
        pool.open(
          openingOf(
            () => reject(new Error("opened")),
            ({ message }) => resolve(message),
          ),
        ),
      );
      expect(reason).not.toBe("");
      expect(pool.size).toBe(0);
    }
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

describe("upstream: the pool", () => {
  test("the connection that was used last is taken first", async () => {
    using set = setUp({ answer: okAnswer });
    const [a, b] = [await connect(set.pool), await connect(set.pool)];
    await ask(a).ended();
    await ask(b).ended();
    expect([set.pool.take(), set.pool.take(), set.pool.take()]).toEqual([b, a, undefined]);
    expect(set.pool.size).toBe(2);
  });

  test("closing ends what is idle at once, and what is busy when it is done", async () => {
    using set = setUp();
    const [idle, busy] = [await connect(set.pool), await connect(set.pool)];
    const first = ask(idle);
    const second = ask(busy);
    const requests = [await set.worker.next(), await set.worker.next()];
    await requests[0]?.connection.write(`${OK}Content-Length: 0\r\n\r\n`);
    await first.ended();
    set.pool.close();
    await set.worker.until(() => set.worker.open === 1, "the idle connection to be closed");
    await requests[1]?.connection.write(`${OK}Content-Length: 1\r\n\r\nz`);
    await second.ended();
    expect(second.body).toBe("z");
    await set.worker.until(() => set.worker.open === 0, "the busy connection to be closed");
    expect([set.pool.take(), set.pool.size]).toEqual([undefined, 0]);
  });
});
