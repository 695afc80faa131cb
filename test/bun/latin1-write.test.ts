// What writing header blocks relies on: a method of Bun's Buffer that its type declarations do not have.
import { expect, test } from "bun:test";
import fc from "fast-check";

type Latin1Writer = { latin1Write(text: string, at: number, length: number): number };

test("latin1Write writes one byte for each character, there and nowhere else", () => {
  const latin1 = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  });
  fc.assert(
    fc.property(latin1, fc.nat(10), (text, at) => {
      const out = Buffer.alloc(at + text.length + 3, 0xaa);
      expect((out as Buffer & Latin1Writer).latin1Write(text, at, text.length)).toBe(text.length);
      const bytes = [...text].map((character) => character.charCodeAt(0));
      expect([...out]).toEqual([...Array(at).fill(0xaa), ...bytes, 0xaa, 0xaa, 0xaa]);
    }),
  );
});
