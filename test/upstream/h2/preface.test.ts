import { expect, test } from "bun:test";
import {
  FRAME,
  FrameReader,
  SETTING,
  WINDOW_AT_FIRST,
  WINDOW_MOST,
  word,
} from "../../../src/http/h2/frames.ts";
import { preface } from "../../../src/upstream/h2/preface.ts";

test("a connection begins with the words of RFC 9113, gw's settings, and a window that holds nobody up", () => {
  const bytes = Buffer.from(preface(1_000, 2_000));
  const words = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  expect(bytes.toString("latin1", 0, words.length)).toBe(words);
  const settings = new Map<number, number>();
  const windows: [number, number][] = [];
  const reader = new FrameReader({
    onFrame(type, flags, stream, payload, from, to) {
      expect(flags).toBe(0);
      if (type === FRAME.windowUpdate) windows.push([stream, word(payload, from)]);
      else {
        // Settings come first (RFC 9113 section 3.4).
        expect([type, stream, windows]).toEqual([FRAME.settings, 0, []]);
        for (let at = from; at < to; at += 6) settings.set(payload.readUInt16BE(at), word(payload, at + 2));
      }
    },
  });
  reader.push(bytes.subarray(words.length));
  expect([...settings]).toEqual([
    [SETTING.headerTableSize, 0],
    [SETTING.enablePush, 0],
    [SETTING.initialWindowSize, 1_000],
    [SETTING.maxHeaderListSize, 2_000],
  ]);
  expect(windows).toEqual([[0, WINDOW_MOST - WINDOW_AT_FIRST]]);
});
