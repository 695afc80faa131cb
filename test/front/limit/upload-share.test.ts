import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { hasUploadRoom, nextUpload, uploadShare } from "../../../src/front/limit/upload-share.ts";

test("upload share: half of the places, rounded down, and one where there are fewer than two", () => {
  const shares = [0, 1, 2, 3, 4, 5, 100].map(uploadShare);
  expect(shares).toEqual([1, 1, 1, 1, 2, 2, 50]);
});

test("upload share: as many are let in as it is, and no more", () => {
  const inside = [0, 1, 2, 3].filter((count) => hasUploadRoom({ inside: count, places: 5 }));
  expect(inside).toEqual([0, 1]);
});

const those = (waiting: string, full = "") => ({ waiting: new Set(waiting), full: new Set(full) });

describe("upload share: who is next", () => {
  test.each([
    ["nobody where none waits", "", "", { inside: 0, places: 4 }, undefined],
    ["nobody while it is used up", "abc", "c", { inside: 2, places: 4 }, undefined],
    ["the first", "abc", "", { inside: 1, places: 4 }, "a"],
    ["the first of those that nothing more is kept of", "abcd", "cb", { inside: 1, places: 4 }, "c"],
    ["one that is alone, where its share is all there is", "a", "", { inside: 0, places: 1 }, "a"],
    ["nobody of a crowd there", "ab", "", { inside: 0, places: 1 }, undefined],
    ["but who has sent what can be kept", "ab", "b", { inside: 0, places: 1 }, "b"],
    ["one, where no worker takes requests, as long as it is alone", "a", "", { inside: 0, places: 0 }, "a"],
  ] as const)("%s", (_, waiting, full, room, expected) => {
    expect(nextUpload(those(waiting, full), room)).toBe(expected);
  });
});

/** What has been sent of a body of this many pieces; it is whole at the end, and full after as many as can be kept. */
type Sender = { id: number; pieces: number; sent: number };
const KEPT = 3;

/** The same rules with clients that send one piece in each round, whoever they are, and a place that takes a few rounds for each. */
function rounds(
  senders: readonly Sender[],
  places: number,
  most: number,
): { insideMost: number; left: number } {
  const waiting = new Set(senders);
  const full = new Set<Sender>();
  const inside = new Set<Sender>();
  let insideMost = 0;
  for (let round = 0; round < most; round++) {
    for (const one of [...waiting, ...inside]) {
      const isKept = waiting.has(one) && one.sent < KEPT;
      if (isKept || inside.has(one)) one.sent++;
      if (one.sent >= one.pieces) for (const set of [waiting, full, inside]) set.delete(one);
      else if (waiting.has(one) && one.sent >= KEPT) full.add(one);
    }
    for (;;) {
      const next = nextUpload({ waiting, full }, { inside: inside.size, places });
      if (!next) break;
      for (const set of [waiting, full]) set.delete(next);
      inside.add(next);
    }
    insideMost = Math.max(insideMost, inside.size);
  }
  return { insideMost, left: waiting.size + inside.size };
}

test("upload share: whoever sends gets through, however many others do, and half of the places are free at all times", () => {
  const crowd = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(crowd, fc.integer({ min: 0, max: 20 }), (sizes, places) => {
      const senders = sizes.map((pieces, id) => ({ id, pieces, sent: 0 }));
      const { insideMost, left } = rounds(senders, places, 13 * sizes.length);
      expect(insideMost).toBeLessThanOrEqual(uploadShare(places));
      expect(left).toBe(0);
    }),
  );
});

test("upload share: who sends is passed by none who sends nothing, once he has sent what can be kept", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 8 }), (silent, places) => {
      const those = Array.from({ length: silent }, (_, id) => ({ id, full: false }));
      const honest = { id: silent, full: true };
      const next = nextUpload(
        { waiting: new Set([...those, honest]), full: new Set([honest]) },
        {
          inside: 0,
          places,
        },
      );
      expect(next).toBe(honest);
    }),
  );
});
