// What one end of HTTP/2 sends, on a kernel that takes what the test says, read back as frames.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FLAG, FRAME, FRAME_MOST, FrameReader, wordFrame } from "../../../src/http/h2/frames.ts";
import { Peer } from "../../../src/http/h2/peer.ts";
import { type HeadWriter, Sender, type Trailed } from "../../../src/http/h2/sender.ts";

type Seen = { type: number; flags: number; stream: number; payload: string };

class Kernel {
  writes = 0;
  /** It takes no more than this altogether. */
  room = Number.POSITIVE_INFINITY;
  readonly frames: Seen[] = [];
  readonly #reader = new FrameReader({
    onFrame: (type, flags, stream, bytes, from, to) =>
      this.frames.push({ type, flags, stream, payload: bytes.toString("latin1", from, to) }),
  });
  #isBegun = false;

  write(bytes: Uint8Array): number {
    this.writes++;
    const taken = Math.min(bytes.length, this.room);
    this.room -= taken;
    const from = this.#isBegun || taken === 0 ? 0 : PREFACE.length;
    if (taken > 0) this.#isBegun = true;
    this.#reader.push(Buffer.from(bytes.subarray(from, taken)));
    return taken;
  }

  bodyOf(stream: number): string {
    return this.#dataOf(stream)
      .map(({ payload }) => payload)
      .join("");
  }

  /** Flags of the frames of the body, the last one's last. */
  flagsOf(stream: number): number[] {
    return this.#dataOf(stream).map(({ flags }) => flags);
  }

  #dataOf(stream: number): Seen[] {
    return this.frames.filter((frame) => frame.type === FRAME.data && frame.stream === stream);
  }
}

const PREFACE = "PREFACE";
/** Heads are texts, and claim more room than they take. */
const HEADS: HeadWriter<string> = {
  sizeOf: (head) => head.length + 50,
  put: (out, from, head) => from + out.write(head, from, "latin1"),
};

class Message implements Trailed<string> {
  trailers: string | undefined;
  startsAt = Number.POSITIVE_INFINITY;
  unsent: Uint8Array[] = [];
  isWhole = false;
  isSendingDone = false;
  drains = 0;
  readonly id: number;
  sendWindow: number;
  constructor(id: number, sendWindow: number) {
    this.id = id;
    this.sendWindow = sendWindow;
  }
  onDrain(): void {
    this.drains++;
  }
}

function setUp({ window = 1e6, isAttached = true } = {}) {
  const peer = new Peer();
  peer.window = window;
  const kernel = new Kernel();
  const sender = new Sender<string>(peer, HEADS, Buffer.from(PREFACE, "latin1"));
  if (isAttached) sender.attach(kernel);
  return { peer, kernel, sender };
}

const turn = () => new Promise(setImmediate);
const bytesOf = (text: string) => Buffer.from(text, "latin1");

/** Sends a head and the body as far as it goes; what `pump` says. */
function begin(sender: Sender<string>, message: Message, body: string, isWhole = true): boolean {
  sender.sendHead(message, "head", false);
  message.unsent.push(bytesOf(body));
  message.isWhole = isWhole;
  return sender.pump(message);
}

