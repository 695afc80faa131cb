import { expect, test } from "bun:test";
import fc from "fast-check";
import { AnswerBlocks, type AnswerHead } from "../../../../src/front/door/h2/answer-blocks.ts";
import { FieldDecoder } from "../../../../src/http/h2/field-decoder.ts";

/** What a client reads that was told of a smaller table. */
function readBack(...heads: AnswerHead[]): string[][] {
  const blocks = new AnswerBlocks();
  const decoder = new FieldDecoder(4096, { lineMost: 1e6, listMost: 1e6 });
  return heads.map((head) => {
    const out = Buffer.alloc(blocks.sizeOf(head));
    return decoder.read(out, 0, blocks.put(out, 0, head));
  });
}

test.each([200, 204, 206, 304, 400, 404, 500, 100, 103, 201, 308, 431, 599])("status %i", (status) => {
  expect(readBack({ status, fields: [], length: undefined })).toEqual([[":status", String(status)]]);
});

test("names in small letters, values byte for byte, repeats in order, and the length last", () => {
  const fields = ["X-A", "caf\xe9", "Set-Cookie", "a=1", "set-cookie", "b=2", "X-Empty", ""];
  expect(readBack({ status: 200, fields, length: 7 })).toEqual([
    [
      ":status",
      "200",
      "x-a",
      "caf\xe9",
      "set-cookie",
      "a=1",
      "set-cookie",
      "b=2",
      "x-empty",
      "",
      "content-length",
      "7",
    ],
  ]);
});

test("what is about a connection of HTTP/1.1 has no place", () => {
  const names = ["Connection", "keep-alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade"];
  expect(readBack({ status: 200, fields: names.flatMap((name) => [name, "x"]), length: undefined })).toEqual([
    [":status", "200"],
  ]);
});

test("fields behind a body have no status", () => {
  expect(readBack({ status: 0, fields: ["X-Sum", "7"], length: undefined })).toEqual([["x-sum", "7"]]);
});

test("the first block, and no other, gives up the table", () => {
  const blocks = new AnswerBlocks();
  const head = { status: 200, fields: [], length: undefined };
  const write = () => {
    const out = Buffer.alloc(blocks.sizeOf(head));
    return [...out.subarray(0, blocks.put(out, 0, head))];
  };
  expect([write(), write()]).toEqual([[0x20, 0x88], [0x88]]);
});

test("any head is read back, and is no longer than was said", () => {
  const name = fc
    .string({ unit: fc.constantFrom(..."abcXYZ-_09"), minLength: 1, maxLength: 80 })
    .map((text) => `q${text}`);
  const value = fc.string({
    unit: fc.integer({ min: 32, max: 255 }).map((code) => String.fromCharCode(code)),
    maxLength: 200,
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), fc.option(fc.nat(), { nil: undefined }), (pairs, length) => {
      const fields = pairs.flat();
      const expected = fields.map((text, at) => (at % 2 === 0 ? text.toLowerCase() : text));
      const [read = []] = readBack({ status: 201, fields, length });
      expect(read).toEqual([
        ":status",
        "201",
        ...expected,
        ...(length === undefined ? [] : ["content-length", String(length)]),
      ]);
    }),
  );
});
