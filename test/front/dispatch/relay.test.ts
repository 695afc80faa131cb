// One visit between a client and a worker that a test plays, on a clock that stands still: what reaches whom, at whose pace,
// and whose silence ends it.
import { describe, expect, test } from "bun:test";
import { Deadlines } from "../../../src/core/deadlines.ts";
import type { BackendState, RunningRequest } from "../../../src/front/dispatch/backends.ts";
import { Relay } from "../../../src/front/dispatch/relay.ts";
import type { RelayOwner } from "../../../src/front/dispatch/relay-owner.ts";
import type { Tunnel } from "../../../src/front/dispatch/tunnel.ts";
import { admitBody } from "../../../src/front/stages/limits.ts";
import { ClientPace } from "../../../src/front/visit/client-pace.ts";
import { Running } from "../../../src/front/visit/running.ts";
import type { Ending, Visit } from "../../../src/front/visit/visit.ts";
import type { PaceSettings } from "../../../src/link/setups.ts";
import type { ExchangeFailure } from "../../../src/upstream/exchange.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { Ends, idleHolder, visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";
import { END, FakeCarrier, FakeUpstream, headWith } from "./fake-carrier.ts";

const SILENCE_MS = 1_000;

type Given = {
  client?: ConstructorParameters<typeof PlainClient>[0];
  /** Content-Length of the client's body; with `hasBody` and without it, the body is chunked. */
  length?: number;
  /** 0: there is no request timeout. */
  answerMs?: number;
  /** No connection is there. */
  isCold?: boolean;
  /** Of the body, what is here before the relay begins. */
  early?: [piece: string, isLast: boolean];
  pace?: PaceSettings["answer"];
  /** The client holds its body back until it is told to go on, and this is whether the worker says so. */
  heldBack?: { saysContinue: boolean };
};

function setUp({
  client: given = {},
  length,
  answerMs = 600,
  isCold = false,
  early,
  pace,
  heldBack,
}: Given = {}) {
  const clock = new FakeClock();
  const ends = new Ends();
  const client = new PlainClient({ ...given, sentLength: length !== undefined });
  const visit = visitOf(client, 0, "v", ends);
  if (length !== undefined) visit.bodyLength = length;
  if (heldBack) visit.awaitsContinue = true;
  admitBody(visit, 1_000_000);
  if (early) client.send(...early);
  const upstream = new FakeUpstream();
  const carrier = new FakeCarrier();
  if (!isCold) upstream.there.push(carrier);
  const running = new Running<RunningRequest>();
  const state = {
    upstream,
    running,
    requests: 0,
    backend: { token: "t", ...heldBack },
  } as unknown as BackendState;
  const owner = new NotingOwner(clock, answerMs, pace);
  const relay = new Relay(visit, state, owner);
  visit.handTo(relay);
  relay.begin();
  return { clock, ends, client, visit, upstream, carrier, state, running, owner, relay };
}

const NO_RULE = { timeoutMs: 0, maxTimeoutMs: 0, minRate: 0 };

class NotingOwner implements RelayOwner {
  readonly silence: Deadlines;
  readonly pace: ClientPace;
  readonly answers: Deadlines | undefined;
  readonly failures: ExchangeFailure[] = [];
  readonly tunnels: Tunnel[] = [];
  readonly left: (Ending["kind"] | "somebody else has it")[] = [];
  /** Each time whether it was from then on. */
  readonly heldUp: boolean[] = [];
  heads = 0;
  opened = 0;
  wholeBodies = 0;
  readonly uploads = { look: () => void this.wholeBodies++ };

  constructor(clock: FakeClock, answerMs: number, answer?: PaceSettings["answer"]) {
    this.pace = new ClientPace(clock, SILENCE_MS, answer && { body: NO_RULE, answer });
    this.silence = new Deadlines(clock, SILENCE_MS);
    if (answerMs > 0) this.answers = new Deadlines(clock, answerMs);
  }

  date = () => "now";

  onOpened(): void {
    this.opened++;
  }

  onHead(): void {
    this.heads++;
  }

