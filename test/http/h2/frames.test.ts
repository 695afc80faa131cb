import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ConnectionProblem, FrameReader, settingsFrame, wordFrame } from "../../../src/http/h2/frames.ts";

type Seen = { type: number; flags: number; stream: number; payload: string };

function readIn(pieces: readonly Uint8Array[]): Seen[] {
  const seen: Seen[] = [];
  const reader = new FrameReader({
    onFrame: (type, flags, stream, bytes, from, to) =>
      seen.push({ type, flags, stream, payload: bytes.toString("hex", from, to) }),
  });
  for (const piece of pieces) reader.push(Buffer.from(piece));
  return seen;
}

describe("frames", () => {
  test("they are read as they were written", () => {
    expect(readIn([wordFrame(8, 0, 3, 2 ** 31 - 1), settingsFrame([[1, 0]])])).toEqual([
      { type: 8, flags: 0, stream: 3, payload: "7fffffff" },
      { type: 4, flags: 0, stream: 0, payload: "000100000000" },
    ]);
  });

  test("wherever the bytes are broken, the frames are the same", () => {
    const frames = [wordFrame(3, 0, 1, 8), wordFrame(6, 1, 0, 1, 2), wordFrame(0, 1, 5)];
    const whole = Buffer.concat(frames);
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length)), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
        const pieces = at.slice(1).map((to, i) => whole.subarray(at[i], to));
        expect(readIn(pieces)).toEqual(readIn([whole]));
      }),
    );
  });

  test("a frame of data is told as it comes, in parts that say together what it says", () => {
    const whole = Buffer.from([0, 0, 5, 0, 1, 0, 0, 0, 7, ...Buffer.from("datum")]);
    const next = wordFrame(6, 1, 0, 1, 2);
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length)), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
        const seen = readIn([...at.slice(1).map((to, i) => whole.subarray(at[i], to)), next]);
        const parts = seen.slice(0, -1);
        expect(seen.at(-1)?.type).toBe(6);
        expect(Buffer.from(parts.map(({ payload }) => payload).join(""), "hex").toString()).toBe("datum");
        expect(parts.map(({ type, stream, flags }) => [type, stream, flags])).toEqual(
          parts.map((_, n) => [0, 7, n === parts.length - 1 ? 1 : 0]),
        );
      }),
    );
    // Where padding ends is known at the end only.
    const padded = Buffer.from([0, 0, 3, 0, 8, 0, 0, 0, 7, 1, 97, 0]);
    expect(readIn([padded.subarray(0, 11), padded.subarray(11)])).toHaveLength(1);
  });

  test("a frame that is longer than was agreed is refused before it has come", () => {
    expect(() => readIn([Uint8Array.from([0, 0x40, 1, 0, 0, 0, 0, 0, 1])])).toThrow(ConnectionProblem);
    expect(readIn([Uint8Array.from([0, 0x40, 0, 0, 0, 0, 0, 0, 1])])).toEqual([]);
  });
});
