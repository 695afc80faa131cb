import { describe, expect, test } from "bun:test";
import { isLive } from "../../../src/front/spool/live-answer.ts";

const MB = 1_000_000;

describe("live answers", () => {
  test.each<[string, string | undefined, number, number, boolean]>([
    ["what comes at once", "text/csv", 200_000, 3, false],
    ["much in some seconds", undefined, 50 * MB, 9_000, false],
    ["little in less than a second, on a machine that has much to do", "text/html", 1_000, 900, false],
    ["a word from time to time", "application/x-ndjson", 3 * MB, 60_000, true],
    ["a film at its own pace", "video/mp4", 30 * MB, 60_000, true],
    ["events, however many at once", "text/event-stream", 20 * MB, 5, true],
    ["events, with a parameter", "Text/Event-Stream; charset=utf-8", 20 * MB, 5, true],
    ["pictures, each in the place of the one before", "multipart/x-mixed-replace; boundary=a", 9, 0, true],
    ["what only begins like events", "text/event-streams", 9, 0, false],
  ])("%s", (_, contentType, bytes, awaitedMs, expected) => {
    expect(isLive(contentType, bytes, awaitedMs)).toBe(expected);
  });
});
