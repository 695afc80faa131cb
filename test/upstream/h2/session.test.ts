// One HTTP/2 connection over a real UNIX socket, with a worker that sends exactly the frames that the test gives it.
import { describe, expect, test } from "bun:test";
import { CODE, FLAG, FRAME, SETTING, wordFrame } from "../../../src/http/h2/frames.ts";
import { AnswerHeads } from "../../../src/upstream/h2/answer-heads.ts";
import { Session } from "../../../src/upstream/h2/session.ts";
import type { Stream } from "../../../src/upstream/h2/stream.ts";
import type { ResponseHead } from "../../../src/upstream/response-head.ts";
import { data, frame, head } from "../../support/h2-peer.ts";
import { encodeFields } from "../../support/hpack.ts";
import { onBug } from "../../support/on-bug.ts";
import { openingOf, Told } from "../../support/told-exchange.ts";
import { headOf } from "../request-of.ts";
import { ask, LINE_MOST, setUp } from "./over-http2.ts";

describe("http/2: requests", () => {
  test("those of one turn leave in one write, and answers come in any order", async () => {
    using set = setUp();
    const first = await set.stream();
    const told = [ask(first), ask(await set.stream()), ask(await set.stream())];
    await set.peer.until(() => set.peer.requests.length === 3, "three requests");
    expect(set.peer.requests.map(({ stream, isLast }) => [stream, isLast])).toEqual([
      [1, true],
      [3, true],
      [5, true],
    ]);
    // The preface may have come by itself; the requests have not.
    expect(set.peer.reads.length).toBeLessThanOrEqual(2);
    set.peer.send(
      head(5),
      data(5, "third", true),
      head(1),
      data(1, "fi"),
      data(1, "rst", true),
      head(3, [], FLAG.endStream),
    );
    await Promise.all(told.map((one) => one.ended()));
    expect(told.map(({ body, events }) => [body, ...events])).toEqual([
      ["first", "head 200", "end"],
      ["", "head 200", "end"],
      ["third", "head 200", "end"],
    ]);
  });

  test("interim answers are told, but for 100, and trailers, but for what means something only before a body", async () => {
    using set = setUp();
    const told = ask(await set.stream());
    await set.peer.until(() => set.peer.requests.length === 1, "the request");
    const trailers = encodeFields([
      ["x-sum", "a"],
      ["set-cookie", "b=c"],
      ["x-gw-a", "b"],
    ]);
    set.peer.send(
      frame(FRAME.headers, FLAG.endHeaders, 1, encodeFields([[":status", "100"]])),
      frame(FRAME.headers, FLAG.endHeaders, 1, encodeFields([[":status", "103"]])),
      head(1),
      data(1, "ok"),
      frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, trailers),
    );
    await told.ended();
    expect(told.events).toEqual(["interim 103", "head 200", "trailers X-Sum a", "end"]);
  });

  test("an answer to HEAD says of a length what the worker said: nothing is not 0", async () => {
    using set = setUp();
    const heads: [string, number][] = [];
    for (const fields of [[], [["content-length", "7"]]] as [string, string][][]) {
      const told = Object.assign(new Told("HEAD"), {
        onHead: ({ framing, length }: ResponseHead) => heads.push([framing, length]),
      });
      const stream = await set.stream();
      stream.begin(told, headOf("HEAD"), undefined, true);
      await set.peer.until(() => set.peer.requests.at(-1)?.stream === stream.id, "the request");
      set.peer.send(head(stream.id, fields, FLAG.endStream));
      await told.ended();
    }
    expect(heads).toEqual([
      ["none", -1],
      ["none", 7],
    ]);
  });

  test("gw demands that nothing be remembered or pushed, and answers pings and settings", async () => {
    using set = setUp();
    ask(await set.stream());
    set.peer.send(frame(FRAME.ping, 0, 0, "12345678"));
    await set.peer.until(() => set.peer.of(FRAME.ping).length === 1, "the answer to the ping");
    const [settings, ack] = set.peer.of(FRAME.settings);
    expect(settings?.payload.toString("hex")).toStartWith("000100000000000200000000");
    expect([ack?.flags, ack?.payload.length]).toEqual([FLAG.ack, 0]);
    expect(set.peer.of(FRAME.ping).map(({ flags, payload }) => [flags, payload.toString()])).toEqual([
      [FLAG.ack, "12345678"],
    ]);
  });

  test("a body goes as far as the windows allow, and the rest when they open", async () => {
    using set = setUp([[SETTING.initialWindowSize, 10]]);
    const warm = ask(await set.stream());
    set.peer.send(head(1, [], FLAG.endStream));
    await warm.ended();
    const stream = await set.stream();
    const told = new Told("POST");
    expect(stream.begin(told, headOf("POST", 25), Buffer.from("0123456789abcdefghij"), false)).toBe(false);
    await set.peer.until(() => set.peer.bodyOf(3).length === 10, "ten bytes");
    set.peer.send(wordFrame(FRAME.windowUpdate, 0, 3, 12));
    await told.watch.until(
      () => told.drains === 1,
      () => "the drain",
    );
    expect(stream.write(Buffer.from("klmno"))).toBe(false);
    stream.finish();
    await set.peer.until(() => set.peer.bodyOf(3).length === 22, "as much as the window");
    expect(set.peer.of(FRAME.data).some(({ flags }) => flags & FLAG.endStream)).toBe(false);
    set.peer.send(wordFrame(FRAME.windowUpdate, 0, 3, 100));
    await set.peer.until(() => set.peer.bodyOf(3).length === 25, "all of it");
    expect(set.peer.bodyOf(3).toString()).toBe("0123456789abcdefghijklmno");
    expect(set.peer.of(FRAME.data).at(-1)?.flags).toBe(FLAG.endStream);
  });

  test("an answer before the end of the request ends both", async () => {
    using set = setUp();
    const told = new Told("POST");
    (await set.stream()).begin(told, headOf("POST", 5), Buffer.from("ab"), false);
    await set.peer.until(() => set.peer.bodyOf(1).length === 2, "the first bytes");
    set.peer.send(head(1), data(1, "no", true));
    await told.ended();
    await set.peer.until(() => set.peer.of(FRAME.reset).length === 1, "the end of the request");
    expect([told.events, told.body, set.peer.of(FRAME.reset)[0]?.payload[3]]).toEqual([
      ["head 200", "end"],
      "no",
      CODE.noError,
    ]);
  });

  test("a dropped exchange is cancelled, hears nothing more, and disturbs nobody", async () => {
    using set = setUp();
    const stream = await set.stream();
    const [dropped, other] = [ask(stream), ask(await set.stream())];
    await set.peer.until(() => set.peer.requests.length === 2, "both requests");
    stream.destroy();
    await set.peer.until(() => set.peer.of(FRAME.reset).length === 1, "the cancellation");
    expect(set.peer.of(FRAME.reset).map(({ stream: id, payload }) => [id, payload[3]])).toEqual([
      [1, CODE.cancel],
    ]);
    set.peer.send(head(1), data(1, "late", true), head(3), data(3, "ok", true));
    await other.ended();
    expect([dropped.events, dropped.body, other.body]).toEqual([[], "", "ok"]);
  });
});

