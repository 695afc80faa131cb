// What only a real socket shows: a client that leaves, answers that nobody reads, uploads that nobody takes.
import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { eventually } from "../support/gw.ts";
import { ask, requestBytes, startWorker, type WorkerProcess } from "../support/worker-process.ts";

type Seen = { aborted: string[]; produced: number };

const look = async (worker: WorkerProcess) => (await ask(worker, "/")).json<Seen>();

describe("streams", () => {
  test.each(["/hold", "/events"])("streams: a client that leaves %s aborts req.signal", async (path) => {
    await using worker = startWorker("streams.ts");
    await worker.heard("ready");
    const client = await worker.connect();
    await client.send(requestBytes(path));
    if (path === "/events") await client.until("data: one");
    else await look(worker);
    client.terminate();
    await eventually(async () => (await look(worker)).aborted.includes(path), `${path} was aborted`);
  });

  test("streams: an event reaches the socket while the answer goes on", async () => {
    await using worker = startWorker("streams.ts");
    await worker.heard("ready");
    using client = await worker.connect();
    await client.send(requestBytes("/events"));
    expect(await client.until("data: one\n\n")).toStartWith("HTTP/1.1 200 OK\r\n");
    expect(client.isClosed).toBe(false);
  });

  test("streams: an answer that nobody reads is not produced without end", async () => {
    await using worker = startWorker("streams.ts");
    await worker.heard("ready");
    const socket = connect(worker.socket);
    try {
      socket.pause();
      socket.write(requestBytes("/endless"));
      await eventually(async () => (await look(worker)).produced > 0, "the answer has begun");
      await untilStill(async () => (await look(worker)).produced);
      expect((await look(worker)).produced).toBeLessThan(16 * 2 ** 20);
    } finally {
      socket.destroy();
    }
  });

  test("streams: an upload that the app does not take stops at the socket", async () => {
    await using worker = startWorker("streams.ts");
    await worker.heard("ready");
    const socket = connect(worker.socket);
    try {
      socket.on("error", () => {});
      const head = requestBytes("/unread", {
        method: "POST",
        headers: { "Content-Length": String(2 ** 30) },
      });
      socket.write(head);
      let sent = 0;
      const chunk = Buffer.alloc(65536);
      const more = () => {
        while (sent < 2 ** 27) {
          sent += chunk.length;
          if (!socket.write(chunk)) return void socket.once("drain", more);
        }
      };
      more();
      await untilStill(async () => sent);
      expect(sent).toBeLessThan(32 * 2 ** 20);
    } finally {
      socket.destroy();
    }
  });
});

/** Waits until a growing figure is the same in five looks, each after a turn of real work elsewhere. */
async function untilStill(figure: () => Promise<number>): Promise<void> {
  let last = -1;
  let same = 0;
  await eventually(async () => {
    const now = await figure();
    same = now === last ? same + 1 : 0;
    last = now;
    return same >= 5;
  }, "the figure stands still");
}
