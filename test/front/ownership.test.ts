// Everything that can happen to requests, in any order: each has one holder at a time, one end, and one answer at most;
// none is given to a worker after its end, and nothing of it stays behind.
import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { GwError } from "../../src/core/errors.ts";
import type { ClientTunnel, TunnelListener } from "../../src/front/door/client.ts";
import type { H1Client } from "../../src/front/door/h1/h1-client.ts";
import {
  CONNECTION_UPGRADE,
  HAS_LENGTH,
  HAS_TRANSFER_ENCODING,
  HAS_UPGRADE,
} from "../../src/front/door/h1/native.ts";
import { obey } from "../../src/front/orders.ts";
import { Pipeline } from "../../src/front/pipeline.ts";
import { LineRates } from "../../src/front/telling/line-rates.ts";
import type { Ending, Visit } from "../../src/front/visit/visit.ts";
import type { Backend, ToChild } from "../../src/link/messages.ts";
import { captureLog } from "../support/capture-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { settle } from "../support/fake-pool.ts";
import { anyHost, SETTINGS } from "../support/front-process.ts";
import { FakeWorkers } from "./fake-workers.ts";
import { FakeClient, HEADS } from "./fakes.ts";

setDefaultTimeout(60_000);

const LIMIT_BYTES = 100;
const CAPACITY = 2;
const MOST_WAITING = 3;
const KINDS = {
  get: {},
  small: { hasBody: true, method: "POST", fields: ["Host", "a", "Content-Length", "10"], bits: HAS_LENGTH },
  chunked: {
    hasBody: true,
    method: "POST",
    fields: ["Host", "a", "Transfer-Encoding", "chunked"],
    bits: HAS_TRANSFER_ENCODING,
  },
  webSocket: {
    fields: ["Host", "a", "Connection", "upgrade", "Upgrade", "websocket"],
    bits: CONNECTION_UPGRADE | HAS_UPGRADE,
  },
  wrong: { fields: ["Host", "a", "Host", "b"] },
} as const;

class Asker extends FakeClient {
  tunnel: TunnelListener | undefined;
  bodyBytes = 0;
  isBodyEnded = false;

  constructor(
    readonly id: number,
    kind: keyof typeof KINDS,
    readonly isGuarded: boolean,
  ) {
    super({ ...(KINDS[kind] as object), target: `/${id}` });
    this.isBodyEnded = !this.client.hasBody;
  }

  override openTunnel(_client: H1Client, _head: string, listener: TunnelListener): ClientTunnel {
    this.tunnel = listener;
    return { write: () => true, pause() {}, resume() {}, end() {} };
  }
}

class Watched extends Pipeline {
  readonly ends: { visit: Visit; ending: Ending }[] = [];

  override onEnd(visit: Visit, ending: Ending): void {
    this.ends.push({ visit, ending });
    super.onEnd(visit, ending);
  }
}

/** A front between clients and workers that a test plays. */
class Stage implements Disposable {
  readonly clock = new FakeClock();
  readonly askers: Asker[] = [];
  readonly given: string[] = [];
  readonly guards: { go: () => void; refuse: () => void }[] = [];
  /** Whether a worker that has broken a connection off goes on. */
  workersLive = false;
  readonly pipeline: Watched;
  readonly workers: FakeWorkers;
  #backends: Backend[] = [];
  #isPaused = false;

