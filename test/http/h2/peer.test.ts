import { describe, expect, test } from "bun:test";
import {
  CODE,
  ConnectionProblem,
  FRAME_HEAD,
  SETTING,
  settingsFrame,
  WINDOW_AT_FIRST,
  WINDOW_MOST,
} from "../../../src/http/h2/frames.ts";
import { Peer } from "../../../src/http/h2/peer.ts";

/** Takes settings; returns by how much the windows of streams change. */
function take(peer: Peer, ...settings: (readonly [number, number])[]): number {
  const bytes = settingsFrame(settings);
  const stream = { sendWindow: 0 };
  peer.takeSettings(bytes, FRAME_HEAD, bytes.length, () => [stream]);
  return stream.sendWindow;
}

function problemOf(act: () => unknown): [number, string] {
  try {
    act();
  } catch (problem) {
    if (problem instanceof ConnectionProblem) return [problem.code, problem.message];
    throw problem;
  }
  throw new Error("no problem");
}

describe("peer: settings", () => {
  test("before it has said anything, what the RFC and Bun begin with", () => {
    const { window, initialWindow, maxStreams, maxHeaderList, isLeaving } = new Peer();
    expect({ window, initialWindow, maxStreams, maxHeaderList, isLeaving }).toEqual({
      window: WINDOW_AT_FIRST,
      initialWindow: WINDOW_AT_FIRST,
      maxStreams: 100,
      maxHeaderList: 16_384,
      isLeaving: false,
    });
  });

  test("what it says is taken on; what gw has no use for is passed over", () => {
    const peer = new Peer();
    expect(take(peer, [SETTING.maxConcurrentStreams, 7], [SETTING.headerTableSize, 9], [0x77, 5])).toBe(0);
    take(peer, [SETTING.maxHeaderListSize, 2 ** 32 - 1]);
    expect([peer.maxStreams, peer.maxHeaderList, peer.initialWindow]).toEqual([
      7,
      2 ** 32 - 1,
      WINDOW_AT_FIRST,
    ]);
  });

  test("however many streams it takes, no more than gw has places for", () => {
    const peer = new Peer();
    take(peer, [SETTING.maxConcurrentStreams, 2 ** 32 - 1]);
    expect(peer.maxStreams).toBe(250);
    take(peer, [SETTING.maxConcurrentStreams, 0]);
    expect(peer.maxStreams).toBe(0);
  });

  test("the windows of streams change by the difference, up and down, said once or twice", () => {
    const peer = new Peer();
    expect(take(peer, [SETTING.initialWindowSize, WINDOW_AT_FIRST + 10])).toBe(10);
    expect(take(peer, [SETTING.initialWindowSize, 5])).toBe(5 - WINDOW_AT_FIRST - 10);
    expect(take(peer, [SETTING.initialWindowSize, 100], [SETTING.initialWindowSize, 25])).toBe(20);
    expect([peer.initialWindow, peer.window]).toEqual([25, WINDOW_AT_FIRST]);
  });

  test("the largest window there can be, and one byte more", () => {
    expect(take(new Peer(), [SETTING.initialWindowSize, WINDOW_MOST])).toBe(WINDOW_MOST - WINDOW_AT_FIRST);
    expect(problemOf(() => take(new Peer(), [SETTING.initialWindowSize, WINDOW_MOST + 1]))).toEqual([
      CODE.flowControl,
      "a window that is too large",
    ]);
  });

  test("settings by which the window of a stream grows too large", () => {
    const bytes = settingsFrame([[SETTING.initialWindowSize, WINDOW_MOST]]);
    const stream = { sendWindow: WINDOW_AT_FIRST + 1 };
    expect(problemOf(() => new Peer().takeSettings(bytes, FRAME_HEAD, bytes.length, () => [stream]))).toEqual(
      [CODE.flowControl, "settings by which a window is too large"],
    );
  });

  test.each([
    [SETTING.enablePush, 2, "a setting for pushes that is neither 0 nor 1"],
    [SETTING.maxFrameSize, 16_383, "a frame size out of bounds"],
    [SETTING.maxFrameSize, 2 ** 24, "a frame size out of bounds"],
  ])("the setting %i may not be %i", (setting, value, words) => {
    expect(problemOf(() => take(new Peer(), [setting, value]))).toEqual([CODE.protocol, words]);
    expect(take(new Peer(), [SETTING.enablePush, 1], [SETTING.maxFrameSize, 2 ** 24 - 1])).toBe(0);
  });

  test.each([1, 5, 7])("settings of %d bytes are broken", (length) => {
    expect(problemOf(() => new Peer().takeSettings(new Uint8Array(length), 0, length, () => []))).toEqual([
      CODE.frameSize,
      "broken settings",
    ]);
  });
});

describe("peer: the window of the connection", () => {
  test("it opens by what is said, up to the largest there can be", () => {
    const peer = new Peer();
    peer.window = 0;
    peer.widen(10);
    peer.widen(WINDOW_MOST - 10);
    expect(peer.window).toBe(WINDOW_MOST);
  });

  test.each([
    ["by nothing", 0, 0, [CODE.protocol, "a window that is opened by nothing"]],
    ["beyond the largest", WINDOW_MOST, 1, [CODE.flowControl, "a window out of bounds"]],
  ] as const)("opened %s, it is a problem", (_, window, by, problem) => {
    const peer = new Peer();
    peer.window = window;
    expect(problemOf(() => peer.widen(by))).toEqual([...problem]);
  });
});

describe("peer: chatter", () => {
  test("a thousand pings and settings without an answer are too many, with one between them not", () => {
    const peer = new Peer();
    const chat = (times: number) => {
      for (let n = 0; n < times; n++) peer.noteChatter();
    };
    chat(1_000);
    peer.noteAnswer();
    chat(1_000);
    expect(problemOf(() => chat(1))).toEqual([CODE.calm, "nothing but pings and settings"]);
  });
});
