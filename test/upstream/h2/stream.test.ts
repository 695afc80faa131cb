// One exchange of HTTP/2, without a connection: what it sends is read back as frames, and what comes is given to it.
import { describe, expect, test } from "bun:test";
import type { Block } from "../../../src/http/h2/blocks.ts";
import { FLAG, FRAME, FrameReader, word } from "../../../src/http/h2/frames.ts";
import { Peer } from "../../../src/http/h2/peer.ts";
import { Sender } from "../../../src/http/h2/sender.ts";
import { AnswerHeads } from "../../../src/upstream/h2/answer-heads.ts";
import { REQUEST_HEADS } from "../../../src/upstream/h2/request-block.ts";
import { RECEIVE_WINDOW, Stream } from "../../../src/upstream/h2/stream.ts";
import { LARGE_BYTES } from "../../../src/upstream/large-answers.ts";
import type { RequestHead } from "../../../src/upstream/request-head.ts";
import { AnswerProblem, type ResponseHead } from "../../../src/upstream/response-head.ts";
import { encodeFields } from "../../support/hpack.ts";
import { Told } from "../../support/told-exchange.ts";
import { headOf } from "../request-of.ts";

type Fields = readonly (readonly [string, string])[];

function setUp(sendWindowAtFirst = 1_000) {
  const sender = new Sender<RequestHead>(new Peer(), REQUEST_HEADS, new Uint8Array(0));
  const seen: { type: number; flags: number; stream: number; payload: Buffer }[] = [];
  const reader = new FrameReader({
    onFrame: (type, flags, stream, bytes, from, to) =>
      seen.push({ type, flags, stream, payload: Buffer.from(bytes.subarray(from, to)) }),
  });
  const write = (bytes: Uint8Array) => {
    reader.push(Buffer.from(bytes));
    return bytes.length;
  };
  const [large, cancelled]: [string[], Stream[]] = [[], []];
  const stream = new Stream({
    sender,
    sendWindowAtFirst,
    enter: (entered) => {
      entered.id = 7;
    },
    onLarge: (target) => large.push(target),
    cancel: (one) => cancelled.push(one),
  });
  sender.attach({ write });
  /** What has left by now. */
  const sent = (type: number) => {
    sender.flush();
    return seen.filter((frame) => frame.type === type);
  };
  return { stream, large, cancelled, sent };
}

function blockOf(fields: Fields, isLast = false, tooLarge?: string): Block {
  const bytes = Buffer.from(encodeFields(fields));
  return { stream: 7, bytes, from: 0, to: bytes.length, isLast, tooLarge };
}

const HEADS = new AnswerHeads(1024);
const OK: Fields = [[":status", "200"]];

/** A stream whose request was sent, and what is told of it. */
function asked(method = "GET") {
  const set = setUp();
  const told = new Told(method);
  set.stream.begin(told, headOf(method), undefined, true);
  return {
    ...set,
    told,
    takeBlock: (fields: Fields, isLast = false) => set.stream.onBlock(blockOf(fields, isLast), HEADS),
    takeData: (text: string, size = text.length) => set.stream.onData(Buffer.from(text, "latin1"), size),
  };
}

/** Reason of the answer's problem that `act` ends in. */
function reasonOf(act: () => unknown): string {
  try {
    act();
  } catch (problem) {
    if (problem instanceof AnswerProblem) return problem.message;
    throw problem;
  }
  throw new Error("no problem");
}

