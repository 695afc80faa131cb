// Plays every case of this folder against one front. What a case is: README.md.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { relative } from "node:path";
import { readAnswers, type SeenAnswer, valuesOf } from "../support/answer-reader.ts";
import { type FrontProcess, startFront } from "../support/front-process.ts";
import type { RawClient } from "../support/raw-http.ts";
import { okAnswer, ScriptedWorker, type SeenRequest } from "../support/scripted-worker.ts";
import { type Case, type ExpectedAnswer, type ExpectedRequest, readCase } from "./read-case.ts";

setDefaultTimeout(30_000);
const FOLDER = import.meta.dir;
const PROBE = "GET /probe HTTP/1.1\r\nHost: probe\r\n\r\n";
const CHUNKED = "Transfer-Encoding: chunked";
/** In how many writes, at most, a case is sent when it is sent in pieces. */
const PIECES_MOST = 400;

const paths = [...new Bun.Glob("**/*.http").scanSync({ cwd: FOLDER, absolute: true })].sort();
const refused: string[] = [];
let worker: ScriptedWorker;
let front: FrontProcess;

beforeAll(async () => {
  worker = new ScriptedWorker({ answer: okAnswer });
  front = await startFront({}, worker.backend());
});

afterAll(async () => {
  await front[Symbol.asyncDispose]();
  worker[Symbol.dispose]();
});

for (const path of paths) {
  const name = relative(FOLDER, path).replace(/\.http$/, "");
  const wanted = readCase(path);
  describe(`requests: ${name}: ${wanted.what}`, () => {
    test("in one piece", () => play(wanted, sendWhole));
    test("in small pieces", () => play(wanted, sendInPieces));
  });
}

test("requests: the log and the statistics hold each refusal once, and nothing besides", async () => {
  const stats = await front.untilStats(({ active }) => active === 0);
  const counted: Record<string, number> = {};
  for (const cause of refused) counted[cause] = (counted[cause] ?? 0) + 1;
  expect(stats.errors).toEqual(counted);
  expect(front.logs().map(({ fields }) => String(fields?.cause))).toEqual(refused);
});

async function play(wanted: Case, send: (client: RawClient, bytes: string) => Promise<void>): Promise<void> {
  const first = worker.requests.length;
  using client = await front.connect();
  await send(client, wanted.bytes);
  const answers =
    wanted.connection === "kept" ? await untilKept(client, wanted) : await untilClosed(client, wanted);
  // A request that should not have been run would have reached the worker before this one.
  using other = await front.connect();
  await other.send(PROBE);
  await other.until("ok");

  const expected = answers.at(-1)?.status === wanted.inPieces?.at(-1)?.status ? wanted.inPieces : undefined;
  const isSplit = send === sendInPieces || wanted.bytes.length > ONE_READ;
  const due = (isSplit && expected) || wanted.answers;
  expect(answers.map(({ status }) => status)).toEqual(due.map(({ status }) => status));
  for (const [at, answer] of due.entries()) await checkRefusal(answer, answers[at], wanted.methods[at]);
  const seen = worker.requests.slice(first).filter(({ target }) => target !== "/probe");
  for (const begun of wanted.mayBegin ? seen.splice(0) : []) expect(begun.isComplete).toBeFalse();
  expect(seen.map((request, at) => shown(request, wanted.worker[at]))).toEqual(wanted.worker);
  for (const request of seen) {
    expect(request.visits.map((visit) => visit?.address)).toEqual(["127.0.0.1"]);
    expect(request.isComplete).toBeTrue();
  }
}

/** A chunked body may go on with its length once that is known; the worker's reader has checked either. */
function shown(request: SeenRequest, wanted: ExpectedRequest | undefined): ExpectedRequest {
  const { lines, body } = request;
  const length = `Content-Length: ${body.length}`;
  const isChunked = wanted?.lines.includes(CHUNKED) ?? false;
  return { lines: lines.map((line) => (isChunked && line === length ? CHUNKED : line)), body };
}

async function sendWhole(client: RawClient, bytes: string): Promise<void> {
  await client.send(bytes);
}

/** The kernel may hand over more than that in several reads. */
const ONE_READ = 16_384;

/** Stops as soon as the front has closed: it need not read what comes after a refusal. */
async function sendInPieces(client: RawClient, bytes: string): Promise<void> {
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
}

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

async function checkRefusal(
  { cause }: ExpectedAnswer,
  answer: SeenAnswer | undefined,
  method: string | undefined,
): Promise<void> {
  if (!answer || cause === undefined) return;
  refused.push(cause);
  const [id = ""] = valuesOf(answer, "x-request-id");
  expect(valuesOf(answer, "proxy-status").join()).toEndWith(`; details="${cause}"`);
  if (method !== "HEAD") expect(answer.body).toContain(`cause: ${cause}\nrequest: ${id}\n`);
  const { level, text, fields } = await front.untilLogged(id);
  expect([level, text, fields?.cause, fields?.status]).toEqual([
    "warn",
    "request refused",
    cause,
    answer.status,
  ]);
}
