// The rules of RFC 9113 and RFC 7541, broken and kept one by one: each line is what a client sends behind its greeting, and
// what must become of it. The cases are those that checkers of servers know, and some more.
import { describe, expect, test } from "bun:test";
import { CODE, FLAG, FRAME, SETTING, settingsFrame, wordFrame } from "../../../../src/http/h2/frames.ts";
import { data, frame } from "../../../support/h2-peer.ts";
import { encodeFields, encodeHuffman, encodeInteger, encodeString } from "../../../support/hpack.ts";
import { Arrivals } from "../players.ts";
import { FrameClient, GET, headers, type Pair, POST } from "./frame-client.ts";
import { makeH2Door } from "./h2-door.ts";
import { PREFACE } from "./h2-player.ts";

/** A door that answers each request, but for those that are told to wait. */
async function openDoor() {
  const arrivals = new Arrivals();
  arrivals.onEach = (client) => {
    if (client.target !== "/wait") client.answer(200, "OK", [], client.target);
  };
  const door = makeH2Door(arrivals);
  const port = await door.listen();
  return { arrivals, port, [Symbol.dispose]: () => door.drain() };
}

const WAIT: readonly Pair[] = GET.map(([name, value]) =>
  name === ":path" ? [name, "/wait"] : [name, value],
);
const WAIT_POST: readonly Pair[] = [[":method", "POST"], ...WAIT.slice(1)];
const open = (id = 1) => headers(id, WAIT_POST, 0);
const fieldsWithout = (name: string) => GET.filter((pair) => pair[0] !== name);
const block = (bytes: readonly number[]) => Uint8Array.from([...encodeFields(GET), ...bytes]);
const raw = (bytes: readonly number[], id = 1) =>
  frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, id, block(bytes));

type Case = readonly [section: string, what: string, sent: readonly Uint8Array[]];

