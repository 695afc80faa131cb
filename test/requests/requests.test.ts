// Plays every case of this folder against a front whose worker is free, and against one whose worker is busy, so that what is
// let through has to wait; over HTTP/1.1, and where the worker takes HTTP/2; from clients with TLS and without. What a case is:
// README.md.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { relative } from "node:path";
import { readAnswers, type SeenAnswer, valuesOf } from "../support/answer-reader.ts";
import { type FrontProcess, startFront } from "../support/front-process.ts";
import type { RawClient } from "../support/raw-http.ts";
import { OK, okAnswer, ScriptedWorker, type SeenRequest } from "../support/scripted-worker.ts";
import { tlsSetup } from "../support/tls-setup.ts";
import { type Case, type ExpectedAnswer, type ExpectedRequest, readCase } from "./read-case.ts";

setDefaultTimeout(30_000);
const FOLDER = import.meta.dir;
const PROBE = "GET /probe HTTP/1.1\r\nHost: probe\r\n\r\n";
/** Of a body; small, so that one read can pass it. */
const LIMIT_BYTES = 1024;
const OCCUPANT = "/occupant";
const CHUNKED = "Transfer-Encoding: chunked";
/** In how many writes, at most, a case is sent when it is sent in pieces. */
const PIECES_MOST = 400;

/** A front with a worker of its own, and what it has refused. */
type Bench = {
  worker: ScriptedWorker;
  front: FrontProcess;
  refused: string[];
  isBusy: boolean;
  /** No more is refused there than may be logged. */
  isLogged: boolean;
  http2?: boolean;
  tls?: boolean;
};

/** Sends a case; `settled` resolves when the front has read what was sent so far. */
type Send = (client: RawClient, bytes: string, settled: () => Promise<void>) => Promise<void>;

const CUTS_MOST = 250;
const cases = [...new Bun.Glob("**/*.http").scanSync({ cwd: FOLDER, absolute: true })]
  .sort()
  .map((path) => ({ name: relative(FOLDER, path).replace(/\.http$/, ""), wanted: readCase(path) }));
/** Each case is played in few ways on the first two, and in very many on the others. */
const NAMES = [
  "free",
  "busy",
  "freeForCuts",
  "busyForCuts",
  "http2",
  "busyHttp2",
  "tls",
  "tlsForCuts",
] as const;
const benches: Record<(typeof NAMES)[number], Bench> = {} as never;

beforeAll(async () => {
  const [free, busy] = [{ isBusy: false }, { isBusy: true }];
  benches.free = await setUp({ ...free, isLogged: true });
  benches.busy = await setUp({ ...busy, isLogged: true });
  benches.freeForCuts = await setUp({ ...free, isLogged: false });
  benches.busyForCuts = await setUp({ ...busy, isLogged: false });
  benches.http2 = await setUp({ ...free, isLogged: false, http2: true });
  benches.tls = await setUp({ ...free, isLogged: true, tls: true });
  benches.tlsForCuts = await setUp({ ...free, isLogged: false, tls: true });
  benches.busyHttp2 = await setUp({ ...busy, isLogged: false, http2: true });
});

async function setUp(how: Pick<Bench, "isBusy" | "isLogged" | "http2" | "tls">): Promise<Bench> {
  const answer = (request: SeenRequest) => (request.target === OCCUPANT ? undefined : okAnswer(request));
  const { isBusy, http2 = false, tls = false } = how;
  const worker = new ScriptedWorker({ answer, http2, ...(isBusy && { capacity: 1 }) });
  return {
    worker,
    front: await startFront(
      { limitRequestBodyBytes: LIMIT_BYTES, ...(tls && { tls: tlsSetup() }) },
      worker.backend(),
    ),
    refused: [],
    ...how,
  };
}

afterAll(async () => {
  for (const { front, worker } of Object.values(benches)) {
    await front[Symbol.asyncDispose]();
    worker[Symbol.dispose]();
  }
});