describe("stream: its request", () => {
  test("one without a body ends with its head", () => {
    const { stream, sent } = setUp();
    expect([stream.hasSent, stream.begin(new Told(), headOf(), undefined, true)]).toEqual([false, true]);
    expect(stream.hasSent).toBe(false);
    expect(sent(FRAME.headers).map(({ flags, stream: id }) => [flags, id])).toEqual([
      [FLAG.endHeaders | FLAG.endStream, 7],
    ]);
    expect([stream.hasSent, stream.isSendingDone]).toEqual([true, true]);
    stream.finish();
    expect(sent(FRAME.data)).toEqual([]);
  });

  test.each([
    ["one piece", ["whole"], true],
    ["several", ["in ", "three ", "pieces"], false],
    ["an empty one and another", ["", "rest"], false],
  ])("a body in %s arrives whole, with one end", (_, [first = "", ...rest], isWhole) => {
    const { stream, sent } = setUp();
    const head = headOf("POST", [first, ...rest].join("").length);
    expect(stream.begin(new Told("POST"), head, Buffer.from(first), isWhole)).toBe(true);
    for (const piece of rest) expect(stream.write(Buffer.from(piece))).toBe(true);
    if (!isWhole) stream.finish();
    const frames = sent(FRAME.data);
    expect(sent(FRAME.headers)[0]?.flags).toBe(FLAG.endHeaders);
    expect(frames.map(({ payload }) => payload.toString()).join("")).toBe([first, ...rest].join(""));
    expect(frames.map(({ flags }) => flags)).toEqual(frames.map((_, n) => (n === frames.length - 1 ? 1 : 0)));
  });

  test("what the worker's window has no room for waits, and who sends is told to", () => {
    const { stream, sent } = setUp(4);
    const told = new Told("POST");
    expect(stream.begin(told, headOf("POST", 10), Buffer.from("012345"), false)).toBe(false);
    expect(sent(FRAME.data).map(({ payload }) => payload.toString())).toEqual(["0123"]);
    stream.onDrain();
    expect(told.drains).toBe(1);
  });

  test("what one holds back is no other's", () => {
    const [one, other] = [setUp(0), setUp(0)];
    one.stream.begin(new Told("POST"), headOf("POST", 3), Buffer.from("one"), true);
    other.stream.begin(new Told("POST"), headOf("POST", 5), Buffer.from("other"), true);
    expect([one.stream.unsent, other.stream.unsent].map(String)).toEqual(["one", "other"]);
  });

  test("dropped, it is cancelled once, and its exchange hears no more", () => {
    const { stream, cancelled, told } = asked();
    stream.destroy();
    stream.destroy();
    stream.onDrain();
    expect([cancelled, told.drains, told.events]).toEqual([[stream], 0, []]);
  });
});

describe("stream: the head of its answer", () => {
  test("one in between, the answer's, and trailers are told apart", () => {
    const { takeBlock, takeData, stream, told } = asked();
    takeBlock([[":status", "100"]]);
    takeBlock([[":status", "103"]]);
    takeBlock(OK);
    takeData("body");
    takeBlock([["x-sum", "1"]], true);
    stream.onEnd();
    expect([told.events, told.body]).toEqual([
      ["interim 103", "head 200", "trailers X-Sum 1", "end"],
      "body",
    ]);
  });

  test("trailers that say nothing to the client are not told", () => {
    const { takeBlock, told } = asked();
    takeBlock(OK);
    takeBlock([["content-length", "1"]], true);
    expect(told.events).toEqual(["head 200"]);
  });

  test.each([
    ["GET", [], true, "length", 0],
    ["GET", [["content-length", "7"]], false, "length", 7],
    ["HEAD", [], true, "none", -1],
    ["HEAD", [["content-length", "7"]], true, "none", 7],
    ["HEAD", [["content-length", "7"]], false, "none", 7],
  ] as [string, Fields, boolean, string, number][])(
    "%s, %j, last: %p is %s of %d",
    (method, fields, isLast, ...framed) => {
      const { takeBlock, told } = asked(method);
      let seen: ResponseHead | undefined;
      told.onHead = (head) => {
        seen = head;
      };
      takeBlock([...OK, ...fields], isLast);
      expect([seen?.framing, seen?.length] as unknown[]).toEqual(framed);
    },
  );

  test.each([
    ["a switch of protocols", [[":status", "101"]], "the worker switched protocols within HTTP/2"],
    ["no status", [["a", "b"]], "the header block does not begin with a status"],
  ] as [string, Fields, string][])("%s is refused", (_, fields, reason) => {
    expect(reasonOf(() => asked().takeBlock(fields))).toContain(reason);
  });

  test("a second head that nothing ends, and a block that was thrown away, are refused", () => {
    const { takeBlock, stream } = asked();
    takeBlock(OK);
    expect(reasonOf(() => takeBlock(OK))).toBe("a second head that does not end the answer");
    expect(reasonOf(() => stream.onBlock(blockOf(OK, false, "too much"), HEADS))).toBe("too much");
  });
});

