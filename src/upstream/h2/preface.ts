// What gw begins an HTTP/2 connection to a worker with.

import {
  FRAME,
  SETTING,
  settingsFrame,
  WINDOW_AT_FIRST,
  WINDOW_MOST,
  wordFrame,
} from "../../http/h2/frames.ts";

/** What gw begins a connection with: no table of fields, no pushes, its windows, its limits. */
export function preface(streamWindow: number, headerListMost: number): Uint8Array {
  return Buffer.concat([
    Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1"),
    settingsFrame([
      [SETTING.headerTableSize, 0],
      [SETTING.enablePush, 0],
      [SETTING.initialWindowSize, streamWindow],
      [SETTING.maxHeaderListSize, headerListMost],
    ]),
    // Each stream has a window of its own; that of all of them is to hold nobody up.
    wordFrame(FRAME.windowUpdate, 0, 0, WINDOW_MOST - WINDOW_AT_FIRST),
  ]);
}
