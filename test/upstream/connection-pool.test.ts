// The pool over real UNIX sockets, with a worker that does exactly what the test says.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Connection } from "../../src/upstream/connection.ts";
import { ConnectionPool } from "../../src/upstream/connection-pool.ts";
import { eventually } from "../support/gw.ts";
import { onBug } from "../support/on-bug.ts";
import { okAnswer } from "../support/scripted-worker.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { openingOf } from "../support/told-exchange.ts";
import { ask, connect, LINE_MOST, OK, setUp } from "./over-http1.ts";

describe("connection pool: what it gives out", () => {
  test("the connection that was used last is taken first", async () => {
    using set = setUp({ answer: okAnswer });
    const [a, b] = [await connect(set.pool), await connect(set.pool)];
    await ask(a).ended();
    await ask(b).ended();
    expect([set.pool.take(), set.pool.take(), set.pool.take()]).toEqual([b, a, undefined]);
    expect(set.pool.size).toBe(2);
  });

  test.each([0, 1])(
    "a connection that the worker closes while idle is not given out (%d)",
    async (closed) => {
      using set = setUp({ answer: okAnswer });
      const there = [await connect(set.pool), await connect(set.pool)];
      for (const connection of there) await ask(connection).ended();
      set.worker.connections[closed]?.close();
      await eventually(() => set.pool.size === 1, "the pool has one connection");
      const taken = set.pool.take() as Connection;
      expect([taken === there[1 - closed], set.pool.take()]).toEqual([true, undefined]);
      await ask(taken).ended();
      expect(set.worker.requests.length).toBe(3);
      expect(set.worker.requests[2]?.connection === set.worker.connections[1 - closed]).toBe(true);
    },
  );

  test("what nobody wants any more once it is open is kept for the next one", async () => {
    using set = setUp();
    const heard: string[] = [];
    set.pool.open({
      isWanted: false,
      onOpened: () => heard.push("opened"),
      onRefused: (reason) => heard.push(reason),
    });
    await eventually(() => set.pool.hasIdle, "the connection is idle");
    expect([heard, set.pool.size]).toEqual([[], 1]);
    expect([set.pool.take()?.isIdle, set.pool.hasIdle, set.pool.size]).toEqual([true, false, 1]);
  });
});

describe("connection pool: where nothing listens", () => {
  test("where nothing listens, the opening is refused once, with a reason", async () => {
    using temp = makeTempDir();
    for (const path of [join(temp.path, "none.sock"), temp.write("file.sock", "")]) {
      const pool = new ConnectionPool(path, LINE_MOST, onBug);
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

  test("whoever has left meanwhile does not hear of it", async () => {
    using temp = makeTempDir();
    const pool = new ConnectionPool(join(temp.path, "none.sock"), LINE_MOST, onBug);
    const heard: string[] = [];
    pool.open({
      isWanted: false,
      onOpened: () => heard.push("opened"),
      onRefused: (reason) => heard.push(reason),
    });
    // Asked later, refused later.
    await new Promise<void>((resolve) =>
      pool.open(
        openingOf(
          () => {},
          () => resolve(),
        ),
      ),
    );
    expect(heard).toEqual([]);
  });
});

describe("connection pool: its end", () => {
  test("idle connections are dropped when the worker is about to end; busy ones come back", async () => {
    using set = setUp();
    const [idle, busy] = [await connect(set.pool), await connect(set.pool)];
    const told = [ask(idle), ask(busy)];
    const requests = [await set.worker.next(), await set.worker.next()];
    await requests[0]?.answer(`${OK}Content-Length: 0\r\n\r\n`);
    await told[0]?.ended();
    set.pool.dropIdle();
    expect(set.pool.hasIdle).toBe(false);
    await set.worker.until(() => set.worker.open === 1, "the idle connection to be closed");
    await requests[1]?.answer(`${OK}Content-Length: 0\r\n\r\n`);
    await told[1]?.ended();
    expect([set.pool.take(), set.pool.size]).toEqual([busy, 1]);
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