describe("http/2: the pace of the slower side", () => {
  test("a paused exchange asks for no more, and loses nothing", async () => {
    using set = setUp();
    const stream = await set.stream();
    const told = ask(stream);
    told.onPiece = () => stream.pause();
    await set.peer.until(() => set.peer.requests.length === 1, "the request");
    const piece = "x".repeat(16_000);
    set.peer.send(head(1), ...Array.from({ length: 8 }, () => data(1, piece)));
    await told.watch.until(
      () => told.body.length === 128_000,
      () => "what was under way",
    );
    const credits = () => set.peer.of(FRAME.windowUpdate).filter(({ stream: id }) => id === 1).length;
    set.peer.send(frame(FRAME.ping, 0, 0, "12345678"));
    await set.peer.until(() => set.peer.of(FRAME.ping).length === 1, "the answer to the ping");
    expect(credits()).toBe(0);
    told.onPiece = undefined;
    stream.resume();
    await set.peer.until(() => credits() === 1, "that more is asked for");
    set.peer.send(data(1, piece, true));
    await told.ended();
    expect(told.body.length).toBe(144_000);
  });

  test("a worker that sends more than the window allows loses the connection", async () => {
    using set = setUp();
    const stream = await set.stream();
    const told = ask(stream);
    told.onPiece = () => stream.pause();
    await set.peer.until(() => set.peer.requests.length === 1, "the request");
    set.peer.send(head(1), ...Array.from({ length: 9 }, () => data(1, "x".repeat(16_000))));
    await told.ended();
    expect(told.failure).toEqual({ kind: "malformed", reason: "more data than the window allows" });
    await set.peer.until(() => set.peer.isClosed, "the end of the connection");
  });
});