describe("sender: when it leaves", () => {
  test("the preface leaves first, and at once; all that one turn sends leaves in one write behind it", async () => {
    const { sender, kernel } = setUp();
    expect(kernel.writes).toBe(1);
    const messages = [new Message(1, 100), new Message(3, 100)];
    for (const message of messages) begin(sender, message, `body of ${message.id}`);
    sender.sendFrame(wordFrame(FRAME.reset, 0, 5, 8));
    expect([kernel.writes, kernel.frames]).toEqual([1, []]);
    await turn();
    expect(kernel.writes).toBe(2);
    expect(kernel.frames).toEqual([
      { type: FRAME.headers, flags: FLAG.endHeaders, stream: 1, payload: "head" },
      { type: FRAME.data, flags: FLAG.endStream, stream: 1, payload: "body of 1" },
      { type: FRAME.headers, flags: FLAG.endHeaders, stream: 3, payload: "head" },
      { type: FRAME.data, flags: FLAG.endStream, stream: 3, payload: "body of 3" },
      { type: FRAME.reset, flags: 0, stream: 5, payload: "\0\0\0\x08" },
    ]);
  });

  test("what was sent before there was a socket leaves with it", () => {
    const { sender, kernel } = setUp({ isAttached: false });
    sender.sendHead(new Message(1, 100), "head", true);
    sender.attach(kernel);
    expect(kernel.frames.map(({ payload, flags }) => [payload, flags])).toEqual([
      ["head", FLAG.endHeaders | FLAG.endStream],
    ]);
  });

  test("a frame alone leaves by itself, and any number of heads arrive whole", async () => {
    const { sender, kernel } = setUp();
    sender.sendFrame(wordFrame(FRAME.settings, FLAG.ack, 0));
    await turn();
    expect(kernel.frames.map(({ type }) => type)).toEqual([FRAME.settings]);
    const heads = Array.from({ length: 100 }, (_, n) => `${n}`.padEnd(1_000, "x"));
    for (const [n, head] of heads.entries()) {
      const message = new Message(n * 2 + 1, 100);
      sender.sendHead(message, head, n % 2 === 0);
      expect(message.isSendingDone).toBe(n % 2 === 0);
    }
    await turn();
    expect(kernel.frames.slice(1).map(({ payload }) => payload)).toEqual(heads);
  });

  test("after the end of the socket nothing is written to it", async () => {
    const { sender, kernel } = setUp();
    sender.sendHead(new Message(1, 100), "head", true);
    sender.detach();
    sender.sendFrame(wordFrame(FRAME.reset, 0, 1, 8));
    await turn();
    sender.flush();
    expect(kernel.frames).toEqual([]);
  });

  test("a message has left when the kernel has taken its first byte, and not before", async () => {
    const { sender, kernel } = setUp();
    const [one, other] = [new Message(1, 100), new Message(3, 100)];
    const have = () => [one, other].map(({ startsAt }) => sender.hasTaken(startsAt));
    expect(have()).toEqual([false, false]);
    sender.sendHead(one, "head", true);
    sender.sendHead(other, "head", true);
    expect(have()).toEqual([false, false]);
    // The first head, and not a byte of the second.
    kernel.room = 9 + 4;
    await turn();
    expect(have()).toEqual([true, false]);
    kernel.room = 1;
    sender.flush();
    expect(have()).toEqual([true, true]);
  });
});