/** The connection ends, with this code. */
const ENDS: Readonly<Record<keyof typeof CODE, readonly Case[]>> = {
  noError: [],
  internal: [],
  cancel: [],
  refused: [],
  protocol: [
    [
      "4.3",
      "a frame within a header block",
      [frame(FRAME.headers, 0, 1, encodeFields(GET)), frame(FRAME.priority, 0, 1, "12345")],
    ],
    [
      "4.3",
      "another stream within a header block",
      [frame(FRAME.headers, 0, 1, encodeFields(GET)), headers(3)],
    ],
    [
      "4.3",
      "a continuation of another stream",
      [frame(FRAME.headers, 0, 1, encodeFields(GET)), frame(FRAME.continuation, 4, 3)],
    ],
    ["5.1", "data on an idle stream", [data(1, "x")]],
    ["5.1", "a reset of an idle stream", [wordFrame(FRAME.reset, 0, 1, 8)]],
    ["5.1", "a window of an idle stream", [wordFrame(FRAME.windowUpdate, 0, 1, 100)]],
    [
      "5.1",
      "a continuation on an idle stream",
      [frame(FRAME.continuation, FLAG.endHeaders, 1, encodeFields(GET))],
    ],
    ["5.1.1", "an even stream", [headers(2)]],
    ["5.1.1", "a stream behind a later one", [headers(5, WAIT), headers(3)]],
    [
      "5.5",
      "an unknown frame within a header block",
      [frame(FRAME.headers, 0, 1, encodeFields(GET)), frame(0x16, 0, 0, "x")],
    ],
    ["6.1", "data on the connection", [open(), data(0, "x")]],
    ["6.1", "more padding than data", [open(), frame(FRAME.data, FLAG.padded, 1, "\x06abcde")]],
    ["6.1", "padding of which even the length is missing", [open(), frame(FRAME.data, FLAG.padded, 1)]],
    ["6.2", "a head on the connection", [headers(0)]],
    ["6.2", "more padding than head", [frame(FRAME.headers, FLAG.padded | 5, 1, "\x64abc")]],
    ["6.3", "a priority of the connection", [frame(FRAME.priority, 0, 0, "12345")]],
    ["6.4", "a reset of the connection", [wordFrame(FRAME.reset, 0, 0, 8)]],
    ["6.5", "settings of a stream", [open(), frame(FRAME.settings, 0, 1)]],
    ["6.5.2", "pushes that are neither wanted nor not", [settingsFrame([[SETTING.enablePush, 2]])]],
    ["6.5.2", "frames too short", [settingsFrame([[SETTING.maxFrameSize, 16_383]])]],
    ["6.5.2", "frames too long", [settingsFrame([[SETTING.maxFrameSize, 2 ** 24]])]],
    ["6.6", "a push", [frame(FRAME.pushPromise, 4, 1, "\0\0\0\x02")]],
    ["6.7", "a ping of a stream", [open(), frame(FRAME.ping, 0, 1, "12345678")]],
    ["6.8", "a goodbye of a stream", [open(), frame(FRAME.goAway, 0, 1, "12345678")]],
    ["6.9", "a window of the connection opened by nothing", [wordFrame(FRAME.windowUpdate, 0, 0, 0)]],
    ["6.10", "a continuation behind the end of a head", [open(), frame(FRAME.continuation, 4, 1)]],
    [
      "6.10",
      "a continuation on the connection",
      [frame(FRAME.headers, 0, 1, encodeFields(GET)), frame(FRAME.continuation, 4, 0)],
    ],
    ["6.10", "a continuation behind data", [open(), data(1, "x"), frame(FRAME.continuation, 4, 1)]],
  ],
  flowControl: [
    ["6.5.2", "a window beyond the largest", [settingsFrame([[SETTING.initialWindowSize, 2 ** 31]])]],
    [
      "6.9.1",
      "a window of the connection beyond the largest",
      [wordFrame(FRAME.windowUpdate, 0, 0, 2 ** 31 - 1)],
    ],
    [
      ...(["6.9.2", "settings by which a window is beyond the largest"] as const),
      [
        headers(1, WAIT),
        wordFrame(FRAME.windowUpdate, 0, 1, 2 ** 30),
        settingsFrame([[SETTING.initialWindowSize, 2 ** 31 - 1]]),
      ],
    ],
    [
      "6.9",
      "more data than the window",
      [open(), ...Array.from({ length: 9 }, () => data(1, "x".repeat(16_384)))],
    ],
  ],
  streamClosed: [
    ["5.1", "data behind a reset", [open(), wordFrame(FRAME.reset, 0, 1, 8), data(1, "x")]],
    ["5.1", "a head behind a reset", [open(), wordFrame(FRAME.reset, 0, 1, 8), headers(1)]],
  ],
  frameSize: [
    ["4.2", "data too long", [open(), data(1, "x".repeat(16_385))]],
    ["4.2", "a head too long", [frame(FRAME.headers, 5, 1, "x".repeat(16_385))]],
    ["6.3", "a priority of another length", [frame(FRAME.priority, 0, 1, "1234")]],
    ["6.4", "a reset of another length", [open(), frame(FRAME.reset, 0, 1, "123")]],
    ["6.5", "an answer to settings that says something", [frame(FRAME.settings, FLAG.ack, 0, "\0")]],
    ["6.5", "settings of another length", [frame(FRAME.settings, 0, 0, "\0\x03\0")]],
    ["6.7", "a ping of another length", [frame(FRAME.ping, 0, 0, "123456")]],
    ["6.7", "an answer to a ping of another length", [frame(FRAME.ping, FLAG.ack, 0, "123456")]],
    ["6.8", "a goodbye of another length", [frame(FRAME.goAway, 0, 0, "123456")]],
    ["6.9", "a window of another length", [frame(FRAME.windowUpdate, 0, 0, "123")]],
  ],
  compression: [
    ["4.3", "no header block", [frame(FRAME.headers, 5, 1, "\xff\xff\xff\xff\xff")]],
    ["RFC 7541 2.3.3", "an index beyond the tables", [raw(encodeInteger(70, 7, 0x80))]],
    ["RFC 7541 4.2", "a table that changes behind a field", [raw([0x20])]],
    [
      "RFC 7541 5.2",
      "padding of more than a byte",
      [raw([0, ...encodeString("x"), 0x80 | 3, ...encodeHuffman("cba"), 0xff])],
    ],
    [
      "RFC 7541 5.2",
      "padding of zeros",
      [raw([0, ...encodeString("x"), 0x83, 0xf2, 0xb2, 0x4a, 0x80].slice(0, -1).concat(0x40))],
    ],
    [
      "RFC 7541 5.2",
      "the end of a string within it",
      [raw([0, ...encodeString("x"), 0x84, 0xff, 0xff, 0xff, 0xff])],
    ],
    ["RFC 7541 6.1", "the index 0", [raw([0x80])]],
    [
      "RFC 7541 6.3",
      "a table larger than allowed",
      [frame(FRAME.headers, 5, 1, Uint8Array.from([...encodeInteger(4097, 5, 0x20), ...encodeFields(GET)]))],
    ],
  ],
  calm: [
    [
      "10.5",
      "a header block without end",
      [
        frame(FRAME.headers, 0, 1, "\x82"),
        ...Array.from({ length: 70 }, () => frame(FRAME.continuation, 0, 1)),
      ],
    ],
    ["10.5", "pings without end", Array.from({ length: 1100 }, () => frame(FRAME.ping, 0, 0, "12345678"))],
    ["10.5", "settings without end", Array.from({ length: 1100 }, () => settingsFrame([]))],
    [
      "10.5",
      "priorities without end",
      Array.from({ length: 1100 }, () => frame(FRAME.priority, 0, 1, "12345")),
    ],
    ["10.5", "data of nothing without end", [open(), ...Array.from({ length: 1100 }, () => data(1, ""))]],
    ["10.5", "unknown frames without end", Array.from({ length: 1100 }, () => frame(0x42, 0, 0, "x"))],
    [
      "10.5",
      "windows without end",
      [headers(1, WAIT), ...Array.from({ length: 1100 }, () => wordFrame(FRAME.windowUpdate, 0, 1, 1))],
    ],
    [
      ...(["10.5", "requests that are taken back at once"] as const),
      Array.from({ length: 210 }, (_, n) => [
        headers(n * 2 + 1, WAIT),
        wordFrame(FRAME.reset, 0, n * 2 + 1, 8),
      ]).flat(),
    ],
    [
      ...(["10.5", "requests that the server is made to take back"] as const),
      Array.from({ length: 210 }, (_, n) => [
        headers(n * 2 + 1, WAIT),
        wordFrame(FRAME.windowUpdate, 0, n * 2 + 1, 0),
      ]).flat(),
    ],
    [
      "10.5",
      "requests that are none",
      Array.from({ length: 210 }, (_, n) => headers(n * 2 + 1, fieldsWithout(":path"))),
    ],
  ],
};

