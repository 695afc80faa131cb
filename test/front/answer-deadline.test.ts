// The request timeout runs from the whole request being with the worker to the head of its answer, over a real socket
// and a clock that stands still.
import { describe, expect, test } from "bun:test";
import { Deadlines } from "../../src/core/deadlines.ts";
import type { BackendState } from "../../src/front/dispatch/backends.ts";
import { Relay } from "../../src/front/dispatch/relay.ts";
import { Roster } from "../../src/front/dispatch/roster.ts";
import { admitBody } from "../../src/front/stages/limits.ts";
import { ClientPace } from "../../src/front/visit/client-pace.ts";
import { captureLog } from "../support/capture-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { onBug } from "../support/on-bug.ts";
import { ScriptedWorker } from "../support/scripted-worker.ts";
import { Ends, FakeClient, visitOf } from "./fakes.ts";

const ANSWER_MS = 1000;

async function setUp(given: { hasBody: boolean }, silenceMs = 1_000_000) {
  const worker = new ScriptedWorker();
  const clock = new FakeClock();
  const ends = new Ends();
  const fake = new FakeClient({ method: given.hasBody ? "POST" : "GET", ...given });
  const visit = visitOf(fake.client, 0, "visit-1", ends);
  admitBody(visit, 1000);
  const { log } = captureLog();
  const roster = new Roster({
    clock,
    log,
    headerBufferBytes: 1024,
    requestTimeoutMs: ANSWER_MS,
    ignoreActivity: [],
    onLost() {},
    onBug,
  });
  roster.set([worker.backend()]);
  const [state] = roster.all();
  const relay = new Relay(visit, state as BackendState, {
    silence: new Deadlines(clock, silenceMs),
    pace: new ClientPace(clock, silenceMs, undefined),
    answers: new Deadlines(clock, ANSWER_MS),
    date: () => "now",
    uploads: { look() {} },
    onOpened() {},
    onHead() {},
    onHeldUp() {},
    onFailure(_visit, _state, failure) {
      throw new Error(`the worker failed: ${failure.kind}`);
    },
    onSwitch() {},
    onLeft() {},
  });
  visit.handTo(relay);
  relay.begin();
  return {
    worker,
    clock,
    fake,
    ends,
    over: () =>
      ends.watch.until(
        () => ends.all.length > 0,
        () => "the end of the relay",
      ),
    request: await worker.next(),
    [Symbol.dispose]() {
      state?.upstream.close();
      worker[Symbol.dispose]();
    },
  };
}

describe("request timeout", () => {
  test.each([
    ["shorter than", 1_000_000],
    ["as long as", ANSWER_MS],
  ])(
    "without the head of an answer the request is overdue at its instant, %s the socket timeout",
    async (_what, silenceMs) => {
      using set = await setUp({ hasBody: false }, silenceMs);
      set.clock.advance(ANSWER_MS - 1);
      expect(set.ends.kinds).toEqual([]);
      set.clock.advance(1);
      expect(set.ends.kinds).toEqual(["request_timeout"]);
    },
  );

  test("it does not run while the client still sends", async () => {
    using set = await setUp({ hasBody: true });
    set.fake.send("a");
    set.clock.advance(5 * ANSWER_MS);
    set.fake.end();
    set.clock.advance(ANSWER_MS - 1);
    expect(set.ends.kinds).toEqual([]);
    set.clock.advance(1);
    expect(set.ends.kinds).toEqual(["request_timeout"]);
  });

  test("an answer that began before the request had ended may take as long as it likes", async () => {
    using set = await setUp({ hasBody: true });
    set.fake.send("a");
    await set.request.connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    await set.fake.watch.until(
      () => set.fake.sent.length === 1,
      () => "the head at the client",
    );
    set.fake.end();
    set.clock.advance(5 * ANSWER_MS);
    expect(set.ends.kinds).toEqual([]);
    await set.request.connection.write("0\r\n\r\n");
    await set.over();
    expect(set.ends.kinds).toEqual(["answered"]);
  });
});
