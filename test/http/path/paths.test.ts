import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { canonicalPath, isPlainPath, loosePath, readPath } from "../../../src/http/path/paths.ts";

describe("paths: readings", () => {
  for (const [path, literal, resolved, loose] of [
    ["/", "/", "/", "/"],
    ["/a/b/", "/a/b/", "/a/b/", "/a/b/"],
    ["/%61/b%2fc", "/a/b%2Fc", "/a/b%2Fc", "/a/b/c"],
    ["/a/../b", "/a/../b", "/b", "/b"],
    ["/a/./b/.", "/a/./b/.", "/a/b/", "/a/b/"],
    ["/a/%2E%2e/b", "/a/../b", "/b", "/b"],
    ["/../..", "/../..", "/", "/"],
    ["//a//b", "//a//b", "//a//b", "/a/b"],
    ["/a\\b", "/a\\b", "/a/b", "/a/b"],
    ["/a%5c..%5cb", "/a%5C..%5Cb", "/a%5C..%5Cb", "/b"],
    ["/a;x=1/b", "/a;x=1/b", "/a;x=1/b", "/a/b"],
    ["/a/..;/b", "/a/..;/b", "/a/..;/b", "/b"],
    ["/a/..%3b/b", "/a/..%3B/b", "/a/..%3B/b", "/b"],
    ["/a/..%2fb", "/a/..%2Fb", "/a/..%2Fb", "/b"],
    ["/%zz%4", "/%zz%4", "/%zz%4", "/%zz%4"],
    ["/a%23b/c%3fd", "/a%23b/c%3Fd", "/a%23b/c%3Fd", "/a/b/c/d"],
    ["/%09a%0Ab%0d", "/%09a%0Ab%0D", "/%09a%0Ab%0D", "/ab"],
    ["/a%20%00", "/a%20%00", "/a%20%00", "/a"],
    ["/\xe9", "/%E9", "/%E9", "/\xe9"],
  ] as const) {
    test(`${path} is read as ${literal}, ${resolved} and ${loose}`, () => {
      const { ends: _ends, ...readings } = readPath(path);
      expect(readings).toEqual({ literal, resolved, loose });
    });
  }

  test("each segment of the resolved path ends where it was sent", () => {
    expect(readPath("/a/x/../%62/c").ends).toEqual([2, 11, 13]);
    expect(readPath("/b/y/../../b//c").ends).toEqual([12, 13, 15]);
  });

  test("characters of a configured path are the bytes that clients send for them", () => {
    expect(canonicalPath("/caf\u00e9/%7Ea")).toBe("/caf%C3%A9/~a");
    expect(loosePath(canonicalPath("/caf\u00e9"))).toBe(readPath("/caf%c3%a9").loose);
  });
});

const part = fc.constantFrom(
  "/",
  "/",
  "a",
  "b",
  ".",
  "..",
  "%2e",
  "%2E",
  "%2f",
  "%5C",
  "\\",
  ";",
  "%61",
  "%25",
);
const anyPath = fc.array(part, { maxLength: 12 }).map((parts) => `/${parts.join("")}`);

describe("paths: whatever is sent", () => {
  test("the resolved reading is the one of URLs, and so of the requests that Bun makes", () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        expect(readPath(path).resolved).toBe(canonicalPath(new URL(`http://a${path}`).pathname));
      }),
      { numRuns: 3000 },
    );
  });

  test("a plain path has one reading only", () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        if (!isPlainPath(path)) return;
        const { ends: _ends, ...readings } = readPath(path);
        expect(readings).toEqual({ literal: path, resolved: path, loose: path });
      }),
      { numRuns: 3000 },
    );
  });

  test("no reading but the literal one leaves a dot segment, and the loose one no empty segment either", () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        const { resolved, loose } = readPath(path);
        for (const reading of [resolved, loose]) expect(reading).not.toMatch(/\/\.{1,2}(?:\/|$)/);
        expect(loose).not.toContain("//");
      }),
      { numRuns: 3000 },
    );
  });
});