  constructor() {
    const { log } = captureLog();
    const settings = {
      ...SETTINGS,
      maxQueue: MOST_WAITING,
      limitRequestBodyBytes: LIMIT_BYTES,
      queueTimeoutMs: 2000,
      connectTimeoutMs: 1500,
      socketTimeoutMs: 1000,
      requestTimeoutMs: 700,
    };
    this.pipeline = new Watched({
      clock: this.clock,
      log,
      rates: new LineRates(this.clock, log),
      groups: [anyHost("default", settings)],
      heads: HEADS,
      defaultHost: "a",
      random: () => 0,
      isRunning: () => this.workersLive,
      owner: {
        onQuiet() {},
        onLost() {},
        onPressure() {},
        onBug(error) {
          throw error;
        },
      },
      guards: [(visit) => this.#guard(visit)],
    });
    this.workers = new FakeWorkers((head) => this.#onRequest(head));
    this.list([1, 2]);
  }

  #guard({ client }: Visit): Promise<void> | undefined {
    const asker = this.askers.find((one) => one.client === client);
    if (!asker?.isGuarded) return undefined;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.guards.push({ go: resolve, refuse: () => reject(new GwError("expectation_failed")) });
    return promise;
  }

  #onRequest(head: string): void {
    const target = head.split(" ")[1] ?? "";
    // The one thing that must never happen: a worker runs what has been answered, or nobody waits for any more.
    expect(this.pipeline.ends.map(({ visit }) => visit.target)).not.toContain(target);
    this.given.push(target);
  }

  list(slots: number[], given: Partial<Backend> = {}): void {
    this.#backends = slots.map((slot) => ({
      slot,
      pid: slot,
      generation: 1,
      group: "default",
      socket: `/nowhere/${slot}`,
      token: "t",
      capacity: CAPACITY,
      ...(slot === 1 && { keepsPlaces: true }),
      accepting: true,
      ...given,
    }));
    this.pause(this.#isPaused);
  }

  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.order({ type: "backends", backends: this.#backends, paused: isPaused ? ["default"] : [] });
  }

  order(order: ToChild): void {
    const departure = { retire() {}, drain() {} };
    const listeners = { steer() {}, accept() {} };
    obey(order, { pipeline: this.pipeline, channel: { say() {} }, listeners, departure, report() {} });
  }

  /** `early`: bytes of its body that came while it stood behind another request of its connection. */
  arrive(kind: keyof typeof KINDS, { isGuarded = false, early = 0 } = {}): Asker {
    const asker = new Asker(this.askers.length, kind, isGuarded);
    this.askers.push(asker);
    sendBody(asker, early);
    this.pipeline.onClient(asker.client);
    return asker;
  }

  /** What holds at each moment. */
  check(): void {
    const { ends } = this.pipeline;
    const { active, requests, queued, workers } = this.pipeline.stats;
    expect(new Set(ends.map(({ visit }) => visit)).size).toBe(ends.length);
    expect(requests).toBe(this.askers.length);
    const open = this.askers.length - ends.length;
    const taking = this.askers.filter(({ client }) => client.isTaking).length;
    expect(active).toBeGreaterThanOrEqual(open);
    expect(active).toBeLessThanOrEqual(open + taking);
    const onWorkers = workers.reduce((sum, load) => sum + load.active, 0);
    expect(onWorkers + queued).toBeLessThanOrEqual(open);
    expect(queued).toBeLessThanOrEqual(MOST_WAITING + CAPACITY * 2);
    for (const { slot, active: there } of workers)
      expect(there).toBeLessThanOrEqual(slot === 1 ? CAPACITY : open);
    for (const { sent } of this.askers) expect(sent.length).toBeLessThanOrEqual(1);
    for (const { visit } of ends) expect([visit.isHeld, visit.list]).toEqual([false, undefined]);
    expect(new Set(this.given).size).toBe(this.given.length);
  }

  [Symbol.dispose](): void {
    this.workers[Symbol.dispose]();
  }
}

const one = <T>(all: readonly T[], n: number): T | undefined => all[n % all.length];

type Act = { name: string; run: (stage: Stage, n: number) => void };

const WHOLE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const SWITCH = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";

function sendBody(asker: Asker | undefined, bytes: number): void {
  if (!asker || asker.isBodyEnded || asker.client.isGone) return;
  const isSmall = asker.client.sentLength;
  const length = isSmall ? Math.min(bytes, 10 - asker.bodyBytes) : bytes;
  asker.bodyBytes += length;
  asker.isBodyEnded = isSmall && asker.bodyBytes === 10 && !asker.isPaused;
  asker.send("x".repeat(length), asker.isBodyEnded);
}

function endBody(asker: Asker | undefined): void {
  if (!asker || asker.isBodyEnded || asker.isPaused || asker.client.sentLength || asker.client.isGone) return;
  asker.isBodyEnded = true;
  asker.end();
}