  onFailure(_visit: Visit, _state: BackendState, failure: ExchangeFailure): void {
    this.failures.push(failure);
  }

  onSwitch(tunnel: Tunnel): void {
    this.tunnels.push(tunnel);
  }

  onHeldUp(relay: RunningRequest, _state: BackendState, isHeldUp: boolean): void {
    relay.isHeldUp = isHeldUp;
    this.heldUp.push(isHeldUp);
  }

  onLeft(_relay: RunningRequest, _state: BackendState, ending: Ending | undefined): void {
    this.left.push(ending?.kind ?? "somebody else has it");
  }
}

describe("relay: the way to the worker", () => {
  test("a connection that is there is taken at once", () => {
    const { carrier, state, upstream, running, owner } = setUp();
    expect([carrier.acts, state.requests, upstream.waiting, running.size, owner.opened]).toEqual([
      ["begin, whole"],
      1,
      [],
      1,
      0,
    ]);
  });

  test("one that is opened is waited for, and gets what has come of the body meanwhile", () => {
    const { carrier, state, upstream, client, owner } = setUp({
      client: { method: "POST", hasBody: true },
      length: 5,
      isCold: true,
    });
    const [waiting] = upstream.waiting;
    expect([state.requests, waiting?.isWanted]).toEqual([0, true]);
    client.send("abc");
    client.send("de", true);
    waiting?.onOpened(carrier);
    expect([carrier.acts, carrier.head?.body, state.requests, owner.opened]).toEqual([
      ["begin: abcde, whole"],
      5,
      1,
      1,
    ]);
  });

  test("nobody wants one whose client has left meanwhile", () => {
    const { upstream, client, running } = setUp({ isCold: true });
    client.listener?.onGone();
    expect([upstream.waiting[0]?.isWanted, running.size]).toEqual([false, 0]);
  });

  test("that none can be opened is a failure, which the owner decides about", () => {
    const { upstream, owner, ends } = setUp({ isCold: true });
    upstream.waiting[0]?.onRefused("ENOENT");
    expect([owner.failures, ends.all]).toEqual([[{ kind: "connect", reason: "ENOENT" }], []]);
  });
});

describe("relay: the body", () => {
  test.each([
    ["none", {}, undefined],
    ["an empty one, whose length was said", { length: 0 }, 0],
    ["one of known length", { client: { hasBody: true }, length: 5 }, 5],
    ["one of unknown length", { client: { hasBody: true } }, "chunked"],
    ["one of unknown length that is all here", { client: { hasBody: true }, early: ["abc", true] }, 3],
  ] as [string, Given, number | "chunked" | undefined][])(
    "%s: what the worker is told of it",
    (_, given, body) => {
      expect(setUp(given).carrier.head?.body).toBe(body as number);
    },
  );

  test("pieces go on as they come, and its end behind them", () => {
    const { carrier, client } = setUp({ client: { hasBody: true }, early: ["a", false] });
    client.send("b");
    client.send("c", true);
    expect(carrier.acts).toEqual(["begin: a", "write b", "write c", "finish"]);
  });

  test("while the worker takes none the client is held back, until it does", () => {
    const { carrier, client } = setUp({ client: { hasBody: true } });
    carrier.isFull = true;
    client.send("a");
    expect(client.acts.at(-1)).toBe("pause");
    carrier.isFull = false;
    carrier.exchange?.onDrain();
    expect(client.acts.at(-1)).toBe("resume");
    client.send("b");
    expect(client.acts.at(-1)).toBe("resume");
  });

  test("what was not sent can be sent to another worker, and what was can not", () => {
    for (const [failure, mayGo] of [
      [{ kind: "lost", sent: false, answered: false }, true],
      [{ kind: "lost", sent: true, answered: false }, false],
    ] as [ExchangeFailure, boolean][]) {
      const { carrier, visit, owner } = setUp({
        client: { hasBody: true },
        length: 3,
        early: ["abc", true],
      });
      carrier.exchange?.onFailure(failure);
      expect([owner.failures, visit.intake?.isUntouched]).toEqual([[failure], mayGo]);
      if (mayGo) expect(String(visit.intake?.takeHeld())).toBe("abc");
    }
  });
});

