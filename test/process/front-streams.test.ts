// Answers on their way out: each piece at once, no more in memory than needed, and nothing for a client that has left.
import { expect, setDefaultTimeout } from "bun:test";
import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { readAnswers } from "../support/answer-reader.ts";
import { test } from "../support/both-forms.ts";
import { get, request, untilAnswer } from "../support/exchange.ts";
import { type FrontProcess, startFront } from "../support/front-process.ts";
import { eventually } from "../support/gw.ts";
import type { RawClient } from "../support/raw-http.ts";
import { OK, okAnswer, type SeenRequest } from "../support/scripted-worker.ts";

setDefaultTimeout(60_000);

const MB = 1024 * 1024;
const SSE = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

test("streaming: the head goes out before there is any body", async (scripted) => {
  using worker = scripted();
  await using front = await startFront({}, worker.backend());
  for (const framing of ["Transfer-Encoding: chunked", "Content-Length: 5"]) {
    using client = await front.connect();
    await client.send(get());
    const seen = await worker.next();
    await seen.answer(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`);
    await client.until(`${framing}\r\n\r\n`);
  }
});

test("streaming: each event reaches the client before the next one is written", async (scripted) => {
  using worker = scripted();
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  await client.send(get());
  const seen = await worker.next();
  await seen.answer(SSE);
  for (let i = 0; i < 100; i++) {
    await seen.answer(chunk(`data: ${i}\n\n`));
    await client.until(`data: ${i}\n\n\r\n`);
  }
  await seen.answer("0\r\n\r\n");
  const answer = await untilAnswer(client);
  expect(answer.body).toBe(Array.from({ length: 100 }, (_, i) => `data: ${i}\n\n`).join(""));
});

test("streaming: each piece of an upload reaches the worker before the next one is sent", async (scripted) => {
  using worker = scripted();
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  await client.send(request("POST", "/", ["Transfer-Encoding: chunked"]));
  const seen = await worker.next();
  for (let i = 0; i < 50; i++) {
    await client.send(chunk(`piece ${i};`));
    await worker.until(() => seen.body.endsWith(`piece ${i};`), `piece ${i}`);
  }
  await client.send("0\r\n\r\n");
  await (await seen.whole()).answer(OK);
  expect((await untilAnswer(client)).body).toBe("ok");
});

test("streaming: request and answer flow at once", async (scripted) => {
  using worker = scripted();
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  await client.send(request("POST", "/", ["Transfer-Encoding: chunked"]));
  const seen = await worker.next();
  await seen.answer(SSE);
  for (let i = 0; i < 20; i++) {
    await client.send(chunk(`ping ${i};`));
    await worker.until(() => seen.body.endsWith(`ping ${i};`), `ping ${i}`);
    await seen.answer(chunk(`pong ${i};`));
    await client.until(`pong ${i};`);
  }
  await client.send("0\r\n\r\n");
  await seen.whole();
  await seen.answer("0\r\n\r\n");
  await client.until("0\r\n\r\n");
});

test("client gone: the worker's connection is closed, long before any timeout, and its place is free", async (scripted) => {
  using worker = scripted({ capacity: 1 });
  await using front = await startFront({}, worker.backend());
  for (const start of ["", SSE, `${SSE}${chunk("data: 1\n\n")}`]) {
    const client = await front.connect();
    await client.send(get("/gone"));
    const seen = await worker.next();
    await seen.answer(start);
    if (start !== "") await client.until("\r\n\r\n");
    client.terminate();
    await seen.untilLeft();
    using next = await front.connect();
    await next.send(get("/next"));
    await (await worker.next()).answer(OK);
    expect((await untilAnswer(next)).body).toBe("ok");
  }
  expect(front.logs()).toEqual([]);
});

test("client gone: a closed client counts as gone although it did not reset", async (scripted) => {
  using worker = scripted();
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  await client.send(get());
  const seen = await worker.next();
  client.end();
  await seen.untilLeft();
});

test("back-pressure: a client that stops reading 200 MB holds no memory, and gets all when it goes on", async (scripted) => {
  using worker = scripted();
  await using front = await startFront({}, worker.backend());
  for (const framing of ["Content-Length: 209715200", "Transfer-Encoding: chunked"]) {
    const before = front.rssBytes();
    const reader = new CountingReader(front.port);
    reader.send(get());
    const seen = await worker.next();
    reader.pause();
    const writing = writeMuch(seen, framing);
    await untilStill(() => writing.written);
    expect(front.rssBytes() - before).toBeLessThan(16 * MB);
    expect(writing.written).toBeLessThan(100 * MB);
    reader.resume();
    await reader.until(200 * MB);
    await writing.done;
    expect(front.rssBytes() - before).toBeLessThan(48 * MB);
    reader.destroy();
  }
});

test("back-pressure: what many clients that stop reading hold is what was under way to each, whatever they asked for", async (scripted) => {
  const count = 100;
  using worker = scripted({ capacity: count });
  await using front = await startFront({}, worker.backend());
  const before = front.rssBytes();
  const readers = Array.from({ length: count }, () => new CountingReader(front.port));
  const writings: { written: number }[] = [];
  for (const reader of readers) {
    reader.send(get());
    reader.pause();
    writings.push(writeMuch(await worker.next(), "Content-Length: 209715200"));
  }
  const written = () => writings.reduce((sum, writing) => sum + writing.written, 0);
  await untilStill(written);
  expect(written()).toBeLessThan(count * 50 * MB);
  expect(front.rssBytes() - before).toBeLessThan(count * MB);
  for (const reader of readers) reader.destroy();
});

test("back-pressure: a worker that stops reading 200 MB holds no memory, and gets all when it goes on", async (scripted) => {
  using worker = scripted({ isRecording: false });
  await using front = await startFront({ limitRequestBodyBytes: 1e9 }, worker.backend());
  for (const framing of ["Content-Length: 209715200", "Transfer-Encoding: chunked"]) {
    using client = await front.connect();
    const before = front.rssBytes();
    await client.send(request("POST", "/", [framing]));
    const seen = await worker.next();
    seen.connection.pause();
    const sending = sendMuch(client, framing);
    await untilStill(() => sending.written);
    expect(front.rssBytes() - before).toBeLessThan(16 * MB);
    expect(sending.written).toBeLessThan(100 * MB);
    seen.connection.resume();
    await seen.whole();
    expect(seen.bodyBytes).toBe(200 * MB);
    await sending.done;
    await seen.answer(OK);
    expect((await untilAnswer(client)).body).toBe("ok");
  }
});

test("back-pressure: an upload of 1 GB passes with flat memory", async (scripted) => {
  using worker = scripted({ isRecording: false });
  await using front = await startFront({ limitRequestBodyBytes: 2e9 }, worker.backend());
  using client = await front.connect();
  const piece = Buffer.alloc(MB, "x");
  await client.send(request("POST", "/", [`Content-Length: ${1024 * MB}`]));
  const seen = await worker.next();
  const before = front.rssBytes();
  let most = 0;
  for (let i = 0; i < 1024; i++) {
    await client.send(piece);
    most = Math.max(most, front.rssBytes());
  }
  await seen.whole();
  expect(seen.bodyBytes).toBe(1024 * MB);
  expect(most - before).toBeLessThan(64 * MB);
  await seen.answer(OK);
  expect((await untilAnswer(client)).body).toBe("ok");
});

test("back-pressure: a worker that is done and gone leaves a slow client the whole answer", async (scripted) => {
  using worker = scripted();
  await using front = await startFront({}, worker.backend());
  const size = 20 * MB;
  for (const framing of [`Content-Length: ${size}\r\n`, ""]) {
    const reader = new CountingReader(front.port);
    reader.send(get());
    const seen = await worker.next();
    reader.pause();
    await seen.answer(`HTTP/1.1 200 OK\r\nConnection: close\r\n${framing}\r\n`);
    const writing = seen.answer(new Uint8Array(size)).then(() => seen.connection.close());
    await front.untilStats(() => true);
    reader.resume();
    await writing;
    await reader.until(size);
    reader.destroy();
  }
  expect(front.logs()).toEqual([]);
});

test("back-pressure: one slow client does not hold up another one of the same worker", async (scripted) => {
  using worker = scripted({
    answer: (seen) => (seen.target === "/quick" ? okAnswer(seen) : undefined),
  });
  await using front = await startFront({}, worker.backend());
  const reader = new CountingReader(front.port);
  reader.send(get("/slow"));
  const seen = await worker.next();
  reader.pause();
  const writing = writeMuch(seen, "Content-Length: 209715200");
  await untilStill(() => writing.written);
  using quick = await front.connect();
  for (let i = 1; i <= 20; i++) {
    await quick.send(get("/quick"));
    await quick.until((text) => readAnswers(text).answers.length === i);
  }
  reader.destroy();
  await seen.untilLeft();
});

/** 200 MB in pieces of 1 MB; `written` counts what the kernel has taken. */
function writeMuch(seen: SeenRequest, framing: string): { written: number; done: Promise<void> } {
  const piece = Buffer.alloc(MB, "x");
  const state = { written: 0, done: Promise.resolve() };
  state.done = (async () => {
    await seen.answer(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`);
    for (let i = 0; i < 200; i++) {
      await seen.answer(framed(piece, framing));
      state.written += MB;
    }
    if (framing.startsWith("T")) await seen.answer("0\r\n\r\n");
  })();
  return state;
}