/** The stream ends, with this code, and the connection goes on. */
const RESETS: Readonly<Partial<Record<keyof typeof CODE, readonly Case[]>>> = {
  protocol: [
    ["6.9", "a window opened by nothing", [open(), wordFrame(FRAME.windowUpdate, 0, 1, 0)]],
    ["8.1", "a second head that does not end the request", [open(), headers(1, [["x-a", "b"]], 0)]],
    [
      "8.1.1",
      "a body shorter than its length",
      [headers(1, [...WAIT_POST, ["content-length", "5"]], 0), data(1, "four", true)],
    ],
    [
      "8.1.1",
      "a body longer than its length",
      [headers(1, [...WAIT_POST, ["content-length", "3"]], 0), data(1, "four")],
    ],
    [
      "8.1.1",
      "a longer body in pieces",
      [headers(1, [...WAIT_POST, ["content-length", "3"]], 0), data(1, "fo"), data(1, "ur", true)],
    ],
    ["8.1.1", "a length without a body", [headers(1, [...WAIT_POST, ["content-length", "3"]])]],
    ["8.1.1", "two lengths", [headers(1, [...POST, ["content-length", "3"], ["content-length", "3"]], 0)]],
    ["8.1.1", "a length that is none", [headers(1, [...POST, ["content-length", "+3"]], 0)]],
    ["8.2", "a capital letter", [headers(1, [...GET, ["X-A", "b"]])]],
    ["8.2.1", "a name that is no token", [headers(1, [...GET, ["x a", "b"]])]],
    ["8.2.1", "a name of nothing", [headers(1, [...GET, ["", "b"]])]],
    ["8.2.1", "a line end in a value", [headers(1, [...GET, ["x-a", "b\r\nx-evil: 1"]])]],
    ["8.2.1", "a zero in a value", [headers(1, [...GET, ["x-a", "b\0"]])]],
    ["8.2.1", "a space before a value", [headers(1, [...GET, ["x-a", " b"]])]],
    ["8.2.1", "a tab behind a value", [headers(1, [...GET, ["x-a", "b\t"]])]],
    ...["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"].map(
      (name): Case => ["8.2.2", `the field ${name}`, [headers(1, [...GET, [name, "close"]])]],
    ),
    ["8.2.2", "TE for other than trailers", [headers(1, [...GET, ["te", "gzip"]])]],
    ["8.3", "an unknown pseudo-field", [headers(1, [...GET, [":x", "y"]])]],
    ["8.3", "the pseudo-field of an answer", [headers(1, [[":status", "200"], ...GET])]],
    [
      "8.3",
      "a pseudo-field behind a field",
      [headers(1, [...GET.slice(0, 3), ["x-a", "b"], [":authority", "h"]])],
    ],
    ["8.3", "a pseudo-field in trailers", [open(), headers(1, [[":path", "/"]])]],
    ["8.1", "the length of a body in trailers", [open(), headers(1, [["content-length", "0"]])]],
    ["8.3.1", "no path", [headers(1, fieldsWithout(":path"))]],
    ["8.3.1", "no method", [headers(1, fieldsWithout(":method"))]],
    ["8.3.1", "no scheme", [headers(1, fieldsWithout(":scheme"))]],
    ["8.3.1", "a path of nothing", [headers(1, [...fieldsWithout(":path"), [":path", ""]])]],
    ["8.3.1", "an address for a path", [headers(1, [...fieldsWithout(":path"), [":path", "http://h/"]])]],
    ["8.3.1", "a path beyond ASCII", [headers(1, [...fieldsWithout(":path"), [":path", "/caf\xe9"]])]],
    ["8.3.1", "a space in the path", [headers(1, [...fieldsWithout(":path"), [":path", "/a b"]])]],
    [
      "8.3.1",
      "a line end in the path",
      [headers(1, [...fieldsWithout(":path"), [":path", "/ HTTP/1.1\r\nx: y"]])],
    ],
    ["8.3.1", "another scheme", [headers(1, [...fieldsWithout(":scheme"), [":scheme", "ftp"]])]],
    ["8.3.1", "a method that is none", [headers(1, [...fieldsWithout(":method"), [":method", "G T"]])]],
    ["8.3.1", "two methods", [headers(1, [[":method", "GET"], ...GET])]],
    ["8.3.1", "two paths", [headers(1, [[":path", "/"], ...GET])]],
    ["8.3.1", "two schemes", [headers(1, [[":scheme", "http"], ...GET])]],
    ["8.3.1", "a Host other than the authority", [headers(1, [...GET, ["host", "other"]])]],
    ["8.5", "CONNECT with a path", [headers(1, [[":method", "CONNECT"], ...GET.slice(1)])]],
    ["RFC 8441 4", "another protocol without CONNECT", [headers(1, [...GET, [":protocol", "websocket"]], 0)]],
  ],
  flowControl: [
    ["6.9.1", "a window beyond the largest", [open(), wordFrame(FRAME.windowUpdate, 0, 1, 2 ** 31 - 1)]],
  ],
  streamClosed: [
    ["5.1", "data behind the end of a request", [headers(1, WAIT), data(1, "x")]],
    ["5.1", "a head behind the end of a request", [headers(1, WAIT), headers(1)]],
  ],
};