const act = (name: string, run: Act["run"]): Act => ({ name, run });

const ARRIVALS: readonly Act[] = [
  ...Object.keys(KINDS).flatMap((kind) => [
    act(`${kind} arrives`, (stage) => stage.arrive(kind as keyof typeof KINDS)),
    act(`${kind} arrives, and a guard is asked`, (stage) =>
      stage.arrive(kind as keyof typeof KINDS, { isGuarded: true }),
    ),
  ]),
  act("the beginning of a body is there before its request", (stage) =>
    stage.arrive("chunked", { early: 7 }),
  ),
  act("more of a body than may be is there before its request", (stage, n) =>
    stage.arrive("chunked", { early: LIMIT_BYTES + 1, isGuarded: n % 2 === 0 }),
  ),
];

const OF_CLIENTS: readonly Act[] = [
  act("a piece", ({ askers }, n) => sendBody(one(askers, n), 7)),
  act("a piece beyond the limit", ({ askers }, n) => sendBody(one(askers, n), LIMIT_BYTES + 1)),
  act("the end of a body", ({ askers }, n) => endBody(one(askers, n))),
  act("a client leaves", ({ askers }, n) => one(askers, n)?.leave()),
  act("a client is slow from now on", ({ askers }, n) => {
    const asker = one(askers, n);
    if (asker && asker.sent.length === 0) asker.unsentBytes = 10;
  }),
  act("a client takes all", ({ askers }, n) => one(askers, n)?.take()),
  act("a client closes its WebSocket", ({ askers }, n) => one(askers, n)?.tunnel?.onClientClosed()),
  act("the guard lets one pass", ({ guards }, n) => guards.splice(n % guards.length, 1)[0]?.go()),
  act("the guard refuses one", ({ guards }, n) => guards.splice(n % guards.length, 1)[0]?.refuse()),
];

const OPENINGS: readonly Act[] = [
  act("a connection opens", ({ workers: { pending } }, n) =>
    pending.splice(n % pending.length, 1)[0]?.accept(),
  ),
];

const OF_WORKERS: readonly Act[] = [
  act("a connection is refused", ({ workers: { pending } }, n) =>
    pending.splice(n % pending.length, 1)[0]?.refuse(),
  ),
  act("a whole answer", ({ workers: { open } }, n) => one(open, n)?.say(WHOLE)),
  act("half an answer", ({ workers: { open } }, n) => one(open, n)?.say(WHOLE.slice(0, -1))),
  act("the other half", ({ workers: { open } }, n) => one(open, n)?.say("k")),
  act("a switch", ({ workers: { open } }, n) => one(open, n)?.say(SWITCH)),
  act("nonsense", ({ workers: { open } }, n) => one(open, n)?.say("SSH-2.0\r\n\r\n")),
  act("workers go on whatever they drop, or do not", (stage, n) => {
    stage.workersLive = n % 2 === 0;
  }),
  act("a connection breaks", ({ workers: { open } }, n) => one(open, n)?.die()),
  act("a worker takes nothing", ({ workers: { open } }, n) => {
    const socket = one(open, n);
    if (socket) socket.isFull = true;
  }),
  act("a worker takes again", ({ workers: { open } }, n) => one(open, n)?.takeAgain()),
];

