// How each end of a connection of HTTP/2 begins (RFC 9113 section 3.4): the client with words that no server of HTTP/1.1
// would take for a request, gw with its settings, which are its limits.

import {
  CODE,
  ConnectionProblem,
  FRAME,
  SETTING,
  settingsFrame,
  WINDOW_AT_FIRST,
  wordFrame,
} from "../../../http/h2/frames.ts";
import { STREAM_WINDOW } from "./request-body.ts";

/** Requests at once on one connection. */
export const STREAMS_MOST = 100;
/** What a client may send of all bodies together before some of it is taken. */
export const CONNECTION_WINDOW = 2_097_152;
/** What a client may have remembered of its fields: the usual size, which needs not be told. */
export const TABLE_BYTES = 4096;

const CLIENT = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** gw's first bytes. `headBytes`: of the fields of one request, at the most. */
export function greet(headBytes: number): Uint8Array {
  return Buffer.concat([
    settingsFrame([
      [SETTING.maxConcurrentStreams, STREAMS_MOST],
      [SETTING.initialWindowSize, STREAM_WINDOW],
      [SETTING.maxHeaderListSize, headBytes],
      [SETTING.enableConnectProtocol, 1],
    ]),
    wordFrame(FRAME.windowUpdate, 0, 0, CONNECTION_WINDOW - WINDOW_AT_FIRST),
  ]);
}

/** The client's first words, in as many pieces as they come in. */
export class ClientGreeting {
  #read = 0;

  get isDone(): boolean {
    return this.#read === CLIENT.length;
  }

  /** Some of it has come. */
  get isBegun(): boolean {
    return this.#read > 0;
  }

  /** Where in these bytes it ends, or how many there are. Throws ConnectionProblem for anything else. */
  read(bytes: Uint8Array): number {
    let at = 0;
    for (; at < bytes.length && !this.isDone; at++)
      if (bytes[at] !== CLIENT[this.#read++]) throw new ConnectionProblem(CODE.protocol, "not HTTP/2");
    return at;
  }
}
