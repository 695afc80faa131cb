import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  CUT_MARK,
  LineSplitter,
  PIECE_BYTES,
  pumpLines,
  tagLine,
} from "../../../src/supervisor/child/output.ts";

function split(chunks: (string | Uint8Array)[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((text) => lines.push(text));
  for (const chunk of chunks) splitter.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  splitter.end();
  return lines;
}

describe("output: lines", () => {
  const cases: [string, string[], string[]][] = [
    ["one line", ["hello\n"], ["hello"]],
    ["a last line without its end", ["one\ntwo"], ["one", "two"]],
    ["a line in several chunks", ["he", "l", "lo\nnext\n"], ["hello", "next"]],
    ["empty lines", ["\n\na\n"], ["", "", "a"]],
    ["CR LF", ["a\r\nb\r\n"], ["a", "b"]],
    ["nothing", [], []],
  ];
  test.each(cases)("%s", (_name, chunks, lines) => {
    expect(split(chunks)).toEqual(lines);
  });

  test("any text cut anywhere gives the same lines", () => {
    const text = fc.array(
      fc.string({ unit: "grapheme", maxLength: 30 }).map((s) => s.replace(/[\r\n\ufeff]/g, "_")),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(text, fc.array(fc.nat(40), { maxLength: 20 }), (lines, sizes) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
        const chunks: Uint8Array[] = [];
        let from = 0;
        for (const size of sizes) {
          chunks.push(bytes.subarray(from, from + size));
          from += size;
        }
        chunks.push(bytes.subarray(from));
        expect(split(chunks)).toEqual(lines);
      }),
    );
  });

  test("a megabyte without an end comes in marked pieces that lose nothing", () => {
    const lines = split(["x".repeat(1024 * 1024)]);
    expect(lines.length).toBe(64);
    expect(lines.slice(0, -1).every((line) => line.endsWith(CUT_MARK))).toBe(true);
    expect(lines.map((line) => line.replace(CUT_MARK, "")).join("").length).toBe(1024 * 1024);
  });

  test("a piece never ends inside a character", () => {
    for (const character of ["é", "€", "𝄞"])
      for (const before of ["", "a", "ab", "abc"]) {
        const text = before + character.repeat(PIECE_BYTES);
        expect(
          split([text])
            .map((line) => line.replace(CUT_MARK, ""))
            .join(""),
        ).toBe(text);
      }
  });

  test("bytes that are no text pass as replacement characters", () => {
    expect(split([new Uint8Array(PIECE_BYTES + 1).fill(0x80)]).length).toBe(2);
  });

  test("a stream that breaks gives what it had", async () => {
    const lines: string[] = [];
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from("first\nsec")),
      pull: (controller) => controller.error(new Error("broken pipe")),
    });
    await pumpLines(stream, (text) => lines.push(text));
    expect(lines).toEqual(["first", "sec"]);
  });

  test("a tagged line cannot forge another, nor move the cursor", () => {
    expect(tagLine("worker 1", "a\x1b[2J\x00b\rc")).toBe("[worker 1] a\\x1b[2J\\x00b\\x0dc");
  });
});

describe("output: colours", () => {
  const RED = "\x1b[1;31mred\x1b[0m";

  test("reach a terminal, and end with the line", () => {
    expect(tagLine("worker 1", `a ${RED} \x1b[38;5;1mb`, true)).toBe(
      `[worker 1] a ${RED} \x1b[38;5;1mb\x1b[0m`,
    );
    expect(tagLine("worker 1", "plain", true)).toBe("[worker 1] plain");
  });

  test("are taken out of everything else", () => {
    expect(tagLine("worker 1", `a ${RED} \x1b[mb`)).toBe("[worker 1] a red b");
  });

  test("let nothing else through, on a terminal or not", () => {
    const noColor = "\x1b[2J\x1b[?25h\x1b[1A\x1b]0;title\x07\x1bc\x9b31m\x1b[31";
    const shown = noColor.replaceAll("\x1b", "\\x1b").replace("\x07", "\\x07").replace("\x9b", "\\x9b");
    for (const hasColors of [true, false]) expect(tagLine("w", noColor, hasColors)).toBe(`[w] ${shown}`);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.boolean(), (text, hasColors) => {
        const rest = tagLine("w", text, hasColors).replace(/\x1b\[[\d;:]*m/g, "");
        expect(rest).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/);
      }),
    );
  });
});
