// Errors that gw makes of a request that was meant for an app, each with gw's own page, with a page of the operator's, and while
// errors of apps are replaced: the client always gets its answer, and client and log agree on the cause.
import { describe, expect, setDefaultTimeout } from "bun:test";
import type { Cause } from "../../src/core/errors.ts";
import type { FrontSettings } from "../../src/link/messages.ts";
import { valuesOf } from "../support/answer-reader.ts";
import { type MakeWorker, test } from "../support/both-forms.ts";
import { get, request, untilAnswer } from "../support/exchange.ts";
import { FILES, makeFileTree } from "../support/file-tree.ts";
import { anyHost, type FrontProcess, SETTINGS, startFront } from "../support/front-process.ts";
import type { RawClient } from "../support/raw-http.ts";
import type { ScriptedWorker } from "../support/scripted-worker.ts";

setDefaultTimeout(30_000);

const STATUSES = [408, 413, 502, 503, 504] as const;
const PAGE = "<h1>the operator's own</h1>";

type Scene = { front: FrontProcess; worker: ScriptedWorker; client: RawClient; group: string };
type Failure = {
  cause: Cause;
  status: (typeof STATUSES)[number];
  settings?: Partial<FrontSettings>;
  /** What the client sends; a GET without it. */
  asks?: (target: string) => string;
  /** Its worker runs on, whatever becomes of the connection. */
  isRunning?: true;
  /** What happens behind that. */
  goesWrong: (scene: Scene) => Promise<unknown> | unknown;
};

const CHUNKED = ["Transfer-Encoding: chunked"];
const chunked = (body: string) => (target: string) => request("POST", target, CHUNKED, body);
const answering = (bytes: string) => async (scene: Scene) => (await scene.worker.next()).answer(bytes);
const nothing = () => undefined;
/** Another request that keeps the worker's one place. */
async function fill({ front, worker, group }: Scene) {
  const other = await front.connect();
  await other.send(get(`/${group}/first`));
  await worker.next();
}

const FAILURES: Failure[] = [
  {
    ...{ cause: "worker_died", status: 502 },
    goesWrong: async ({ worker }) => (await worker.next()).connection.reset(),
  },
  {
    ...{ cause: "app_closed", status: 502, isRunning: true },
    goesWrong: async ({ worker }) => (await worker.next()).connection.reset(),
  },
  {
    ...{ cause: "worker_answer_malformed", status: 502 },
    goesWrong: answering("HTTP/1.1 200 OK\r\nContent-Length: some\r\n\r\n"),
  },
  {
    ...{ cause: "response_header_too_large", status: 502, settings: { headerBufferBytes: 8192 } },
    goesWrong: answering(`HTTP/1.1 200 OK\r\nA: ${"a".repeat(9000)}\r\nContent-Length: 0\r\n\r\n`),
  },
  { cause: "socket_timeout", status: 504, settings: { socketTimeoutMs: 200 }, goesWrong: nothing },
  { cause: "request_timeout", status: 504, settings: { requestTimeoutMs: 200 }, goesWrong: nothing },
  {
    ...{ cause: "deadlock_timeout", status: 504 },
    async goesWrong({ front, worker }) {
      await worker.next();
      front.condemn(worker.path, "deadlock_timeout");
    },
  },
  {
    ...{ cause: "worker_stopped", status: 504 },
    async goesWrong({ front, worker }) {
      await worker.next();
      front.condemn(worker.path, "worker_stopped");
    },
  },
  {
    cause: "request_body_too_large",
    status: 413,
    asks: chunked(`1001\r\n${"x".repeat(0x1001)}\r\n`),
    goesWrong: nothing,
  },
  {
    ...{ cause: "request_timeout_client", status: 408, settings: { socketTimeoutMs: 200 } },
    asks: chunked("1\r\nx\r\n"),
    goesWrong: nothing,
  },
];
/** Those for which the worker's place is taken before the client asks. */
const WAITING: Failure[] = [
  { cause: "queue_full", status: 503, settings: { maxQueue: 0 }, goesWrong: nothing },
  { cause: "queue_timeout", status: 503, settings: { queueTimeoutMs: 200 }, goesWrong: nothing },
];

/** What stands behind the fields of the answer. */
const WAYS = {
  "gw's own page": { answers: {}, shows: (cause: Cause) => `cause: ${cause}` },
  "a page of the operator's": { answers: { documents: true }, shows: () => PAGE },
  "errors of apps replaced": { answers: { overrides: true }, shows: (cause: Cause) => `cause: ${cause}` },
  "errors of apps replaced by a page of the operator's": {
    answers: { documents: true, overrides: true },
    shows: () => PAGE,
  },
} as const;

function groupOf(
  { cause, settings }: Failure,
  answers: (typeof WAYS)[keyof typeof WAYS]["answers"],
  root: string,
) {
  const { documents = false, overrides = false } = answers as { documents?: true; overrides?: true };
  return anyHost(
    cause,
    {
      ...SETTINGS,
      limitRequestBodyBytes: 0x1000,
      ...settings,
      answers: {
        overrides,
        ...(documents && { documents: STATUSES.map((status) => ({ status, path: "/pages/error.html" })) }),
      },
      files: { ...FILES, aliases: [{ url: "/pages", path: root }] },
    },
    `/${cause}`,
  );
}

async function expectAnswered(failure: Failure, scene: Scene, shown: string) {
  const { cause, status, asks = get, goesWrong } = failure;
  const { client, front } = scene;
  if (WAITING.includes(failure)) await fill(scene);
  await client.send(asks(`/${cause}/x`));
  await goesWrong(scene);
  const answer = await untilAnswer(client);
  expect([cause, answer.status, valuesOf(answer, "proxy-status").join()]).toEqual([
    cause,
    status,
    expect.stringContaining(`details="${cause}"`),
  ]);
  expect(answer.body).toContain(shown);
  expect((await front.untilLogged(valuesOf(answer, "x-request-id").join())).fields).toMatchObject({ cause });
}

async function expectAllAnswered(way: keyof typeof WAYS, scripted: MakeWorker, failures: Failure[]) {
  using tree = makeFileTree({ "error.html": PAGE });
  const { answers, shows } = WAYS[way];
  const workers = failures.map((_, at) => scripted({ slot: at + 1, capacity: 1 }));
  await using front = await startFront({
    groups: failures.map((failure) => groupOf(failure, answers, tree.path)),
  });
  front.setBackends(
    ...failures.map(({ cause, isRunning }, at) =>
      (workers[at] as ScriptedWorker).backend({ group: cause, ...(isRunning && { pid: process.pid }) }),
    ),
  );
  const clients = await Promise.all(failures.map(() => front.connect()));
  try {
    await Promise.all(
      failures.map((failure, at) => {
        const [worker, client] = [workers[at] as ScriptedWorker, clients[at] as RawClient];
        return expectAnswered(failure, { front, worker, client, group: failure.cause }, shows(failure.cause));
      }),
    );
  } finally {
    for (const client of clients) client.terminate();
    for (const worker of workers) worker[Symbol.dispose]();
  }
}

describe.each(Object.keys(WAYS) as (keyof typeof WAYS)[])("each error of gw: %s", (way) => {
  test("each error of gw", (scripted) => expectAllAnswered(way, scripted, [...FAILURES, ...WAITING]));
});