function sendMuch(client: RawClient, framing: string): { written: number; done: Promise<void> } {
  const piece = Buffer.alloc(MB, "x");
  const state = { written: 0, done: Promise.resolve() };
  state.done = (async () => {
    for (let i = 0; i < 200; i++) {
      await client.send(framed(piece, framing));
      state.written += MB;
    }
    if (framing.startsWith("T")) await client.send("0\r\n\r\n");
  })();
  return state;
}

const framed = (piece: Buffer, framing: string) =>
  framing.startsWith("T") ? Buffer.concat([Buffer.from("100000\r\n"), piece, Buffer.from("\r\n")]) : piece;

/** Resolves when the count has stood still for a while: whoever counts is blocked. */
async function untilStill(count: () => number): Promise<void> {
  let last = -1;
  let same = 0;
  while (same < 10) {
    same = count() === last ? same + 1 : 0;
    last = count();
    // biome-ignore lint/plugin: nobody tells that somebody is blocked; on a slow machine it looks too early, and the bounds still hold
    await Bun.sleep(20);
  }
}

/** A client that counts the bytes of a large response and forgets them. */
class CountingReader {
  readonly #socket: ReturnType<typeof connectTcp>;
  #received = 0;

  constructor(port: FrontProcess["port"]) {
    this.#socket = connectTcp(port, "127.0.0.1");
    this.#socket.on("data", (bytes) => {
      this.#received += bytes.length;
    });
    this.#socket.on("error", () => {});
  }

  send(bytes: string): void {
    this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Waits for at least so many bytes. */
  async until(bytes: number): Promise<void> {
    const ended = Promise.withResolvers<void>();
    const look = () => {
      if (this.#received >= bytes) ended.resolve();
    };
    this.#socket.on("data", look);
    this.#socket.on("close", () =>
      ended.reject(new Error(`closed after ${this.#received} of ${bytes} bytes`)),
    );
    look();
    await ended.promise;
    this.#socket.off("data", look);
  }
}