describe("relay: the answer", () => {
  test("one that is whole within one read is given whole", () => {
    const { carrier, client, ends, owner, running } = setUp();
    carrier.say({ framing: "length", length: 2 }, "ok", END);
    expect([client.acts, ends.kinds, owner.left, owner.heads]).toEqual([
      ["answer 200 OK: ok"],
      ["answered"],
      ["answered"],
      1,
    ]);
    // The connection is good for the next one.
    expect([carrier.acts, running.size]).toEqual([["begin, whole"], 0]);
  });

  test("an empty body is one", () => {
    const { carrier, client } = setUp();
    carrier.say({ framing: "length", length: 0 }, END);
    expect(client.acts).toEqual(["answer 200 OK: "]);
  });

  test.each([
    ["with the length that GET would get", { status: 304, length: 7 }, "answer 304 without a body, of 7"],
    ["without one", { status: 204, length: -1 }, "answer 204 without a body"],
  ])("one that has no body by rule, %s", (_, given, act) => {
    const { carrier, client, ends } = setUp();
    carrier.say({ ...given, framing: "none" }, END);
    expect([client.acts, ends.kinds]).toEqual([[act], ["answered"]]);
  });

  test("one that comes in pieces is passed on as it comes, its length where that is known", () => {
    for (const [given, head] of [
      [{ framing: "length", length: 6 }, "head 200, 6 bytes to come"],
      [{ framing: "chunked" }, "head 200"],
      [{ framing: "close" }, "head 200"],
    ] as const) {
      const { carrier, client, ends } = setUp();
      carrier.say(given);
      expect(client.acts).toEqual([head]);
      carrier.say("one", "two");
      carrier.say(END);
      expect([client.acts, ends.kinds]).toEqual([[head, "piece one", "piece two", "end"], ["answered"]]);
    }
  });

  test("what was answered, and how much of it, is known of the visit", () => {
    const whole = setUp();
    whole.carrier.say({ status: 201, framing: "length", length: 5 }, "whole", END);
    const pieces = setUp();
    pieces.carrier.say({ status: 206, fields: ["B", "2"] }, "one");
    pieces.carrier.say("three");
    const seen = [whole, pieces].map(({ visit }) => [visit.status, visit.answerFields, visit.sentBytes]);
    expect(seen).toEqual([
      [201, ["A", "1"], 5],
      [206, ["B", "2"], 8],
    ]);
  });

  test("of a read with several pieces none is lost or turned round", () => {
    const { carrier, client } = setUp();
    carrier.say({}, "a", "b", "c");
    carrier.say("d", END);
    expect(client.acts.slice(1)).toEqual(["piece a", "piece b", "piece c", "piece d", "end"]);
  });

  test("interim answers are passed on, and are no answer", () => {
    const { carrier, client, ends } = setUp();
    carrier.exchange?.onInterim?.(headWith({ status: 103 }));
    carrier.exchange?.onRead();
    expect([client.acts, client.isAnswered, ends.all]).toEqual([["interim 103"], false, []]);
  });

  test("trailers follow a body whose length was not told, to a client that takes them", () => {
    const whole = setUp();
    whole.carrier.say({ framing: "length", length: 2 }, "ok", { trailers: ["X-Sum", "1"] }, END);
    expect(whole.client.acts).toEqual(["head 200, 2 bytes to come", "piece ok", "end, X-Sum 1"]);
    const without = setUp({ client: { takesTrailers: false } });
    without.carrier.say({}, "ok", { trailers: ["X-Sum", "1"] }, END);
    expect(without.client.acts).toEqual(["answer 200 OK: ok"]);
  });

  test("nothing that comes after the end of the visit reaches anybody", () => {
    const { carrier, client, ends, owner } = setUp();
    client.listener?.onGone();
    const acts = [...client.acts];
    carrier.say({}, END);
    expect([client.acts, ends.kinds, owner.left]).toEqual([acts, ["client gone"], ["client gone"]]);
    expect(carrier.acts.at(-1)).toBe("destroy");
  });

  test("somebody else who gets the visit gets it without a trace of this one", () => {
    const { visit, carrier, owner, running, clock, ends, relay } = setUp();
    visit.handTo(idleHolder());
    expect([relay.isOver, owner.left, running.size, carrier.acts.at(-1)]).toEqual([
      true,
      ["somebody else has it"],
      0,
      "destroy",
    ]);
    clock.advance(100_000);
    expect(ends.all).toEqual([]);
  });
});

