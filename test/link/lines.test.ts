import { expect, test } from "bun:test";
import fc from "fast-check";
import { LineReader } from "../../src/link/lines.ts";

const encode = (text: string) => new TextEncoder().encode(text);

test("lines: bytes cut anywhere give the same lines", () => {
  const lines = fc.array(
    fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\n")),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(lines, fc.infiniteStream(fc.integer({ min: 1, max: 7 })), (expected, sizes) => {
      const reader = new LineReader(1_000);
      const bytes = encode(expected.map((line) => `${line}\n`).join(""));
      const found: string[] = [];
      for (let at = 0; at < bytes.length; ) {
        const size = sizes.next().value ?? 1;
        found.push(...reader.push(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(found).toEqual(expected.map((line) => new TextDecoder().decode(encode(line))));
    }),
  );
});

test("lines: a line over the limit is noticed with or without its end, and nothing after it is read", () => {
  for (const text of ["12345", "12345\nab\n"]) {
    const reader = new LineReader(4);
    expect(reader.push(encode(`ok\n${text}`))).toEqual(["ok"]);
    expect(reader.isTooLong).toBe(true);
    expect(reader.push(encode("ab\n"))).toEqual([]);
  }
});
