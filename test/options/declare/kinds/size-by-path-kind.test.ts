import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  sizeByPath,
  sizeElsewhere,
  sizesBelow,
} from "../../../../src/options/declare/kinds/size-by-path-kind.ts";

const kind = sizeByPath();
const at = (path: string, bytes: number) => ({ path, bytes });

describe("a size, and others for some paths", () => {
  for (const [text, value] of [
    ["10M", [at("/", 10 * 2 ** 20)]],
    ["/upload=1G", [at("/upload", 2 ** 30)]],
    ["1k, /a/=2 ,/b=3", [at("/", 1024), at("/a", 2), at("/b", 3)]],
    ["/=5", [at("/", 5)]],
    ["", undefined],
    ["upload=1G", undefined],
    ["/upload=", undefined],
    ["/upload=0", undefined],
    ["/a b=1", undefined],
    ["/a?b=1", undefined],
    ["1k,,2k", undefined],
    ["-1", undefined],
  ] as const)
    test(JSON.stringify(text), () => expect(kind.parse(text)).toEqual(value as never));

  for (const [json, value] of [
    [1024, [at("/", 1024)]],
    ["10,/a=1", [at("/", 10), at("/a", 1)]],
    [
      [10, "/a=1k"],
      [at("/", 10), at("/a", 1024)],
    ],
    [{ "/": "1k", "/a": 5 }, [at("/", 1024), at("/a", 5)]],
    [{}, undefined],
    [[], undefined],
    [[true], undefined],
    [{ a: 5 }, undefined],
    [{ "/a": "5=6" }, undefined],
    [true, undefined],
    [null, undefined],
    [1.5, undefined],
  ] as const)
    test(`in a file ${JSON.stringify(json)}`, () => expect(kind.fromJson(json)).toEqual(value as never));

  test("what it prints it reads back", () => {
    const path = fc.stringMatching(/^\/[a-z]{1,5}$/);
    const size = fc.record({ path: fc.oneof(fc.constant("/"), path), bytes: fc.integer({ min: 1 }) });
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 5 }), (sizes) => {
        expect(kind.parse(kind.print(sizes))).toEqual(sizes);
      }),
    );
  });

  test("what no path names has the plain size, or the usual one", () => {
    const sizes = [at("/a", 1), at("/", 2)];
    expect([sizeElsewhere(sizes, 9), sizeElsewhere([at("/a", 1)], 9)]).toEqual([2, 9]);
    expect(sizesBelow(sizes)).toEqual([at("/a", 1)]);
  });
});