describe("relay: fields that gw adds", () => {
  test.each([
    ["nothing to one that says all", { dated: true }, {}, ["A", "1"]],
    ["a date", { dated: false }, {}, ["A", "1", "Date", "now"]],
    ["the cookie by which its client is known again", {}, { cookie: "c=1" }, ["A", "1", "Set-Cookie", "c=1"]],
    [
      "a promise of HTTPS, in the place of the app's",
      { fields: ["Strict-Transport-Security", "max-age=1", "A", "1", "strict-transport-security", "x"] },
      { hsts: "max-age=9" },
      ["A", "1", "Strict-Transport-Security", "max-age=9"],
    ],
  ])("%s", (_, head, given, fields) => {
    for (const isWhole of [true, false]) {
      const { carrier, client, visit } = setUp();
      Object.assign(visit, given);
      carrier.say(head, ...(isWhole ? ([END] as const) : []));
      expect(client.answerFields).toEqual(fields);
    }
  });

  test("what workers repeat is not changed by it", () => {
    const { carrier, visit } = setUp();
    visit.cookie = "c=1";
    const fields = Object.freeze(["A", "1"]);
    carrier.say({ fields, dated: false }, END);
    expect(fields).toEqual(["A", "1"]);
  });
});

describe("relay: the pace of the client", () => {
  test("while it takes none the worker is held back, once, until it does", () => {
    const { carrier, client } = setUp();
    client.isFull = true;
    carrier.say({}, "a", "b");
    expect(carrier.acts).toEqual(["begin, whole", "pause"]);
    client.isFull = false;
    client.listener?.onWritable();
    expect(carrier.acts.at(-1)).toBe("resume");
    carrier.say("c");
    expect(carrier.acts.at(-1)).toBe("resume");
  });
});

describe("relay: whom it waits for", () => {
  const upload = { client: { method: "POST", hasBody: true } };

  test("its client, until the body is there, which keeps its place; its worker after that", () => {
    const { client, owner, relay } = setUp(upload);
    expect([relay.awaitsBody, owner.heldUp]).toEqual([true, []]);
    client.send("abc");
    client.send("", true);
    expect([relay.awaitsBody, owner.heldUp]).toEqual([false, []]);
  });

  test("its worker, where that takes none of the body for now", () => {
    const { client, carrier, relay } = setUp(upload);
    carrier.isFull = true;
    client.send("abc");
    expect(relay.awaitsBody).toBe(false);
    carrier.isFull = false;
    carrier.exchange?.onDrain();
    expect(relay.awaitsBody).toBe(true);
  });

  test("for how long it has waited for the body is known as long as it lasts: not the time in which its worker took none", () => {
    const { client, carrier, clock, relay } = setUp(upload);
    const after = (ms: number) => {
      clock.advance(ms);
      return relay.bodyWaitMs(clock.now());
    };
    expect(after(100)).toBe(100);
    carrier.isFull = true;
    client.send("abc");
    expect(after(50)).toBe(100);
    carrier.isFull = false;
    carrier.exchange?.onDrain();
    expect(after(30)).toBe(130);
    client.send("", true);
    expect(after(70)).toBe(130);
    carrier.say({}, "ok");
    expect(after(1)).toBe(130);
  });

  test("nobody, where all of the body was there at the start", () => {
    const { clock, relay } = setUp({ ...upload, early: ["abc", true] });
    clock.advance(100);
    expect([relay.bodyWaitMs(clock.now()), relay.awaitsClient]).toEqual([0, false]);
  });

  test("nobody that holds it up, where all is here at once and its answer is taken", () => {
    const { carrier, owner } = setUp();
    carrier.say({}, "ok", END);
    expect(owner.heldUp).toEqual([]);
  });

  test("its client, while that takes none of the answer", () => {
    const { client, carrier, owner, relay } = setUp();
    client.isFull = true;
    carrier.say({ framing: "length", length: 500_000 }, "some");
    expect([owner.heldUp, relay.awaitsTaking, relay.answerBytes]).toEqual([[true], true, 500_000]);
    client.isFull = false;
    client.listener?.onWritable();
    expect(owner.heldUp.at(-1)).toBe(false);
  });
});

