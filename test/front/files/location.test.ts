import { expect, test } from "bun:test";
import fc from "fast-check";
import { below, locate, pathOf } from "../../../src/front/files/location.ts";

test.each([
  ["/", [], true],
  ["/a.txt", ["a.txt"], false],
  ["/a/b/", ["a", "b"], true],
  ["/%61%20b", ["a b"], false],
  ["/%C3%BC", ["ü"], false],
  ["/\u00c3\u00bc", ["ü"], false],
  ["/a;b=1", ["a;b=1"], false],
  ["/.well-known/acme", [".well-known", "acme"], false],
  ["/%0a", ["\n"], false],
  ["/con", ["con"], false],
])("%s names a file", (path, segments, isDirectory) => {
  expect(locate(path)).toEqual({ segments, isDirectory });
});

test.each([
  "",
  "a",
  "*",
  "//a",
  "/a//b",
  "/.",
  "/..",
  "/a/../b",
  "/a/%2e%2e/b",
  "/%2e/b",
  "/.%2e",
  "/a%2fb",
  "/a%2Fb",
  "/a%5cb",
  "/a\\b",
  "/a%00",
  "/a%00.txt",
  "/%c0%ae%c0%ae/etc",
  "/%c0%af",
  "/%e0%80%af",
  "/%f0%80%80%af",
  "/%ff",
  "/%ed%a0%80",
  "/%",
  "/%4",
  "/%zz",
  "/%u002e",
  "/.env/../a",
  `/${"a".repeat(256)}/..`,
])("%s names none", (path) => {
  expect(locate(path)).toBeUndefined();
});

test.each([
  ["/.env", 1],
  ["/%2eenv", 1],
  ["/...", 1],
  ["/a/.git/config", 3],
  ["/a/.well-known/x", 3],
  [`/a/${"a".repeat(256)}`, 2],
  [`/${"%C3%BC".repeat(128)}`, 1],
  [`/${"a/".repeat(2000)}b`, 2001],
])("%s names one that is not there for anybody", (path, count) => {
  const found = locate(path);
  expect([found?.isHidden, found?.segments.length]).toEqual([true, count]);
});

test("no path at all gives a segment that could lead anywhere else", () => {
  const piece = fc.constantFrom(
    "/",
    ".",
    "..",
    "%2e",
    "%2f",
    "%5c",
    "%00",
    "%c0%ae",
    "\\",
    "a",
    "ü",
    "%25",
    ";",
    "%ff",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const found = locate(`/${Buffer.from(pieces.join("")).toString("latin1")}`);
      for (const segment of found?.segments ?? []) {
        expect(segment).not.toMatch(found?.isHidden ? /^\.\.?$|[/\\\0]|^$/ : /^\.|[/\\\0]|^$/);
      }
    }),
    { numRuns: 2000 },
  );
});

test("what a client may write is read back to the same segments", () => {
  const segment = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
    .filter((one) => !/^\.|[/\\\0]/.test(one));
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
      expect(locate(pathOf(segments))?.segments).toEqual(segments);
    }),
  );
});

test("below", () => {
  expect(below(["a", "b"], ["a"])).toEqual(["b"]);
  expect(below(["a"], ["a"])).toEqual([]);
  expect(below(["ab"], ["a"])).toBeUndefined();
  expect(below(["a"], ["a", "b"])).toBeUndefined();
  expect(below(["a"], [])).toEqual(["a"]);
});