/** Nothing is wrong, or nothing that matters: the request on stream 1 is answered. */
const ANSWERED: readonly Case[] = [
  ["4.1", "an unknown frame", [frame(0x16, 0, 0, "abc"), headers(1)]],
  ["4.1", "flags that are not defined", [frame(FRAME.ping, 0x16, 0, "12345678"), headers(1)]],
  ["4.1", "the reserved bit of a stream", [frame(FRAME.headers, 5, 0x8000_0001, encodeFields(GET))]],
  ["4.2", "data as long as may be", [headers(1, POST, 0), data(1, "x".repeat(16_384), true)]],
  [
    "5.3",
    "a priority of a stream that is to come",
    [frame(FRAME.priority, 0, 3, "\0\0\0\x01\x0a"), headers(1)],
  ],
  [
    "5.3",
    "a priority with the head",
    [frame(FRAME.headers, 0x25, 1, Uint8Array.from([0, 0, 0, 0, 9, ...encodeFields(GET)]))],
  ],
  ["6.1", "padding", [headers(1, POST, 0), frame(FRAME.data, FLAG.padded | 1, 1, "\x02abc\0\0")]],
  [
    "6.2",
    "padding of the head",
    [frame(FRAME.headers, FLAG.padded | 5, 1, Uint8Array.from([2, ...encodeFields(GET), 0, 0]))],
  ],
  ["6.5.2", "unknown settings", [settingsFrame([[0xff, 1]]), headers(1)]],
  ["6.8", "a goodbye", [frame(FRAME.goAway, 0, 0, "\0\0\0\0\0\0\0\0bye"), headers(1)]],
  [
    ...(["6.10", "a head in several frames"] as const),
    [...encodeFields(GET)].map((byte, at, all) =>
      frame(
        at === 0 ? FRAME.headers : FRAME.continuation,
        at === all.length - 1 ? (at === 0 ? 5 : 4) : at === 0 ? 1 : 0,
        1,
        Uint8Array.from([byte]),
      ),
    ),
  ],
  ["8.1", "trailers", [headers(1, POST, 0), data(1, "x"), headers(1, [["x-sum", "7"]])]],
  ["8.2.2", "TE for trailers", [headers(1, [...GET, ["te", "trailers"]])]],
  ["8.3.1", "Host instead of the authority", [headers(1, [...fieldsWithout(":authority"), ["host", "h"]])]],
  ["8.3.1", "Host beside the same authority", [headers(1, [...GET, ["host", "H"]])]],
  [
    "8.3.1",
    "a question to the server itself",
    [
      headers(1, [
        [":method", "OPTIONS"],
        [":scheme", "http"],
        [":path", "*"],
        [":authority", "h"],
      ]),
    ],
  ],
  [
    "RFC 7541 6.3",
    "tables that change before the first field",
    [
      frame(
        FRAME.headers,
        5,
        1,
        Uint8Array.from([0x20, ...encodeInteger(4096, 5, 0x20), ...encodeFields(GET)]),
      ),
    ],
  ],
];