describe("relay: another protocol", () => {
  test("the worker's switch is the client's, and the connection is the tunnel's", () => {
    const { carrier, client, ends, owner, running } = setUp({ client: { wantsWebSocket: true } });
    expect(carrier.exchange?.maySwitch).toBe(true);
    carrier.say({ status: 101, fields: ["Upgrade", "websocket"] });
    expect([client.acts, client.answerFields]).toEqual([["switch"], ["Upgrade", "websocket"]]);
    expect([ends.kinds, owner.left, owner.tunnels.length, running.size]).toEqual([
      ["switched"],
      ["switched"],
      1,
      0,
    ]);
    expect(carrier.acts).toEqual(["begin, whole", "switch"]);
    expect(carrier.exchange).toBe(owner.tunnels[0] as Tunnel);
  });
});

describe("relay: silence", () => {
  test.each([
    ["a worker that does not answer", {}, 600, "request_timeout"],
    [
      "a worker that does not answer, where silence ends sooner",
      { answerMs: 5_000 },
      SILENCE_MS,
      "socket_timeout",
    ],
    [
      "a worker that does not answer, without a request timeout",
      { answerMs: 0 },
      SILENCE_MS,
      "socket_timeout",
    ],
    ["a client that does not go on", { client: { hasBody: true } }, SILENCE_MS, "request_timeout_client"],
  ] as [string, Given, number, string][])("%s", (_, given, ms, cause) => {
    const { clock, ends, carrier } = setUp({ ...given });
    clock.advance(ms - 1);
    expect(ends.kinds).toEqual([]);
    clock.advance(1);
    expect([ends.kinds, carrier.acts.at(-1)]).toEqual([[cause], "destroy"]);
    clock.advance(100_000);
    expect(ends.kinds).toEqual([cause]);
  });

  test("the request timeout ends what goes on being told of before the head, and nothing once that is there", () => {
    const { clock, ends, carrier } = setUp({ answerMs: 2_500 });
    for (let n = 0; n < 2; n++) {
      clock.advance(SILENCE_MS - 1);
      carrier.exchange?.onInterim?.(headWith({ status: 103 }));
      carrier.exchange?.onRead();
    }
    clock.advance(501);
    expect(ends.kinds).toEqual([]);
    clock.advance(1);
    expect(ends.kinds).toEqual(["request_timeout"]);

    const begun = setUp({ answerMs: 2_500 });
    begun.carrier.say({});
    for (let n = 0; n < 10; n++) {
      begun.clock.advance(SILENCE_MS - 1);
      begun.carrier.say("a");
    }
    expect(begun.ends.kinds).toEqual([]);
    begun.clock.advance(SILENCE_MS);
    expect(begun.ends.kinds).toEqual(["socket_timeout"]);
  });

  test("a worker that takes nothing of the body is the one that is silent", () => {
    const { clock, ends, carrier, client } = setUp({ client: { hasBody: true } });
    carrier.isFull = true;
    client.send("a");
    clock.advance(SILENCE_MS);
    expect(ends.kinds).toEqual(["socket_timeout"]);
  });

  test("each piece of the body, and that the worker takes some, begins it anew", () => {
    const { clock, ends, carrier, client } = setUp({ client: { hasBody: true } });
    for (const act of [() => client.send("a"), () => carrier.exchange?.onDrain(), () => client.send("b")]) {
      clock.advance(SILENCE_MS - 1);
      act();
    }
    clock.advance(SILENCE_MS - 1);
    expect(ends.kinds).toEqual([]);
  });

  test("the request timeout begins when the worker has the whole request", () => {
    const { clock, ends, client } = setUp({ client: { hasBody: true } });
    clock.advance(SILENCE_MS - 1);
    client.send("a", true);
    clock.advance(599);
    expect(ends.kinds).toEqual([]);
    clock.advance(1);
    expect(ends.kinds).toEqual(["request_timeout"]);
  });

  test("an app that answers before it has the whole request has nothing to be in time with", () => {
    const { clock, ends, client, carrier } = setUp({ client: { hasBody: true }, answerMs: 600 });
    carrier.say({});
    client.send("a", true);
    clock.advance(SILENCE_MS - 1);
    expect(ends.kinds).toEqual([]);
    clock.advance(1);
    expect(ends.kinds).toEqual(["socket_timeout"]);
  });

  test("a client that takes nothing stands still, one that takes a little is slow", () => {
    const { clock, ends, carrier, client } = setUp();
    client.isFull = true;
    carrier.say({}, "a");
    for (let n = 0; n < 5; n++) {
      client.takesSome = true;
      clock.advance(SILENCE_MS);
    }
    expect(ends.kinds).toEqual([]);
    // What the worker has yet to send says nothing of the client.
    clock.advance(SILENCE_MS - 1);
    carrier.say("b");
    clock.advance(1);
    expect(ends.kinds).toEqual(["client_stalled"]);
  });
});