describe("http/2: how an exchange is lost", () => {
  test("of a request that has not left when the connection ends, nothing was sent", async () => {
    using set = setUp();
    const warm = ask(await set.stream());
    set.peer.send(head(1, [], FLAG.endStream));
    await warm.ended();
    set.peer.terminate();
    await set.peer.until(() => set.peer.isClosed, "the end of the worker's side");
    const told = ask(await set.stream());
    await told.ended();
    expect(told.failure).toEqual({ kind: "lost", sent: false, answered: false });
  });

  test("an answer to what has not left is none, and the request can go elsewhere", () => {
    const written: Uint8Array[] = [];
    const session = new Session({
      heads: new AnswerHeads(LINE_MOST),
      onLarge() {},
      onEmpty() {},
      onGone() {},
      onBug,
    });
    const write = (bytes: Uint8Array) => written.push(new Uint8Array(bytes)) && bytes.length;
    session.attach({ write, terminate: () => session.onClosed() } as never);
    const told = ask(session.newStream());
    const before = written.length;
    // Within the turn of the loop at whose end the request would leave.
    session.onData(Buffer.concat([head(1), data(1, "forged", true)]));
    expect([told.events, told.failure]).toEqual([
      ["failure lost"],
      { kind: "lost", sent: false, answered: false },
    ]);
    expect(written.length).toBe(before);
  });

  test("those that have left are lost, answered or not", async () => {
    using set = setUp();
    const told = [ask(await set.stream()), ask(await set.stream())];
    await set.peer.until(() => set.peer.requests.length === 2, "both requests");
    set.peer.send(head(3), data(3, "half"));
    await told[1]?.watch.until(
      () => told[1]?.body === "half",
      () => "half an answer",
    );
    set.peer.terminate();
    await Promise.all(told.map((one) => one.ended()));
    expect(told.map(({ failure }) => failure)).toEqual([
      { kind: "lost", sent: true, answered: false },
      { kind: "lost", sent: true, answered: true },
    ]);
    expect(set.sessions.size).toBe(0);
  });

  test("a reset ends the one that it names", async () => {
    using set = setUp();
    const told = [ask(await set.stream()), ask(await set.stream())];
    await set.peer.until(() => set.peer.requests.length === 2, "both requests");
    set.peer.send(wordFrame(FRAME.reset, 0, 1, 2), head(3, [], FLAG.endStream));
    await Promise.all(told.map((one) => one.ended()));
    expect(told.map(({ events }) => events)).toEqual([["failure lost"], ["head 200", "end"]]);
  });

  test("a worker that is leaving gets nothing new, and answers what it has", async () => {
    using set = setUp();
    const told = ask(await set.stream());
    await set.peer.until(() => set.peer.requests.length === 1, "the request");
    set.peer.send(frame(FRAME.goAway, 0, 0, new Uint8Array(8)), frame(FRAME.ping, 0, 0, "12345678"));
    await set.peer.until(() => set.peer.of(FRAME.ping).length === 1, "the answer to the ping");
    expect(set.sessions.take()).toBeUndefined();
    set.peer.send(head(1, [], FLAG.endStream));
    await told.ended();
    expect(told.events).toEqual(["head 200", "end"]);
    await set.peer.until(() => set.peer.isClosed, "the end of the connection");
  });
});

