// Bytes in each coding: whole, and piece by piece with nothing kept back.
import { describe, expect, test } from "bun:test";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { Coders } from "../../../src/front/coding/coders.ts";
import { CODINGS } from "../../../src/http/content/content-codings.ts";
import { Decoded } from "../../support/decoded.ts";

const DECODE = { br: brotliDecompressSync, zstd: zstdDecompressSync, gzip: gunzipSync };
const TEXT = Buffer.from("The quick brown fox. ".repeat(500));

describe.each([...CODINGS])("coders: %s", (coding) => {
  test("coders: a whole body", async () => {
    const coders = new Coders();
    const made = await new Promise<Buffer | undefined>((resolve) => coders.makeWhole(coding, TEXT, resolve));
    expect(made?.length).toBeLessThan(TEXT.length / 10);
    expect(DECODE[coding](made ?? "")).toEqual(TEXT);
    expect(coders.size).toBe(0);
  });

  test("coders: whatever the pieces, each is there when it is told, and the end is one", async () => {
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40_000 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(pieces, async (given) => {
        const coders = new Coders();
        const coder = coders.open(coding);
        if (!coder) throw new Error("there is none");
        const decoded = new Decoded(coding);
        const call = (act: (done: (out: Buffer | undefined) => void) => void) =>
          new Promise<Buffer | undefined>(act);
        let length = 0;
        for (const piece of given) {
          length += piece.length;
          decoded.take((await call((done) => coder.encode(piece, done))) ?? Buffer.alloc(0));
          await decoded.until(length);
        }
        decoded.take((await call((done) => coder.finish(done))) ?? Buffer.alloc(0));
        expect(await decoded.whole()).toEqual(Buffer.concat(given));
        coder.close();
        coder.close();
        expect(coders.size).toBe(0);
      }),
      { numRuns: 15 },
    );
  });

  test("coders: one that is closed under way tells nobody", async () => {
    const coder = new Coders().open(coding);
    coder?.encode(TEXT, () => {
      throw new Error("told");
    });
    coder?.close();
    const other = new Coders().open(coding);
    await new Promise<Buffer | undefined>((resolve) => other?.encode(TEXT, resolve));
    other?.close();
  });
});

test("coders: so many at a time, and no more", async () => {
  const coders = new Coders();
  const open = Array.from({ length: 200 }, () => coders.open("gzip")).filter((coder) => coder !== undefined);
  expect(open).toHaveLength(128);
  open.pop()?.close();
  const again = coders.open("gzip");
  expect(again).toBeDefined();
  for (const coder of [...open, again]) coder?.close();
  let told = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const begun = Array.from({ length: 300 }, () =>
    coders.makeWhole("gzip", TEXT, () => ++told === 256 && resolve()),
  );
  expect(begun.filter(Boolean)).toHaveLength(256);
  await promise;
  expect(coders.size).toBe(0);
});
