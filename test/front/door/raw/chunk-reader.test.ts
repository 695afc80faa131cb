import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ChunkReader } from "../../../../src/front/door/raw/chunk-reader.ts";

/** Reads `text`, which comes in pieces that end at `cuts`; what was the body, and what is behind it. */
function read(text: string, cuts: readonly number[] = []) {
  let body = "";
  const reader = new ChunkReader({ onPiece: (piece) => (body += Buffer.from(piece).toString("latin1")) });
  const ends = [...new Set([...cuts, text.length])].sort((a, b) => a - b);
  let from = 0;
  let rest = "";
  for (const end of ends) {
    const bytes = Buffer.from(text.slice(from, end), "latin1");
    from = end;
    let at = 0;
    while (at < bytes.length && !reader.isDone && reader.fault === undefined) at = reader.read(bytes, at);
    if (reader.isDone) rest += bytes.toString("latin1", at);
  }
  return { body, rest, isDone: reader.isDone, fault: reader.fault };
}

describe("chunk reader", () => {
  const GOOD: [what: string, text: string, body: string][] = [
    ["a body of nothing", "0\r\n\r\n", ""],
    ["one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello"],
    [
      "sizes in either case, with zeros before them",
      "00a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n",
      "01234567890123456789",
    ],
    ["an extension, which ends here", "1;a=b;c\r\nx\r\n0;d\r\n\r\n", "x"],
    ["trailers, which end here", "1\r\nx\r\n0\r\nA: b\r\nC:d\r\n\r\n", "x"],
    ["line ends within a chunk", "4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"],
  ];
  for (const [what, text, body] of GOOD)
    test(`reads ${what}`, () => {
      expect(read(`${text}GET`)).toEqual({ body, rest: "GET", isDone: true, fault: undefined });
    });

  const BAD: [what: string, text: string, fault: string][] = [
    ["a size that is none", "g\r\n", "a chunk size is not hexadecimal"],
    ["no size", "\r\n", "a chunk size is not hexadecimal"],
    ["a sign", "-1\r\n", "a chunk size is not hexadecimal"],
    ["the prefix of hexadecimal", "0x1\r\n", "a chunk size is not hexadecimal"],
    ["a space before a size", " 1\r\n", "a chunk size is not hexadecimal"],
    ["a size beyond all numbers", "fffffffffffff\r\n", "a chunk size is not hexadecimal"],
    ["a control character in an extension", "1;a\0\r\n", "a chunk size is not hexadecimal"],
    ["a bare LF behind a size", "1\nx\r\n", "a line of the chunked body ends in LF alone"],
    ["a bare CR within an extension", "1;a\rb\r\n", "a chunk size is not hexadecimal"],
    ["a chunk longer than its size", "1\r\nxy\r\n", "a chunk is longer than its size"],
    ["CR without LF behind a chunk", "1\r\nx\rx", "a chunk is longer than its size"],
    ["an endless line", `1;${"a".repeat(300)}`, "a chunk line is too long"],
    ["endless trailers", `0\r\n${"A: b\r\n".repeat(5000)}`, "the trailer section is too long"],
    ["one endless trailer", `0\r\nA: ${"b".repeat(20_000)}`, "the trailer section is too long"],
    ["a trailer that is no field", "0\r\nA b\r\n", "a line of the trailer section is no field"],
    ["a folded trailer", "0\r\nA: b\r\n c\r\n", "a line of the trailer section is no field"],
    ["a length in the trailers", "0\r\nContent-Length: 1\r\n", "the length of a body in its trailer section"],
    [
      "a coding in the trailers",
      "0\r\nTransfer-encoding: x\r\n",
      "the length of a body in its trailer section",
    ],
  ];
  for (const [what, text, fault] of BAD)
    test(`refuses ${what}`, () => {
      expect(read(text).fault).toBe(fault);
      expect(read(text).isDone).toBe(false);
    });

  test("takes the same for the same, wherever it is cut", () => {
    const chunk = fc.string({
      minLength: 1,
      maxLength: 40,
      unit: fc.constantFrom("a", "\r", "\n", "0", ";"),
    });
    const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 30 });
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 8 }), cuts, (chunks, at) => {
        const text = `${chunks.map((one) => `${one.length.toString(16)}\r\n${one}\r\n`).join("")}0\r\nT: 1\r\n\r\n`;
        const inside = at.filter((cut) => cut < text.length);
        expect(read(text, inside)).toEqual({
          body: chunks.join(""),
          rest: "",
          isDone: true,
          fault: undefined,
        });
      }),
    );
    for (const [, text, fault] of BAD)
      fc.assert(
        fc.property(
          cuts,
          (at) =>
            void expect(
              read(
                text,
                at.filter((cut) => cut < text.length),
              ).fault,
            ).toBe(fault),
        ),
        { numRuns: 20 },
      );
  });
});
