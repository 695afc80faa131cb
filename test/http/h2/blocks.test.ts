import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Blocks } from "../../../src/http/h2/blocks.ts";
import { CODE, ConnectionProblem, FLAG, FRAME } from "../../../src/http/h2/frames.ts";

const MOST = 100;

/** A frame that begins a block, or goes on with it; its payload stands behind bytes that are none of it. */
function take(blocks: Blocks, type: number, flags: number, stream: number, payload: string) {
  const bytes = Buffer.from(`<<<${payload}>>>`, "latin1");
  return blocks.take(type, flags, stream, bytes, 3, 3 + payload.length);
}

const textOf = (block: ReturnType<Blocks["take"]>) => block?.bytes.toString("latin1", block.from, block.to);

function problemOf(act: () => unknown): [number, string] {
  try {
    act();
  } catch (problem) {
    if (problem instanceof ConnectionProblem) return [problem.code, problem.message];
    throw problem;
  }
  throw new Error("no problem");
}

describe("blocks: in one frame", () => {
  test.each([
    ["the whole payload", 0, "fields"],
    ["without its padding", FLAG.padded, "\x02fields\0\0"],
    ["without its priority", FLAG.priority, "12345fields"],
    ["without either", FLAG.padded | FLAG.priority, "\x0112345fields\0"],
  ])("%s", (_, flags, payload) => {
    const blocks = new Blocks(MOST);
    const block = take(blocks, FRAME.headers, flags | FLAG.endHeaders, 7, payload);
    expect([textOf(block), block?.stream, block?.isLast, block?.tooLarge, blocks.isOpen]).toEqual([
      "fields",
      7,
      false,
      undefined,
      false,
    ]);
  });

  test("it says whether the stream ends with it", () => {
    const block = take(new Blocks(MOST), FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, "a");
    expect(block?.isLast).toBe(true);
  });

  test.each([
    ["padding", FLAG.padded, "\x03ab"],
    ["a priority that is not there", FLAG.priority, "1234"],
    ["padding that its length leaves no room for", FLAG.padded | FLAG.priority, "\x0112345"],
  ])("more %s than payload is a problem of the connection", (_, flags, payload) => {
    const blocks = new Blocks(MOST);
    expect(problemOf(() => take(blocks, FRAME.headers, flags | FLAG.endHeaders, 1, payload))).toEqual([
      CODE.protocol,
      "more padding than frame",
    ]);
  });
});

describe("blocks: in several frames", () => {
  test("wherever it is broken, the block is the same", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{0,9}$/), { minLength: 1, maxLength: 10 }), (pieces) => {
        const blocks = new Blocks(MOST);
        const taken = pieces.map((piece, n) => {
          const isEnd = n === pieces.length - 1;
          const type = n === 0 ? FRAME.headers : FRAME.continuation;
          const block = take(blocks, type, isEnd ? FLAG.endHeaders : 0, 5, piece);
          expect(blocks.isOpen).toBe(!isEnd);
          return block;
        });
        expect(taken.map(textOf)).toEqual([...pieces.slice(1).map(() => undefined), pieces.join("")]);
      }),
    );
  });

  test("padding ends with the first frame, and that the stream ends is said there", () => {
    const blocks = new Blocks(MOST);
    take(blocks, FRAME.headers, FLAG.padded | FLAG.endStream, 1, "\x02ab\0\0");
    // What means padding in the first frame means nothing here.
    const block = take(blocks, FRAME.continuation, FLAG.endHeaders | FLAG.padded, 1, "\x01cd");
    expect([textOf(block), block?.isLast]).toEqual(["ab\x01cd", true]);
  });

  test.each([
    ["of nothing", () => new Blocks(MOST)],
    [
      "of another stream",
      () => {
        const blocks = new Blocks(MOST);
        take(blocks, FRAME.headers, 0, 3, "a");
        return blocks;
      },
    ],
    [
      "of what has ended",
      () => {
        const blocks = new Blocks(MOST);
        take(blocks, FRAME.headers, FLAG.endHeaders, 1, "a");
        return blocks;
      },
    ],
  ])("a continuation %s is a problem of the connection", (_, make) => {
    const blocks = make();
    expect(problemOf(() => take(blocks, FRAME.continuation, FLAG.endHeaders, 1, "b"))).toEqual([
      CODE.protocol,
      "a continuation of nothing",
    ]);
  });
});

describe("blocks: what is too much", () => {
  test("the longest block that is kept, and one byte more", () => {
    const whole = take(new Blocks(MOST), FRAME.headers, FLAG.endHeaders, 1, "x".repeat(MOST));
    expect([textOf(whole)?.length, whole?.tooLarge]).toEqual([MOST, undefined]);
    const more = take(new Blocks(MOST), FRAME.headers, FLAG.endHeaders, 1, "x".repeat(MOST + 1));
    expect([textOf(more), more?.tooLarge]).toEqual(["", `more than ${MOST} bytes of header`]);
  });

  test("what grows too long is thrown away, and nothing that follows brings it back", () => {
    const blocks = new Blocks(MOST);
    take(blocks, FRAME.headers, FLAG.endStream, 1, "x".repeat(MOST));
    expect(take(blocks, FRAME.continuation, 0, 1, "y")).toBeUndefined();
    const block = take(blocks, FRAME.continuation, FLAG.endHeaders, 1, "z");
    expect([block?.bytes.length, textOf(block), block?.isLast, block?.tooLarge]).toEqual([
      0,
      "",
      true,
      `more than ${MOST} bytes of header`,
    ]);
    // The next one is another one.
    expect(take(blocks, FRAME.headers, FLAG.endHeaders, 3, "a")?.tooLarge).toBeUndefined();
  });

  test("a block that goes on for ever is a problem, however little it says; each block has as many frames", () => {
    const blocks = new Blocks(MOST);
    const begin = () => take(blocks, FRAME.headers, 0, 1, "");
    const goOn = (times: number) => {
      for (let n = 0; n < times; n++) take(blocks, FRAME.continuation, 0, 1, "");
    };
    begin();
    goOn(63);
    expect(take(blocks, FRAME.continuation, FLAG.endHeaders, 1, "")).toBeDefined();
    begin();
    goOn(64);
    expect(problemOf(() => goOn(1))).toEqual([CODE.calm, "a header block without end"]);
  });
});
