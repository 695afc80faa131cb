// What a worker says of its connection: told frame by frame, without a socket.
import { describe, expect, test } from "bun:test";
import { CODE, ConnectionProblem, FLAG, FRAME, SETTING } from "../../../src/http/h2/frames.ts";
import { Peer } from "../../../src/http/h2/peer.ts";
import { ConnectionFrames } from "../../../src/upstream/h2/connection-frames.ts";

const NINE = 9;

function setUp() {
  const peer = new Peer();
  const sent: [type: number, flags: number][] = [];
  const stream = { sendWindow: peer.initialWindow };
  let unblocked = 0;
  const control = new ConnectionFrames({
    peer,
    sender: {
      sendFrame: (frame) => sent.push([frame[3] as number, frame[4] as number]),
      unblock: () => unblocked++,
    },
    streams: () => [stream],
  });
  const say = (type: number, payload: readonly number[], { flags = 0, id = 0 } = {}) => {
    const bytes = Buffer.from([...new Array(NINE).fill(0), ...payload]);
    control.onFrame(type, flags, id, bytes, NINE, bytes.length);
  };
  return { peer, sent, stream, say, unblocked: () => unblocked };
}

describe("http/2 frames of a worker about its connection", () => {
  test("settings are taken and acknowledged, and whoever waited for a window goes on", () => {
    const { sent, stream, say, unblocked } = setUp();
    say(FRAME.settings, [0, SETTING.initialWindowSize, 0, 1, 0, 0]);
    expect([stream.sendWindow, sent, unblocked()]).toEqual([65_536, [[FRAME.settings, FLAG.ack]], 1]);
  });

  test("a ping is answered, and an answer to one is not", () => {
    const { sent, say } = setUp();
    say(FRAME.ping, [1, 2, 3, 4, 5, 6, 7, 8]);
    say(FRAME.ping, [1, 2, 3, 4, 5, 6, 7, 8], { flags: FLAG.ack });
    expect(sent).toEqual([[FRAME.ping, FLAG.ack]]);
  });

  test("a goodbye is remembered", () => {
    const { peer, say } = setUp();
    say(FRAME.goAway, [0, 0, 0, 1, 0, 0, 0, 0]);
    expect(peer.isLeaving).toBeTrue();
  });

  test("one on a stream is a mistake of the worker's, and what nobody knows is passed over", () => {
    const { sent, say } = setUp();
    const on = (id: number) => () => say(FRAME.ping, [0, 0, 0, 0, 0, 0, 0, 0], { id });
    expect(on(1)).toThrow(new ConnectionProblem(CODE.protocol, "a frame of the connection on a stream"));
    say(200, [1], { id: 3 });
    say(FRAME.priority, [0, 0, 0, 0, 0], { id: 3 });
    expect(sent).toEqual([]);
  });
});