for (const { name, wanted } of cases) {
  describe(`requests: ${name}: ${wanted.what}`, () => {
    test("in one piece", () => play(benches.free, wanted, sendWhole));
    test("in small pieces", () => play(benches.free, wanted, sendInPieces));
    test("in one piece, while the worker is busy", () => play(benches.busy, wanted, sendWhole));
    test("over HTTP/2", () => play(benches.http2, wanted, sendWhole));
    test("over HTTP/2, in small pieces", () => play(benches.http2, wanted, sendInPieces));
    test("over HTTP/2, while the worker is busy", () => play(benches.busyHttp2, wanted, sendWhole));
    test("over TLS", () => play(benches.tls, wanted, sendWhole));
    test("over TLS, in small pieces", () => play(benches.tls, wanted, sendInPieces));
    const cuts = cutsOf(wanted.bytes);
    if (cuts.length === 0) return;
    test("cut at each byte of a body", async () => {
      for (const at of cuts) await play(benches.freeForCuts, wanted, cutAt(at));
    });
    test("over TLS, cut at each byte of a body", async () => {
      for (const at of cuts) await play(benches.tlsForCuts, wanted, cutAt(at));
    });
    test("cut at each byte of a body, while the worker is busy", async () => {
      for (const at of cuts) await play(benches.busyForCuts, wanted, cutAt(at));
    });
  });
}

test("requests: the log and the statistics hold each refusal once, and nothing besides", async () => {
  for (const { front, refused, isLogged } of Object.values(benches)) {
    const stats = await front.untilStats(({ active }) => active === 0);
    const counted: Record<string, number> = {};
    for (const cause of refused) counted[cause] = (counted[cause] ?? 0) + 1;
    expect(stats.errors).toEqual(counted);
    if (isLogged) expect(front.logs().map(({ fields }) => String(fields?.cause))).toEqual(refused);
  }
});

/** Where a case with a body can be cut: behind each byte of the body; of a long one, behind so many. */
function cutsOf(bytes: string): number[] {
  const head = bytes.slice(0, bytes.indexOf("\r\n\r\n") + 4);
  if (!/\r\n(?:content-length|transfer-encoding):/i.test(head) || bytes.length > ONE_READ) return [];
  const step = Math.ceil((bytes.length - head.length) / CUTS_MOST);
  const cuts: number[] = [];
  for (let at = head.length; at < bytes.length; at += step) cuts.push(at);
  return cuts;
}

async function play(bench: Bench, wanted: Case, send: Send): Promise<void> {
  const { worker, refused, isBusy } = bench;
  const first = worker.requests.length;
  const release = isBusy ? await occupy(bench) : undefined;
  using client = await bench.front.connect();
  await send(client, wanted.bytes, () => settle(bench.front));
  await release?.();
  const answers =
    wanted.connection === "kept" ? await untilKept(client, wanted) : await untilClosed(client, wanted);
  // A request that should not have been run would have reached the worker before this one.
  using other = await bench.front.connect();
  await other.send(PROBE);
  await other.until("ok");

  const expected = isSuch(answers.at(-1), wanted.inPieces?.at(-1)) ? wanted.inPieces : undefined;
  const isSplit = send !== sendWhole || wanted.bytes.length > ONE_READ;
  const due = (isSplit && expected) || wanted.answers;
  expect(answers.map(({ status }) => status)).toEqual(due.map(({ status }) => status));
  for (const [at, answer] of due.entries())
    refused.push(...(await checkRefusal(bench, answer, answers[at], wanted.methods[at])));
  const seen = worker.requests
    .slice(first)
    .filter(({ target }) => target !== "/probe" && target !== OCCUPANT);
  for (const begun of wanted.mayBegin ? seen.splice(wanted.worker.length) : [])
    expect(begun.isComplete).toBeFalse();
  const plain = bench.http2 ? inSmallLetters : (request: ExpectedRequest) => request;
  expect(seen.map((request, at) => plain(shown(request, wanted.worker[at])))).toEqual(
    wanted.worker.map(plain),
  );
  for (const request of seen) {
    expect(request.visits.map((visit) => visit?.address)).toEqual(["127.0.0.1"]);
    expect(request.isComplete).toBeTrue();
  }
}

/** Takes the worker's one place; returns how it is given back, once the front has read what came meanwhile. */
async function occupy({ worker, front }: Bench): Promise<() => Promise<void>> {
  const client = await front.connect();
  const at = worker.requests.length;
  await client.send(`GET ${OCCUPANT} HTTP/1.1\r\nHost: occupant\r\n\r\n`);
  await worker.until(() => worker.requests.length > at, "the request that keeps the worker busy");
  return async () => {
    await settle(front);
    await worker.requests[at]?.answer(OK);
    await client.until("ok");
    client.terminate();
  };
}

