import { describe, expect, test } from "bun:test";
import { createBodyLimits } from "../../../src/front/stages/body-limits.ts";

const limitFor = createBodyLimits(10, [
  { path: "/upload", bytes: 1000 },
  { path: "/upload/avatars", bytes: 50 },
  { path: "/tiny", bytes: 1 },
]);

describe("limits of bodies by path", () => {
  for (const [path, bytes] of [
    ["/", 10],
    ["/upload", 1000],
    ["/upload/a/b", 1000],
    ["/UPLOAD/a", 1000],
    ["/uploads", 10],
    ["/upload/avatars/1", 50],
    ["/upload/avatarsx", 1000],
    // Of every reading the smallest: none of these gets more than what an app may take it for allows.
    ["/upload/../other", 10],
    ["/upload/%2e%2e/tiny/x", 1],
    ["/other/..%2fupload", 10],
    ["/upload%2favatars", 10],
    ["//upload", 10],
    ["/upload;a=1/x", 10],
    ["/upload/x/../../tiny", 1],
  ] as const)
    test(path, () => expect(limitFor(path)).toBe(bytes));

  test("without paths there is one limit for everything, however odd the path", () => {
    expect(createBodyLimits(7)("/a/../%2e%2e//b")).toBe(7);
  });
});
