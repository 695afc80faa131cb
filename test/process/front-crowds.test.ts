// Crowds of clients that send or take so slowly that they would have all places, with the limits as they are by default.
import { expect, setDefaultTimeout } from "bun:test";
import { readdirSync, readlinkSync, statSync, truncateSync } from "node:fs";
import { test } from "../support/both-forms.ts";
import { get, lastAnswer, refusalOf, untilAnswers } from "../support/exchange.ts";
import { startFront } from "../support/front-process.ts";
import { eventually } from "../support/gw.ts";

setDefaultTimeout(30_000);

const PACE = {
  pace: {
    body: { timeoutMs: 20_000, maxTimeoutMs: 0, minRate: 500 },
    answer: { timeoutMs: 60_000, minRate: 500 },
  },
};
const CAPACITY = 4;
const MANY = 60;
const answerOf = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const digestOf = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex");
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const UP = "POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n";

test("crowd: bodies that come hold half of the places, others are served meanwhile, and so is each whose body goes on", async (scripted) => {
  using worker = scripted({ answer: () => OK, capacity: CAPACITY });
  await using front = await startFront({ ...PACE, maxQueue: CAPACITY }, worker.backend());
  const slow = await Promise.all(Array.from({ length: MANY }, () => front.connect()));
  try {
    for (const one of slow) await one.send(`${UP}begun`);
    const { workers, queued } = await front.untilStats(({ active }) => active === MANY);
    expect([workers[0]?.active, queued]).toEqual([CAPACITY / 2, 0]);
    using other = await front.connect();
    await other.send(get("/other"));
    await untilAnswers(other, 1);
    for (const one of slow) await one.send("x".repeat(200_000 - "begun".length));
    for (const one of slow) await untilAnswers(one, 1);
    expect(front.logs()).toEqual([]);
  } finally {
    for (const one of slow) one[Symbol.dispose]();
  }
});

test("crowd: an upload that goes on is received whole while others hold their share, and takes any place then", async (scripted) => {
  using worker = scripted({
    answer: ({ body }) => (body.length > 0 ? answerOf(digestOf(body)) : OK),
    capacity: CAPACITY,
  });
  const pace = { pace: { ...PACE.pace, bodySpoolBytes: 2 ** 26 } };
  await using front = await startFront({ ...pace, maxQueue: CAPACITY }, worker.backend());
  const slow = await Promise.all(Array.from({ length: MANY }, () => front.connect()));
  try {
    for (const one of slow) await one.send(`${UP}begun`);
    await front.untilStats(({ active }) => active === MANY);
    for (const framing of ["length", "chunks"] as const) {
      using honest = await front.connect();
      const body = Buffer.alloc(900_000, framing === "length" ? "0123456789" : "9876543").toString();
      const head = "POST /up HTTP/1.1\r\nHost: a\r\n";
      await honest.send(
        framing === "length"
          ? `${head}Content-Length: ${body.length}\r\n\r\n${body}`
          : `${head}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
      );
      const [answer] = await untilAnswers(honest, 1);
      expect(answer?.body).toBe(digestOf(body));
    }
    const { workers, queued } = await front.untilStats(({ active }) => active === MANY);
    expect([workers[0]?.active, queued, front.logs()]).toEqual([CAPACITY / 2, 0, []]);
  } finally {
    for (const one of slow) one[Symbol.dispose]();
  }
});

test("crowd: an upload whose bytes the disk has lost is refused, in a way that client and log agree on", async (scripted) => {
  using worker = scripted({ answer: () => OK, capacity: CAPACITY });
  const pace = { pace: { ...PACE.pace, bodySpoolBytes: 2 ** 26 } };
  await using front = await startFront(pace, worker.backend());
  const slow = await Promise.all(Array.from({ length: CAPACITY / 2 }, () => front.connect()));
  for (const one of slow) await one.send(`${UP}begun`);
  await front.untilStats(({ active }) => active === CAPACITY / 2);
  using honest = await front.connect();
  await honest.send(`${UP}${"x".repeat(150_000)}`);
  const stored = () => spoolFilesOf(front.pid).filter((path) => statSync(path).size === 150_000);
  await eventually(() => stored().length === 1, "all that it has sent is on the disk");
  for (const path of stored()) truncateSync(path, 0);
  for (const one of slow) one[Symbol.dispose]();
  const refusal = await refusalOf(front, await lastAnswer(honest));
  expect(refusal).toMatchObject({ status: 503, cause: "request_spool_failed" });
});

/** By where the system shows them: they have no names. */
function spoolFilesOf(pid: number): string[] {
  const place = `/proc/${pid}/fd`;
  const isSpool = (path: string) => {
    try {
      return /\(deleted\)$/.test(readlinkSync(path)) && statSync(path).isFile();
    } catch {
      return false; // Closed meanwhile.
    }
  };
  return readdirSync(place)
    .map((fd) => `${place}/${fd}`)
    .filter(isSpool);
}

test("crowd: clients that take nothing of a stream hold no places", async (scripted) => {
  const piece = `10000\r\n${"x".repeat(0x10000)}\r\n`;
  const large = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${piece.repeat(96)}0\r\n\r\n`;
  using worker = scripted({
    answer: ({ target }) => (target === "/other" ? OK : large),
    capacity: CAPACITY,
  });
  await using front = await startFront({ ...PACE, maxQueue: 2 * MANY }, worker.backend());
  const silent = await Promise.all(Array.from({ length: 3 * CAPACITY }, () => front.connect()));
  try {
    for (const one of silent) {
      one.pause();
      await one.send(get("/down"));
    }
    await front.untilStats(({ workers: [load] }) => load?.streams === silent.length);
    using other = await front.connect();
    await other.send(get("/other"));
    await untilAnswers(other, 1);
  } finally {
    for (const one of silent) one[Symbol.dispose]();
  }
});

test("crowd: clients that take nothing of large answers leave the workers, and get all of it when they go on", async (scripted) => {
  const body = Buffer.alloc(1_500_000, "0123456789").toString();
  const large = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  using worker = scripted({ answer: ({ target }) => (target === "/other" ? OK : large), capacity: CAPACITY });
  const pace = { pace: { ...PACE.pace, spoolBytes: 2 ** 26 } };
  // A worker that has a thread for each request cannot lend out the place of one that waits.
  await using front = await startFront(
    { ...pace, maxQueue: MANY },
    { ...worker.backend(), keepsPlaces: true },
  );
  const silent = await Promise.all(Array.from({ length: 3 * CAPACITY }, () => front.connect()));
  try {
    for (const one of silent) {
      one.pause();
      await one.send(get("/down"));
    }
    // Less than half of its places may be held by them.
    await front.untilStats(
      ({ active, queued, workers: [load] }) =>
        active === silent.length && queued === 0 && (load?.active ?? MANY) <= CAPACITY / 2,
    );
    using other = await front.connect();
    await other.send(get("/other"));
    await untilAnswers(other, 1);
    for (const one of silent) {
      one.resume();
      const [answer] = await untilAnswers(one, 1);
      expect(answer?.body === body).toBe(true);
    }
    expect(front.logs()).toEqual([]);
  } finally {
    for (const one of silent) one[Symbol.dispose]();
  }
});