/** Another client has been answered, by the front itself: what was sent before it has been read. */
async function settle(front: FrontProcess): Promise<void> {
  using client = await front.connect();
  await client.send("OPTIONS * HTTP/1.1\r\nHost: settled\r\n\r\n");
  await client.untilClosed();
}

/** A chunked body may go on with its length once that is known; the worker's reader has checked either. */
function shown(request: SeenRequest, wanted: ExpectedRequest | undefined): ExpectedRequest {
  const { lines, body } = request;
  const length = `content-length: ${body.length}`;
  const isChunked = wanted?.lines.includes(CHUNKED) ?? false;
  return { lines: lines.map((line) => (isChunked && line.toLowerCase() === length ? CHUNKED : line)), body };
}

/** HTTP/2 knows names in small letters only, and the authority before all others. */
function inSmallLetters({ lines: [first = "", ...rest], body }: ExpectedRequest): ExpectedRequest {
  const lines = rest.map((line) => line.replace(/^[^:]*/, (name) => name.toLowerCase()));
  const isHost = (line: string) => line.startsWith("host:");
  return { lines: [first, ...lines.filter(isHost), ...lines.filter((line) => !isHost(line))], body };
}

const sendWhole: Send = (client, bytes) => client.send(bytes);

/** In two pieces. */
const cutAt =
  (at: number): Send =>
  async (client, bytes, settled) => {
    await client.send(bytes.slice(0, at));
    await settled();
    if (!client.isClosed) await client.send(bytes.slice(at)).catch(() => client.untilClosed());
  };

/** The kernel may hand over more than that in several reads. */
const ONE_READ = 16_384;

/** Stops as soon as the front has closed: it need not read what comes after a refusal. */
const sendInPieces: Send = async (client, bytes) => {
  const size = Math.max(1, Math.ceil(bytes.length / PIECES_MOST));
  for (let at = 0; at < bytes.length && !client.isClosed; at += size) {
    try {
      await client.send(bytes.slice(at, at + size));
    } catch {
      // Closed, and not yet told so.
      await client.untilClosed();
    }
    await new Promise(setImmediate);
  }
};

/** The answers of the case; the one to another request on the same connection is taken off. */
async function untilKept(client: RawClient, { answers, methods }: Case): Promise<SeenAnswer[]> {
  const finals = (text: string) =>
    readAnswers(text, { methods }).answers.filter(({ status }) => status >= 200);
  const expected = answers.filter(({ status }) => status >= 200).length;
  await client.until((text) => finals(text).length >= expected);
  await client.send(PROBE);
  const text = await client.until((text) => finals(text).length > expected);
  const read = readAnswers(text, { methods });
  expect(read.rest).toBe("");
  expect(read.answers.pop()?.body).toBe("ok");
  for (const answer of read.answers) expect(valuesOf(answer, "connection")).toEqual([]);
  return read.answers;
}

async function untilClosed(client: RawClient, { methods }: Case): Promise<SeenAnswer[]> {
  const read = readAnswers(await client.untilClosed(), { methods, isClosed: true });
  expect(read.rest).toBe("");
  expect(read.answers.every(({ isWhole }) => isWhole)).toBeTrue();
  const last = read.answers.at(-1);
  if (last) expect(valuesOf(last, "connection")).toEqual(["close"]);
  return read.answers;
}

function isSuch(answer: SeenAnswer | undefined, wanted: ExpectedAnswer | undefined): boolean {
  if (!answer || answer.status !== wanted?.status) return false;
  return valuesOf(answer, "proxy-status").join().endsWith(`; details="${wanted.cause}"`);
}

/** Returns the cause of the refusal, if it is one. */
async function checkRefusal(
  { front, isLogged }: Bench,
  { cause }: ExpectedAnswer,
  answer: SeenAnswer | undefined,
  method: string | undefined,
): Promise<string[]> {
  if (!answer || cause === undefined) return [];
  const [id = ""] = valuesOf(answer, "x-request-id");
  expect(valuesOf(answer, "proxy-status").join()).toEndWith(`; details="${cause}"`);
  if (method !== "HEAD") expect(answer.body).toContain(`cause: ${cause}\nrequest: ${id}\n`);
  if (!isLogged) return [cause];
  const { level, text, fields } = await front.untilLogged(id);
  expect([level, text, fields?.cause, fields?.status]).toEqual([
    "warn",
    "request refused",
    cause,
    answer.status,
  ]);
  return [cause];
}