const OF_THE_SUPERVISOR: readonly Act[] = [
  act("a worker is lost", ({ workers: { open } }, n) => {
    const path = one(open, n)?.path;
    for (const socket of [...open]) if (socket.path === path) socket.die();
  }),
  act("a worker leaves the list", (stage, n) => stage.list([1 + (n % 2)])),
  act("no worker is listed", (stage) => stage.list([])),
  act("both are listed", (stage) => stage.list([1, 2])),
  act("none accepts", (stage) => stage.list([1, 2], { accepting: false })),
  act("a worker is condemned", (stage, n) =>
    stage.order({
      type: "condemn",
      socket: `/nowhere/${1 + (n % 2)}`,
      cause: "worker_stopped",
      sparesStreams: n % 3 === 0,
    }),
  ),
  act("a pause", (stage) => stage.pause(true)),
  act("its end", (stage) => stage.pause(false)),
  act("requests are poisonous", (stage, n) =>
    stage.order({ type: "poisons", requests: [{ group: "default", method: "GET", path: `/${n % 5}` }] }),
  ),
  act("those that have had half a second are overdue", ({ pipeline, clock }) => {
    for (const { dispatch } of pipeline.groups)
      dispatch.endOverdue((startedAt) => clock.now() - startedAt >= 500);
  }),
  act("a moment", ({ clock }, n) => clock.advance(n % 200)),
  act("a second", ({ clock }) => clock.advance(1000)),
  act("two seconds", ({ clock }) => clock.advance(2000)),
  act("the front is to end all", ({ pipeline }) => pipeline.abandon()),
];

/** Drawn so that most requests get somewhere. */
const ACTS = fc.oneof(
  ...(
    [
      [6, ARRIVALS],
      [6, OF_CLIENTS],
      [5, OPENINGS],
      [6, OF_WORKERS],
      [2, OF_THE_SUPERVISOR],
    ] as const
  ).map(([weight, acts]) => ({ weight, arbitrary: fc.constantFrom(...acts) })),
);

/** Everybody has done what they ever will, and the front serves as on its first day. */
async function expectNothingLeft(stage: Stage): Promise<void> {
  const { pipeline, workers, clock, askers } = stage;
  pipeline.abandon();
  for (const guard of stage.guards.splice(0)) guard.go();
  for (const asker of askers) {
    asker.tunnel?.onClientClosed();
    asker.take();
  }
  await turn(stage);
  stage.check();
  const { active, queued, workers: loads, errors } = pipeline.stats;
  expect([active, queued, pipeline.ends.length]).toEqual([0, 0, askers.length]);
  for (const load of loads) expect([load.active, load.tunnels]).toEqual([0, 0]);
  const refused = pipeline.ends.filter(({ ending }) => ending.kind === "refused").length;
  const counted = Object.values(errors).reduce((sum, count) => sum + count, 0);
  const cutLater = askers.filter(({ acts }) => acts.includes("cut")).length;
  expect(counted).toBeGreaterThanOrEqual(refused);
  expect(counted).toBeLessThanOrEqual(refused + cutLater);
  stage.order({ type: "poisons", requests: [] });
  stage.pause(false);
  stage.list([]);
  stage.list([1, 2]);
  clock.advance(200);
  const last = Array.from({ length: CAPACITY * 2 + MOST_WAITING }, () => stage.arrive("get"));
  // As many as there is room for are on workers at once, and each that is answered makes room for the next.
  await turn(stage);
  expect(stage.given.slice(-CAPACITY * 2)).toEqual(
    last.slice(0, CAPACITY * 2).map(({ client }) => client.target),
  );
  while (last.some(({ sent }) => sent.length === 0)) {
    const before = stage.given.length + pipeline.ends.length;
    for (const socket of [...workers.open]) socket.say(WHOLE);
    await turn(stage);
    expect(stage.given.length + pipeline.ends.length).toBeGreaterThan(before);
  }
  expect(last.map(({ sent }) => sent[0]?.status)).toEqual(last.map(() => 200));
}

/** All connections that are asked for are opened. */
async function turn({ workers }: Stage): Promise<void> {
  for (const pending of workers.pending.splice(0)) pending.accept();
  await settle();
}

test("ownership: whatever happens to requests in whatever order, each has one end and nothing of it stays", async () => {
  const acts = fc.array(fc.tuple(ACTS, fc.nat(11), fc.boolean()), {
    minLength: 5,
    maxLength: 80,
    size: "max",
  });
  await fc.assert(
    fc.asyncProperty(acts, async (list) => {
      using stage = new Stage();
      for (const [{ run }, n, isOneTurn] of list) {
        run(stage, n);
        stage.check();
        if (isOneTurn) continue;
        await settle();
        stage.check();
      }
      await settle();
      await expectNothingLeft(stage);
    }),
    { numRuns: 1000 },
  );
});
