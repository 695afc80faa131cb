import { expect, test } from "bun:test";
import fc from "fast-check";
import { readAnswerHead } from "../../../src/upstream/h2/answer-head.ts";
import { AnswerHeads } from "../../../src/upstream/h2/answer-heads.ts";
import { encodeFields } from "../../support/hpack.ts";

const LINE_MOST = 4096;

const blockOf = (fields: readonly (readonly [string, string])[], isLast: boolean) => {
  const said = Buffer.from(encodeFields(fields));
  // Somewhere in what one read brought.
  const bytes = Buffer.concat([Buffer.from("before"), said, Buffer.from("behind")]);
  return { stream: 1, bytes, from: 6, to: 6 + said.length, isLast, tooLarge: undefined };
};

test("a head is the same whether it is remembered or read, with a body to come and without", () => {
  const value = fc.string({ unit: fc.constantFrom("a", "b", "0"), minLength: 1, maxLength: 3 });
  const status = fc.constantFrom("200", "204", "304", "404");
  const answers = fc.array(fc.tuple(status, fc.constantFrom("etag", "x-a"), value, fc.boolean()), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(answers, (all) => {
      const heads = new AnswerHeads(LINE_MOST);
      for (const [code, name, text, isLast] of [...all, ...all]) {
        const block = blockOf(
          [
            [":status", code],
            [name, text],
          ],
          isLast,
        );
        const read = readAnswerHead(block.bytes.subarray(block.from, block.to), LINE_MOST, isLast);
        expect(heads.of(block)).toEqual(read);
      }
    }),
  );
});

test("the memory of heads has an end, and a very long one is not kept", () => {
  const heads = new AnswerHeads(LINE_MOST);
  const first = heads.of(
    blockOf(
      [
        [":status", "200"],
        ["x-a", "0"],
      ],
      false,
    ),
  );
  expect(
    heads.of(
      blockOf(
        [
          [":status", "200"],
          ["x-a", "0"],
        ],
        false,
      ),
    ),
  ).toBe(first);
  for (let i = 1; i <= 512; i++)
    heads.of(
      blockOf(
        [
          [":status", "200"],
          ["x-a", String(i)],
        ],
        false,
      ),
    );
  expect(
    heads.of(
      blockOf(
        [
          [":status", "200"],
          ["x-a", "0"],
        ],
        false,
      ),
    ),
  ).not.toBe(first);
  const long = () =>
    heads.of(
      blockOf(
        [
          [":status", "200"],
          ["x-a", "x".repeat(3000)],
        ],
        false,
      ),
    );
  expect(long()).not.toBe(long());
});