/** What breaks a rule of one answer; the other one on the connection goes on. */
const BROKEN_ANSWERS: [string, Uint8Array[], string, string?][] = [
  ["a body before the head", [data(1, "x")], "the body comes before the head"],
  [
    "an end behind an interim answer",
    [frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, encodeFields([[":status", "103"]]))],
    "the stream ends without a head",
  ],
  [
    "a body that is longer than its length",
    [head(1, [["content-length", "1"]]), data(1, "xy")],
    "the body is longer than its length",
  ],
  [
    "a body that is shorter than its length",
    [head(1, [["content-length", "3"]]), data(1, "xy", true)],
    "the body is shorter than its length",
  ],
  [
    "no body where there is a length",
    [head(1, [["content-length", "3"]], FLAG.endStream)],
    "the body is shorter than its length",
  ],
  [
    "a body where none can be",
    [frame(FRAME.headers, FLAG.endHeaders, 1, encodeFields([[":status", "204"]])), data(1, "x")],
    "a body where none can be",
  ],
  [
    "a switch of protocols",
    [frame(FRAME.headers, FLAG.endHeaders, 1, encodeFields([[":status", "101"]]))],
    "the worker switched protocols within HTTP/2",
  ],
  ["capital letters", [head(1, [["X-A", "1"]])], "a header name has capital letters"],
  ["a window of nothing", [wordFrame(FRAME.windowUpdate, 0, 1, 0)], "a window out of bounds"],
  [
    "a line that is too long",
    [head(1, [["a", "x".repeat(LINE_MOST)]])],
    `a header line of ${LINE_MOST + 3} bytes`,
    "header too large",
  ],
  [
    "a block that is too long, in pieces",
    [
      frame(FRAME.headers, 0, 1, encodeFields([[":status", "200"], ...manyFields()])),
      frame(FRAME.continuation, FLAG.endHeaders, 1, encodeFields(manyFields())),
    ],
    `more than ${LINE_MOST * 4} bytes of header`,
    "header too large",
  ],
];

function manyFields(): [string, string][] {
  return Array.from({ length: 6 }, (_, n) => [`x-${n}`, "y".repeat(500)]);
}

/** What breaks a rule of the connection. */
const BROKEN_CONNECTIONS: [string, Uint8Array[], string, number][] = [
  ["a frame of a stream that was never begun", [head(9)], "a frame of stream 9", CODE.protocol],
  ["a stream of the worker's own", [head(2)], "a frame of stream 2", CODE.protocol],
  [
    "a push",
    [frame(FRAME.pushPromise, FLAG.endHeaders, 1, "\0\0\0\x02")],
    "the worker pushes",
    CODE.protocol,
  ],
  [
    "a block that is broken off",
    [frame(FRAME.headers, 0, 1, encodeFields([[":status", "200"]])), data(3, "x")],
    "a header block is broken off",
    CODE.protocol,
  ],
  [
    "a continuation of nothing",
    [frame(FRAME.continuation, FLAG.endHeaders, 1, "")],
    "a header block is broken off",
    CODE.protocol,
  ],
  [
    "a continuation of another one",
    [
      frame(FRAME.headers, 0, 1, encodeFields([[":status", "200"]])),
      frame(FRAME.continuation, FLAG.endHeaders, 3),
    ],
    "a continuation of nothing",
    CODE.protocol,
  ],
  [
    "a block without end",
    [frame(FRAME.headers, 0, 1), ...new Array(100).fill(frame(FRAME.continuation, 0, 1))],
    "a header block without end",
    CODE.calm,
  ],
  [
    "too much padding",
    [frame(FRAME.data, FLAG.padded, 1, "\x05ab")],
    "more padding than frame",
    CODE.protocol,
  ],
  [
    "too much padding of a head",
    [frame(FRAME.headers, FLAG.padded | FLAG.endHeaders, 1, "\x05ab")],
    "more padding than frame",
    CODE.protocol,
  ],
  ["broken settings", [frame(FRAME.settings, 0, 0, "12345")], "broken settings", CODE.frameSize],
  [
    "a window beyond all bounds",
    [frame(FRAME.settings, 0, 0, "\0\x04\xff\xff\xff\xff")],
    "a window that is too large",
    CODE.flowControl,
  ],
  [
    "settings of a stream",
    [frame(FRAME.settings, 0, 1, "")],
    "a frame of the connection on a stream",
    CODE.protocol,
  ],
  ["a broken ping", [frame(FRAME.ping, 0, 0, "1")], "a broken ping", CODE.frameSize],
  ["a broken reset", [frame(FRAME.reset, 0, 1, "1")], "a broken reset", CODE.frameSize],
  ["a broken window", [frame(FRAME.windowUpdate, 0, 0, "1")], "a broken window", CODE.frameSize],
  [
    "a window that overflows",
    [wordFrame(FRAME.windowUpdate, 0, 0, 2 ** 31 - 1)],
    "a window out of bounds",
    CODE.flowControl,
  ],
  [
    "nothing but pings",
    new Array(1_100).fill(frame(FRAME.ping, 0, 0, "12345678")),
    "nothing but pings and settings",
    CODE.calm,
  ],
];

