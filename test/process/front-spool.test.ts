// Answers that wait on the disk for clients who take none of them: who gets what when those go on, and when the worker is lost meanwhile.
import { expect, test as once, setDefaultTimeout } from "bun:test";
import { connect } from "node:http2";
import { text as textOf } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import { readAnswer } from "../support/answer-reader.ts";
import { type MakeWorker, scriptedIn, test } from "../support/both-forms.ts";
import { get, request, untilAnswer } from "../support/exchange.ts";
import { type FrontProcess, startFront } from "../support/front-process.ts";
import type { RawClient } from "../support/raw-http.ts";
import type { ScriptedWorker } from "../support/scripted-worker.ts";
import { randomOf } from "../support/seeded-random.ts";
import { tlsSetup } from "../support/tls-setup.ts";

setDefaultTimeout(30_000);

const CAPACITY = 4;
const SILENT = 2 * CAPACITY;
const random = randomOf(11);
/** Compressed it is not much less. */
const BODY = Buffer.from(Uint8Array.from({ length: 750_000 }, () => random() * 256)).toString("base64");
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const BY_LENGTH = `HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
const CHUNK = `${BODY.length.toString(16)}\r\n${BODY}\r\n`;
const inChunks = (type: string) =>
  `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n`;
const CHUNKED = `${inChunks("text/plain")}Trailer: X-Sum\r\n\r\n${CHUNK}0\r\nX-Sum: 7\r\n\r\n`;

const SETTINGS = {
  maxQueue: 100,
  pace: {
    body: { timeoutMs: 20_000, maxTimeoutMs: 0, minRate: 500 },
    answer: { timeoutMs: 60_000, minRate: 500 },
    spoolBytes: 2 ** 26,
  },
};

function worker(scripted: MakeWorker, answer: string): ScriptedWorker {
  return scripted({ answer: ({ target }) => (target === "/other" ? OK : answer), capacity: CAPACITY });
}

/** A worker that has a thread for each request cannot lend out the place of one that waits. */
const start = (one: ScriptedWorker, settings: Partial<typeof SETTINGS> = {}) =>
  startFront({ ...SETTINGS, ...settings }, { ...one.backend(), keepsPlaces: true });

class Silent implements Disposable {
  readonly clients: readonly RawClient[];

  constructor(clients: readonly RawClient[]) {
    this.clients = clients;
  }

  static async ask(front: FrontProcess, count = SILENT): Promise<Silent> {
    const silent = new Silent(await Promise.all(Array.from({ length: count }, () => front.connect())));
    for (const one of silent.clients) {
      one.pause();
      await one.send(get("/down"));
    }
    return silent;
  }

  [Symbol.dispose](): void {
    for (const one of this.clients) one[Symbol.dispose]();
  }
}

/** Less than half of the places may be held by those who take nothing. */
const untilSpooled = (front: FrontProcess) =>
  front.untilStats(
    ({ active, queued, workers: [load] }) =>
      active === SILENT && queued === 0 && (load?.active ?? SILENT) <= CAPACITY / 2,
  );

test("spool: answers whose length nobody has told leave the workers as well, and come whole with their trailers", async (scripted) => {
  using one = worker(scripted, CHUNKED);
  await using front = await start(one);
  using silent = await Silent.ask(front);
  await untilSpooled(front);
  using other = await front.connect();
  for (const method of ["HEAD", "GET"]) {
    await other.send(request(method, "/other"));
    await other.until((text) => text.split("HTTP/1.1 200 OK").length > (method === "HEAD" ? 1 : 2));
  }
  for (const client of silent.clients) {
    client.resume();
    const { body, trailers } = await untilAnswer(client);
    expect([body === BODY, trailers]).toEqual([true, ["X-Sum: 7"]]);
  }
  expect(front.logs()).toEqual([]);
});

once("spool: clients of HTTP/2 get them whole, and so do those who get them compressed", async () => {
  using one = worker(scriptedIn("HTTP/1.1"), CHUNKED);
  const tls = tlsSetup({ http2: true });
  const answers = { fields: [], compressedTypes: ["text/plain"] };
  await using front = await startFront(
    { ...SETTINGS, answers, tls },
    { ...one.backend(), keepsPlaces: true },
  );
  const sessions = ["gzip", "identity"].map((coding) => {
    const session = connect(`https://127.0.0.1:${front.port}`, {
      rejectUnauthorized: false,
      // Each of its answers has a window of its own, which nobody opens.
      settings: { initialWindowSize: 1_000 },
    });
    const ask = () => session.request({ ":path": "/down", "accept-encoding": coding }).pause();
    return { coding, session, streams: Array.from({ length: SILENT / 2 }, ask) };
  });
  try {
    await untilSpooled(front);
    for (const { coding, streams } of sessions)
      for (const stream of streams) {
        const { promise: trailers, resolve: tell } = Promise.withResolvers();
        stream.once("trailers", tell);
        const text = await textOf(coding === "gzip" ? stream.pipe(createGunzip()) : stream);
        expect([coding, text === BODY, await trailers]).toMatchObject([coding, true, { "x-sum": "7" }]);
      }
    expect(front.logs()).toEqual([]);
  } finally {
    for (const { session } of sessions) session.destroy();
  }
});