describe.each(Object.entries(ENDS).filter(([, cases]) => cases.length > 0))(
  "a connection ends with %s",
  (name, cases) => {
    test.each([...cases])("RFC 9113 section %s: %s", async (_section, _what, sent) => {
      using set = await openDoor();
      using client = await FrameClient.connect(set.port);
      client.send(...sent);
      await client.untilEnded();
      expect(client.goodbyes.at(-1)).toBe(CODE[name as keyof typeof CODE]);
      const cause = name === "calm" ? "http2_flood" : "malformed_request";
      expect(set.arrivals.refusals.at(-1)?.error.cause_).toBe(cause);
      expect(set.arrivals.bugs).toEqual([]);
    });
  },
);

describe.each(Object.entries(RESETS))("a request ends alone, with %s", (name, cases = []) => {
  test.each([...cases])("RFC 9113 section %s: %s", async (_section, _what, sent) => {
    using set = await openDoor();
    using client = await FrameClient.connect(set.port);
    client.send(...sent, headers(3));
    await client.untilAnswered(3);
    expect(client.resetOf(1)).toBe(CODE[name as keyof typeof CODE]);
    expect([client.statusOf(3), client.goodbyes]).toEqual([200, []]);
    expect(set.arrivals.refusals.map(({ error }) => error.cause_)).toEqual(["malformed_request"]);
    expect(set.arrivals.bugs).toEqual([]);
  });
});

describe("a request is answered", () => {
  test.each([...ANSWERED])("RFC 9113 section %s: %s", async (_section, _what, sent) => {
    using set = await openDoor();
    using client = await FrameClient.connect(set.port);
    client.send(...sent);
    await client.untilAnswered(1);
    expect([client.goodbyes, set.arrivals.refusals, set.arrivals.bugs]).toEqual([[], [], []]);
  });
});

describe("the beginning of a connection", () => {
  test.each([
    ["words of HTTP/1.1", [Buffer.from("GET / HTTP/1.1\r\nHost: h\r\n\r\n")]],
    [
      "the greeting with a letter wrong",
      [Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\r\r\n"), settingsFrame([])],
    ],
    ["no settings", [PREFACE, headers(1)]],
    ["an answer to settings for settings", [PREFACE, wordFrame(FRAME.settings, FLAG.ack, 0)]],
  ] as const)("%s end it", async (_what, sent) => {
    using set = await openDoor();
    using client = await FrameClient.connect(set.port, false);
    client.send(...sent);
    await client.untilEnded();
    expect([client.goodbyes, set.arrivals.clients]).toEqual([[CODE.protocol], []]);
    expect(set.arrivals.refusals.map(({ error }) => error.cause_)).toEqual(["malformed_request"]);
  });

  test("comes in any pieces", async () => {
    using set = await openDoor();
    using client = await FrameClient.connect(set.port, false);
    for (const byte of Buffer.concat([PREFACE, settingsFrame([]), headers(1)])) {
      client.send(Uint8Array.from([byte]));
      await Bun.sleep(0);
    }
    await client.untilAnswered(1);
    expect(client.bodyOf(1)).toBe("/");
  });

  test("is confirmed on both sides, and tells the limits", async () => {
    using set = await openDoor();
    using client = await FrameClient.connect(set.port);
    await client.until(
      () => client.of(FRAME.settings).some(({ flags }) => flags & FLAG.ack) === true,
      "the answer",
    );
    const [own] = client.of(FRAME.settings);
    const told = Array.from({ length: (own?.payload.length ?? 0) / 6 }, (_, n) => [
      own?.payload.readUInt16BE(n * 6),
      own?.payload.readUInt32BE(n * 6 + 2),
    ]);
    expect(told).toEqual([
      [SETTING.maxConcurrentStreams, 100],
      [SETTING.initialWindowSize, 131_072],
      [SETTING.maxHeaderListSize, 65_536],
      [SETTING.enableConnectProtocol, 1],
    ]);
  });
});