describe("http/2: a mistake of ours", () => {
  test.each(["onHead", "onBody", "onEnd", "onRead"] as const)(
    "in %s is how its exchange ends, and nobody else's",
    async (what) => {
      using set = setUp();
      const thrown = new Error("ours");
      const met = new Told();
      met[what] = () => {
        throw thrown;
      };
      (await set.stream()).begin(met, headOf("GET"), undefined, true);
      const other = ask(await set.stream());
      await set.peer.until(() => set.peer.requests.length === 2, "both requests");
      set.peer.send(head(1), data(1, "one", true), head(3), data(3, "other", true));
      await other.ended();
      expect(met.failure).toEqual({ kind: "bug", thrown });
      expect([other.events, other.body, set.bugs]).toEqual([["head 200", "end"], "other", []]);
    },
  );

  test("about nobody's exchange is told, and ends the connection", async () => {
    using set = setUp();
    const thrown = new Error("ours");
    set.sessions.open(
      openingOf<Stream>(
        () => {
          throw thrown;
        },
        () => {},
      ),
    );
    await set.peer.until(() => set.bugs.length > 0, "somebody to be told");
    expect(set.bugs).toEqual([thrown]);
    await set.peer.until(() => set.sessions.size === 0, "the end of the connection");
  });
});

describe("http/2: nothing that comes is trusted", () => {
  test.each(BROKEN_ANSWERS)("%s ends that answer alone", async (_, frames, reason, kind = "malformed") => {
    using set = setUp();
    const [broken, other] = [ask(await set.stream()), ask(await set.stream())];
    await set.peer.until(() => set.peer.requests.length === 2, "both requests");
    set.peer.send(...frames);
    await broken.ended();
    expect(broken.failure as object).toEqual({ kind, reason });
    set.peer.send(head(3), data(3, "fine", true));
    await other.ended();
    expect([other.events, other.body]).toEqual([["head 200", "end"], "fine"]);
    await set.peer.until(
      () => set.peer.of(FRAME.reset).some(({ stream }) => stream === 1),
      "the cancellation",
    );
  });

  test.each(BROKEN_CONNECTIONS)("%s ends the connection", async (_, frames, reason, code) => {
    using set = setUp();
    const told = [ask(await set.stream()), ask(await set.stream())];
    await set.peer.until(() => set.peer.requests.length === 2, "both requests");
    set.peer.send(...frames);
    await Promise.all(told.map((one) => one.ended()));
    for (const { failure } of told) expect(failure).toEqual({ kind: "malformed", reason });
    await set.peer.until(() => set.peer.isClosed, "the end of the connection");
    expect(set.peer.of(FRAME.goAway).map(({ payload }) => payload[7])).toEqual([code]);
    expect(set.sessions.size).toBe(0);
  });

  test("what RFC 9113 lets pass is passed over: padding, priorities, unknown frames", async () => {
    using set = setUp();
    const told = ask(await set.stream());
    await set.peer.until(() => set.peer.requests.length === 1, "the request");
    const block = encodeFields([[":status", "200"]]);
    set.peer.send(
      frame(0x77, 0xff, 1, "?"),
      frame(FRAME.priority, 0, 1, "\0\0\0\0\x10"),
      frame(
        FRAME.headers,
        FLAG.endHeaders,
        1,
        encodeFields([
          [":status", "103"],
          ["link", "</a>"],
        ]),
      ),
      frame(
        FRAME.headers,
        FLAG.padded | FLAG.priority,
        1,
        Buffer.concat([Buffer.from("\x02\0\0\0\0\x10", "latin1"), block, Buffer.from("\0\0")]),
      ),
      frame(FRAME.continuation, FLAG.endHeaders, 1, encodeFields([["x-a", "1"]])),
      frame(FRAME.data, FLAG.padded, 1, "\x03body\0\0\0"),
      frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, encodeFields([["x-sum", "7"]])),
    );
    await told.ended();
    expect(told.events).toEqual(["interim 103", "head 200", "trailers X-Sum 7", "end"]);
    expect(told.body).toBe("body");
  });
});
