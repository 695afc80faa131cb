import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { findMappings } from "../../../src/worker/app/source-map.ts";

type Place = { line: number; column: number };
type Mapping = { compiled: Place; original: Place };

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** What a source map of version 3 says, as its specification has it. */
function read(mappings: string): Mapping[] {
  const found: Mapping[] = [];
  const original = { line: 0, column: 0 };
  mappings.split(";").forEach((line, at) => {
    let column = 0;
    for (const segment of line.split(",").filter(Boolean)) {
      const [step = 0, , lines = 0, columns = 0] = numbersIn(segment);
      column += step;
      original.line += lines;
      original.column += columns;
      found.push({ compiled: { line: at, column }, original: { ...original } });
    }
  });
  return found;
}

function numbersIn(segment: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}

const wordAt = (text: string, { line, column }: Place) =>
  /^[\w$]+/.exec(text.split("\n")[line]?.slice(column) ?? "")?.[0];

const SOURCE = `
import { Dec } from "./dec";

// A comment with throwing words: fails, third
@Dec({
  several: "lines",
})
export class Service {
  @Dec() name!: string;

  constructor(private readonly first: First, @Dec() second?: Second) {}

  /** fails */
  @Dec((value: string) => {

    throw new RangeError("inside of a decorator" + value);
  })
  decorated(shape: Shape<string>): void {}

  fails<T extends Shape<number>>(shape: T): never {
    const one: Shape<T> = shape as Shape<T>;

    // gap
    throw new TypeError("inside of a method" + this.first.third(one));
  }
}
`;

function compile(source: string): string {
  const tsconfig = { compilerOptions: { experimentalDecorators: true, emitDecoratorMetadata: true } };
  return new Bun.Transpiler({
    loader: "ts",
    target: "bun",
    tsconfig: JSON.stringify(tsconfig),
  }).transformSync(source);
}

describe("source maps of a compiler that makes none", () => {
  test("source-map: each mapping leads to the same word", () => {
    const code = compile(SOURCE);
    const mappings = read(findMappings(SOURCE, code, 0));
    expect(mappings.length).toBeGreaterThan(30);
    for (const { compiled, original } of mappings)
      expect(wordAt(SOURCE, original)).toBe(wordAt(code, compiled) as string);
  });

  test.each(["RangeError", "TypeError", "third", "decorated", "several"])(
    "source-map: %s is found where it stood, also behind its class",
    (word) => {
      const code = compile(SOURCE);
      const line = code.split("\n").findIndex((text) => new RegExp(`\\b${word}\\b`).test(text));
      const mapping = read(findMappings(SOURCE, code, 0)).find(
        ({ compiled }) => compiled.line === line && wordAt(code, compiled) === word,
      );
      const expected = SOURCE.split("\n").findLastIndex((text) =>
        new RegExp(`^(?!\\s*//).*\\b${word}\\b`).test(text),
      );
      expect(mapping?.original.line).toBe(expected);
    },
  );

  test("source-map: lines before the code are counted", () => {
    const [first] = read(findMappings("a b c", "a b c", 3));
    expect(first).toEqual({ compiled: { line: 3, column: 0 }, original: { line: 0, column: 0 } });
  });

  test("source-map: of a text that is itself, every word is itself, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "b", "c1", "{", "}", "\n", "(", ")", '"t"', "//", "`", " "), {
          maxLength: 80,
        }),
        (parts) => {
          const text = parts.join(" ");
          for (const { compiled, original } of read(findMappings(text, text, 0)))
            expect(wordAt(text, original)).toBe(wordAt(text, compiled) as string);
        },
      ),
    );
  });

  test("source-map: nothing in common is no mapping", () => {
    expect(read(findMappings("one two", "three", 1))).toEqual([]);
    expect(read(findMappings("", "", 0))).toEqual([]);
  });
});
