import { expect, test } from "bun:test";
import { createCaching, hasHashedName } from "../../../../src/front/files/reply/caching.ts";

test("names with a digest are told from all others", () => {
  const hashed = [
    "app.3f2a9c1b.js",
    "main-3f2a9c1b0d.css",
    "index-BfL2k3Qz.js",
    "my-component-BfL2k3Qz.js",
    "chunk-5F7TNH3M.js",
    "index-B_-2k3Qz.js.map",
    "font.0123456789abcdef0123456789abcdef.woff2",
  ];
  const plain = [
    "app.js",
    "report-20240101.pdf",
    "page-HomePage.js",
    "case-iPhone6s.png",
    "REPORT-VERSION1.pdf",
    "a-deadbeef.js",
    "jquery-3.7.1.min.js",
    "3f2a9c1b",
    "3f2a9c1b.js",
    "photo_12345678.jpg",
    "",
  ];
  expect(hashed.filter((name) => !hasHashedName(name))).toEqual([]);
  expect(plain.filter(hasHashedName)).toEqual([]);
});

test("the first rule that fits says it, by the name or by the path", () => {
  const caching = createCaching([
    { pattern: "/private/*", value: "no-store" },
    { pattern: "*.js", value: "no-cache" },
    { pattern: "?.txt", value: "max-age=1" },
    { pattern: "a+b.css", value: "max-age=2" },
  ]);
  expect(caching("/private/deep/app.js")).toBe("no-store");
  expect(caching("/x/app.3f2a9c1b.js")).toBe("no-cache");
  expect(caching("/private")).toBeUndefined();
  expect(caching("/x.txt")).toBe("max-age=1");
  expect(caching("/xy.txt")).toBeUndefined();
  expect(caching("/a+b.css")).toBe("max-age=2");
  expect(caching("/aab.css")).toBeUndefined();
  expect(caching("/app.3f2a9c1b.css")).toBe("public, max-age=31536000, immutable");
});