test("spool: events do not wait on the disk, for their app is to notice that nobody takes them", async (scripted) => {
  using one = worker(scripted, `${inChunks("text/event-stream")}\r\n${CHUNK}0\r\n\r\n`);
  await using front = await start(one);
  using silent = await Silent.ask(front);
  const hold = ({ queued, workers: [load] }: { queued: number; workers: { active: number }[] }) =>
    queued === SILENT - CAPACITY && load?.active === CAPACITY;
  // Long enough for what would go there at once.
  for (let times = 0; times < 2; times++) await front.untilStats(hold);
  for (const client of silent.clients) client.resume();
  for (const client of silent.clients) expect((await untilAnswer(client)).body.length).toBe(BODY.length);
});

for (const [what, head, framing] of [
  ["whose length was told", BY_LENGTH.replace(/Length: \d+/, "Length: 2000000"), "length"],
  ["in chunks", CHUNKED.slice(0, CHUNKED.lastIndexOf("0\r\nX-Sum")), "chunked"],
] as const)
  test(`spool: a worker that dies costs its answers ${what} nothing of what it had sent, and they are cut behind that`, async (scripted) => {
    using one = scripted({ capacity: CAPACITY });
    await using front = await start(one);
    using silent = await Silent.ask(front, CAPACITY);
    // None of them is at its end: nobody else gets a place.
    const seen = await Promise.all(silent.clients.map(async () => (await one.next()).whole()));
    // The front takes all of it, though its clients do not.
    await Promise.all(seen.map((request) => request.answer(head)));
    one.stop();
    for (const connection of one.connections) connection.reset();
    for (const client of silent.clients) {
      client.resume();
      const answer = readAnswer(await client.untilClosed());
      expect([answer.body === BODY, answer.framing, answer.isWhole]).toEqual([true, framing, false]);
    }
    const lines = front.logs().map(({ text, fields }) => [text, fields?.cause, fields?.why]);
    expect(lines).toEqual(Array(CAPACITY).fill(["response cut", "response_incomplete", "worker_died"]));
  });

test("spool: whoever does not even take what is before a cut is ended, and nobody is told of that again", async (scripted) => {
  using one = scripted({ capacity: CAPACITY });
  const pace = { ...SETTINGS.pace, answer: { timeoutMs: 1_000, minRate: 500 } };
  await using front = await start(one, { pace });
  using silent = await Silent.ask(front, CAPACITY);
  const seen = await Promise.all(silent.clients.map(async () => (await one.next()).whole()));
  await Promise.all(seen.map((request) => request.answer(BY_LENGTH.slice(0, -1))));
  one.stop();
  for (const connection of one.connections) connection.reset();
  const { errors } = await front.untilStats(({ active }) => active === 0);
  // On a machine that is busy for a second the worker may have died too late for some of them: once is that told as well.
  const { response_incomplete: cut = 0, client_stalled: stalled = 0 } = errors;
  expect([cut + stalled, front.logs().length]).toEqual([CAPACITY, CAPACITY]);
  const whys = front
    .logs()
    .flatMap(({ fields }) => (fields?.cause === "response_incomplete" ? [fields.why] : []));
  expect(whys).toEqual(Array(cut).fill("worker_died"));
});