describe("stream: the body of its answer", () => {
  test.each([
    ["before the head", undefined, ["x"], "the body comes before the head"],
    ["longer than its length", "2", ["xy", "z"], "the body is longer than its length"],
    ["where none can be", "none", ["x"], "a body where none can be"],
  ])("%s is refused", (_, length, pieces, reason) => {
    const { takeBlock, takeData } = asked(length === "none" ? "HEAD" : "GET");
    if (length === "none") takeBlock(OK);
    else if (length !== undefined) takeBlock([...OK, ["content-length", length]]);
    expect(reasonOf(() => pieces.forEach((piece) => void takeData(piece)))).toBe(reason);
  });

  test("its end is told where all is there, and is a problem where something is missing", () => {
    const short = asked();
    expect(reasonOf(() => short.stream.onEnd())).toBe("the stream ends without a head");
    short.takeBlock([...OK, ["content-length", "3"]]);
    short.takeData("ab");
    expect(reasonOf(() => short.stream.onEnd())).toBe("the body is shorter than its length");
    short.takeData("c");
    short.stream.onEnd();
    expect([short.told.events, short.told.body]).toEqual([["head 200", "end"], "abc"]);
  });

  test("empty pieces are not told, and may come where no body can", () => {
    const { takeBlock, takeData, told } = asked("HEAD");
    takeBlock(OK);
    let pieces = 0;
    told.onPiece = () => pieces++;
    expect([takeData(""), pieces]).toEqual([true, 0]);
  });

  test("an answer is large once, as soon as it has more bytes than that", () => {
    const { takeBlock, takeData, large } = asked();
    takeBlock(OK);
    takeData("x".repeat(LARGE_BYTES));
    expect(large).toEqual([]);
    takeData("x");
    takeData("x");
    expect(large).toEqual(["/"]);
  });
});

describe("stream: what the worker may send", () => {
  const HALF = RECEIVE_WINDOW / 2;
  const credits = (set: ReturnType<typeof asked>) =>
    set.sent(FRAME.windowUpdate).map(({ stream, payload }) => [stream, word(payload, 0)]);

  test("more is asked for when half of it was used, padding included", () => {
    const set = asked();
    set.takeBlock(OK);
    set.takeData("x", HALF - 1);
    expect(credits(set)).toEqual([]);
    set.takeData("x", 1);
    expect(credits(set)).toEqual([[7, HALF]]);
    set.takeData("x", HALF);
    expect(credits(set)).toEqual([
      [7, HALF],
      [7, HALF],
    ]);
  });

  test("paused, nothing is asked for, and all at once when it goes on", () => {
    const set = asked();
    set.takeBlock(OK);
    set.stream.pause();
    expect([set.takeData("x", HALF), set.takeData("x", HALF)]).toEqual([true, true]);
    expect(credits(set)).toEqual([]);
    set.stream.resume();
    expect(credits(set)).toEqual([[7, RECEIVE_WINDOW]]);
    expect(set.takeData("x", RECEIVE_WINDOW)).toBe(true);
  });

  test("more than that is refused", () => {
    const set = asked();
    set.takeBlock(OK);
    set.stream.pause();
    expect([set.takeData("x", RECEIVE_WINDOW), set.takeData("x", 1)]).toEqual([true, false]);
    expect(set.told.body).toBe("x");
  });
});