test("stream: a steady slow reader is not taken for a stalled one", async (scripted) => {
  const size = 4_000_000;
  const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${"x".repeat(size)}`;
  using worker = scripted({ answer: () => answer });
  await using front = await startFront({ socketTimeoutMs: 4000 }, worker.backend());
  // At least 244 reads: the pauses alone outlast the timeout, however fast the machine is.
  const reads = "while dd bs=16384 count=1 <&3 2>/dev/null | grep -q x; do sleep 0.02; done";
  const script = `exec 3<>/dev/tcp/127.0.0.1/${front.port}; printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n' >&3; ${reads}`;
  await Bun.$`bash -c ${script}`.quiet();
  expect(front.logs()).toEqual([]);
});

test("stream: the kernel holds little for a client that does not read, so that the progress of a slow one shows", async (scripted) => {
  using worker = scripted({ isRecording: false });
  await using front = await startFront({}, worker.backend());
  using client = await front.connect();
  client.pause();
  await client.send(get());
  const seen = await worker.next();
  void seen.answer(`HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n`);
  void seen.answer(new Uint8Array(50_000_000));
  await eventually(() => unsentTo(front.port) > 0, "the kernel takes no more at once");
  for (let report = 0; report < 2; report++) await front.untilStats(() => true);
  expect(unsentTo(front.port)).toBeLessThan(1_000_000);
});

/** Bytes that the kernel holds for the only client of this port, as /proc/net/tcp tells. */
function unsentTo(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const connections = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const own = connections.find(([, from, , state]) => from?.endsWith(local) && state === "01");
  return Number.parseInt(own?.[4]?.split(":")[0] ?? "0", 16);
}
