// Where frames end, however they are cut into pieces.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { FrameFollower, GOING_AWAY } from "../../src/http/websocket-frames.ts";

function frame(opcode: number, length: number, isMasked: boolean): Uint8Array {
  const mask = isMasked ? 0x80 : 0;
  const head =
    length < 126
      ? [mask | length]
      : length < 65_536
        ? [mask | 126, length >> 8, length & 255]
        : [mask | 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255];
  return Uint8Array.from([
    0x80 | opcode,
    ...head,
    ...(isMasked ? [1, 2, 3, 4] : []),
    ...new Uint8Array(length).fill(0x88),
  ]);
}

const frames = fc.array(
  fc.record({
    opcode: fc.constantFrom(0, 1, 2, 9, 10),
    length: fc.constantFrom(0, 1, 125, 126, 300, 65_535, 65_536),
    isMasked: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5 },
);

test("websocket frames: it is known after each byte whether all frames are whole", () => {
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 70_000 }), (all, pieceLength) => {
      const parts = all.map(({ opcode, length, isMasked }) => frame(opcode, length, isMasked));
      const ends = new Set<number>([0]);
      let sum = 0;
      for (const part of parts) {
        sum += part.length;
        ends.add(sum);
      }
      const bytes = Buffer.concat(parts);
      const follower = new FrameFollower();
      for (let at = 0; at < bytes.length; at += pieceLength) {
        follower.push(bytes.subarray(at, at + pieceLength));
        const isWhole = ends.has(Math.min(at + pieceLength, bytes.length));
        if (follower.isBetween !== isWhole) return false;
      }
      return follower.isBetween && !follower.hasClosed;
    }),
    { numRuns: 60 },
  );
});

test("websocket frames: a goodbye is known by its head, and never by what a message holds", () => {
  const follower = new FrameFollower();
  follower.push(frame(2, 200, false));
  expect(follower.hasClosed).toBe(false);
  follower.push(GOING_AWAY.subarray(0, 1));
  expect([follower.isBetween, follower.hasClosed]).toEqual([false, false]);
  follower.push(GOING_AWAY.subarray(1));
  expect([follower.isBetween, follower.hasClosed]).toEqual([true, true]);
});