describe("relay: a body that its client holds back", () => {
  const begin = (given: Given = {}) =>
    setUp({
      client: { method: "POST", hasBody: true },
      length: 5,
      heldBack: { saysContinue: true },
      ...given,
    });
  const goOn = ({ carrier }: ReturnType<typeof setUp>) => {
    carrier.exchange?.onInterim?.(headWith({ status: 100 }));
    carrier.exchange?.onRead();
  };

  test("it comes when the app wants it", () => {
    const begun = begin();
    expect([begun.carrier.head?.awaitsContinue, begun.client.acts]).toEqual([true, []]);
    goOn(begun);
    goOn(begun);
    expect(begun.client.acts).toEqual(["continue", "resume"]);
    begun.client.send("ab");
    begun.client.send("cde", true);
    expect(begun.carrier.acts).toEqual(["begin", "write ab", "write cde", "finish"]);
  });

  test("where the front says so it comes at once, and what the worker says of it tells nobody anything", () => {
    const begun = begin({ heldBack: { saysContinue: false } });
    goOn(begun);
    expect([begun.carrier.head?.awaitsContinue, begun.client.acts]).toEqual([false, ["continue", "resume"]]);
  });

  test("an app that answers without it has its client told nothing but the answer", () => {
    const { carrier, client, ends } = begin();
    carrier.say({ status: 403 }, "no", END);
    expect([client.acts, ends.kinds, carrier.acts]).toEqual([["answer 403 OK: no"], ["answered"], ["begin"]]);
  });

  test("an app that begins its answer first gets what comes none the less", () => {
    const { carrier, client } = begin();
    carrier.say({ framing: "chunked" }, "first");
    client.send("abcde", true);
    expect(client.acts).not.toContain("continue");
    expect(carrier.acts).toEqual(["begin", "write abcde", "finish"]);
  });

  test("what its client has sent unasked waits for the app", () => {
    const begun = begin();
    begun.client.send("abcde", true);
    expect(begun.carrier.acts).toEqual(["begin"]);
    goOn(begun);
    expect([begun.carrier.acts, begun.client.acts]).toEqual([["begin", "write abcde", "finish"], []]);
  });

  test("until then it is the app that is waited for, then the client, then the app again", () => {
    const late = begin();
    late.clock.advance(600);
    expect(late.ends.kinds).toEqual(["request_timeout"]);

    const silent = begin();
    silent.clock.advance(599);
    goOn(silent);
    silent.clock.advance(SILENCE_MS - 1);
    expect(silent.ends.kinds).toEqual([]);
    silent.clock.advance(1);
    expect(silent.ends.kinds).toEqual(["request_timeout_client"]);

    const slow = begin({ answerMs: SILENCE_MS * 2 });
    slow.clock.advance(SILENCE_MS);
    expect(slow.ends.kinds).toEqual(["socket_timeout"]);
  });
});