describe("sender: bodies", () => {
  test("the last piece says that it is the last; what has an end of its own is ended by an empty frame", async () => {
    const { sender, kernel } = setUp();
    const message = new Message(1, 100);
    expect(begin(sender, message, "one", false)).toBe(true);
    expect(message.isSendingDone).toBe(false);
    message.isWhole = true;
    expect(sender.pump(message)).toBe(true);
    expect(message.isSendingDone).toBe(true);
    sender.pump(message);
    await turn();
    expect([kernel.bodyOf(1), kernel.flagsOf(1)]).toEqual(["one", [0, FLAG.endStream]]);
  });

  test("a frame is no longer than either end allows", async () => {
    const { sender, kernel } = setUp();
    begin(sender, new Message(1, 1e6), "x".repeat(FRAME_MOST * 2 + 5));
    await turn();
    const lengths = kernel.frames
      .filter(({ type }) => type === FRAME.data)
      .map(({ payload }) => payload.length);
    expect([lengths, kernel.flagsOf(1)]).toEqual([
      [FRAME_MOST, FRAME_MOST, 5],
      [0, 0, FLAG.endStream],
    ]);
  });

  test.each([
    ["of the stream", 7, 1e6],
    ["of the connection", 1e6, 7],
  ])("the window %s bounds what leaves, and its opening lets the rest go", async (_, own, shared) => {
    const { sender, kernel, peer } = setUp({ window: shared });
    const message = new Message(1, own);
    expect(begin(sender, message, "0123456789")).toBe(false);
    await turn();
    expect([kernel.bodyOf(1), message.drains, message.isSendingDone]).toEqual(["0123456", 0, false]);
    expect(Math.min(message.sendWindow, peer.window)).toBe(0);
    message.sendWindow += 2;
    peer.window += 2;
    sender.unblock();
    expect(message.drains).toBe(0);
    message.sendWindow += 5;
    peer.window += 5;
    sender.unblock();
    await turn();
    expect([kernel.bodyOf(1), kernel.flagsOf(1).at(-1)]).toEqual(["0123456789", FLAG.endStream]);
    expect([message.drains, message.isSendingDone]).toEqual([1, true]);
    sender.unblock();
    expect(message.drains).toBe(1);
  });

  test.each([
    ["of the stream", 0, 1e6],
    ["of the connection", 1e6, 0],
  ])("without a window %s nothing is done until there is one", async (_, own, shared) => {
    let flushes = 0;
    const peer = new Peer();
    peer.window = shared;
    const sender = new Sender<string>(peer, HEADS, Buffer.from(PREFACE, "latin1"), () => flushes++);
    sender.attach(new Kernel());
    expect(begin(sender, new Message(1, own), "body")).toBe(false);
    await turn();
    const before = flushes;
    for (let n = 0; n < 5; n++) {
      sender.unblock();
      await turn();
    }
    expect(flushes).toBe(before);
  });

  test("what the kernel does not take holds bodies back at a bound, not heads", async () => {
    const { sender, kernel } = setUp({ window: 1e9 });
    kernel.room = 0;
    const message = new Message(1, 1e9);
    expect(begin(sender, message, "x".repeat(1e6))).toBe(false);
    await turn();
    const left = message.unsent.reduce((sum, { length }) => sum + length, 0);
    expect(1e6 - left).toBeLessThanOrEqual(262_144);
    const other = new Message(3, 100);
    sender.sendHead(other, "other", true);
    kernel.room = Number.POSITIVE_INFINITY;
    while (message.drains === 0) {
      sender.flush();
      await turn();
    }
    sender.flush();
    expect(kernel.bodyOf(1)).toHaveLength(1e6);
    expect(kernel.frames.filter(({ payload }) => payload === "other")).toHaveLength(1);
  });

  test("told to wait because the kernel does, it is told when that has taken everything", async () => {
    const { sender, kernel } = setUp();
    const [first, second] = [new Message(1, 100), new Message(3, 100)];
    kernel.room = 5;
    expect(begin(sender, first, "first", false)).toBe(true);
    await turn();
    expect(begin(sender, second, "second", false)).toBe(false);
    kernel.room = 3;
    sender.flush();
    expect(second.drains).toBe(0);
    kernel.room = Number.POSITIVE_INFINITY;
    sender.flush();
    expect([first.drains, second.drains]).toEqual([0, 1]);
  });

  test("what is forgotten neither goes on nor is told anything", async () => {
    const { sender, kernel } = setUp();
    const message = new Message(1, 3);
    begin(sender, message, "0123456789");
    await turn();
    sender.forget(message);
    message.sendWindow = 100;
    sender.unblock();
    await turn();
    expect([kernel.bodyOf(1), message.drains]).toEqual(["012", 0]);
  });

  test("whatever the windows and the kernel allow, each body arrives whole, once, and with one end", async () => {
    const step = fc.oneof(
      fc.record({ write: fc.nat(2), text: fc.stringMatching(/^[a-z]{1,30}$/) }),
      fc.record({ open: fc.nat(3), by: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ room: fc.integer({ min: 0, max: 60 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { sender, kernel, peer } = setUp({ window: 20 });
        const messages = [0, 1, 2].map((n) => new Message(n * 2 + 1, 10));
        const bodies = ["", "", ""];
        for (const message of messages) sender.sendHead(message, "head", false);
        for (const one of steps) {
          if ("write" in one) {
            messages[one.write]?.unsent.push(bytesOf(one.text));
            bodies[one.write] += one.text;
            sender.pump(messages[one.write] as Message);
          } else if ("open" in one) {
            const message = messages[one.open];
            if (message) message.sendWindow += one.by;
            else peer.window += one.by;
            sender.unblock();
          } else kernel.room = one.room;
          sender.flush();
          expect(
            Math.min(peer.window, ...messages.map(({ sendWindow }) => sendWindow)),
          ).toBeGreaterThanOrEqual(0);
          for (const [n, { id }] of messages.entries()) expect(bodies[n]).toStartWith(kernel.bodyOf(id));
        }
        peer.window = kernel.room = 1e6;
        for (const message of messages) {
          message.isWhole = true;
          message.sendWindow = 1e6;
          sender.pump(message);
        }
        for (let n = 0; n < 3; n++) sender.flush();
        for (const [n, { id, isSendingDone }] of messages.entries()) {
          const ends = kernel.flagsOf(id);
          expect([kernel.bodyOf(id), isSendingDone]).toEqual([bodies[n] as string, true]);
          expect(ends.map((flags) => flags === FLAG.endStream)).toEqual(
            ends.map((_, at) => at === ends.length - 1),
          );
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("sender: heads and ends of answers", () => {
  test("a head that is too long for one frame goes on in others", () => {
    const { sender, kernel } = setUp();
    const text = "x".repeat(40_000);
    sender.sendHead(new Message(1, 100), text, true);
    sender.flush();
    expect(
      kernel.frames.map(({ type, flags, stream, payload }) => [type, flags, stream, payload.length]),
    ).toEqual([
      [FRAME.headers, FLAG.endStream, 1, FRAME_MOST],
      [FRAME.continuation, 0, 1, FRAME_MOST],
      [FRAME.continuation, FLAG.endHeaders, 1, 40_000 - 2 * FRAME_MOST],
    ]);
    expect(kernel.frames.map(({ payload }) => payload).join("")).toBe(text);
  });

  test("fields behind a body end the stream in the place of its last frame", () => {
    const { sender, kernel } = setUp();
    const message = new Message(1, 100);
    message.trailers = "trailers";
    expect(begin(sender, message, "body")).toBe(true);
    sender.flush();
    expect(kernel.frames.slice(1)).toEqual([
      { type: FRAME.data, flags: 0, stream: 1, payload: "body" },
      { type: FRAME.headers, flags: FLAG.endHeaders | FLAG.endStream, stream: 1, payload: "trailers" },
    ]);
    expect(message.isSendingDone).toBe(true);
  });

  test("what the other end has kept waiting and then taken is counted, and nothing else", () => {
    const { sender, kernel } = setUp();
    kernel.room = 20;
    begin(sender, new Message(1, 100), "more than twenty bytes");
    sender.flush();
    expect([sender.isBlocked, sender.isEmpty, sender.drained, sender.bodyBytes]).toEqual([
      true,
      false,
      0,
      22,
    ]);
    kernel.room = 5;
    sender.flush();
    expect([sender.isBlocked, sender.drained]).toEqual([true, 5]);
    kernel.room = 1000;
    sender.flush();
    expect([sender.isBlocked, sender.isEmpty, sender.drained]).toEqual([false, true, 9 + 4 + 9 + 22 - 20]);
  });

  test("a message whose own window opens goes on, and no other", () => {
    const { sender, kernel } = setUp();
    const [one, other] = [new Message(1, 2), new Message(3, 2)];
    for (const message of [one, other]) expect(begin(sender, message, "body", false)).toBe(false);
    for (const message of [one, other]) message.sendWindow = 100;
    sender.unblockOne(one);
    expect([one.drains, other.drains, other.unsent.length]).toEqual([1, 0, 1]);
    sender.flush();
    expect([kernel.bodyOf(1), kernel.bodyOf(3)]).toEqual(["body", "bo"]);
  });
});
