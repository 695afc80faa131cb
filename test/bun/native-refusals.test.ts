// Probes of what the parser behind Bun.serve's native door refuses: as which `clientError`, with which bytes, and what it
// lets through although a strict reading would not. src/front/door/h1/parser-refusal.ts gives the codes their statuses.
import { describe, expect, test } from "bun:test";
import { endSilent } from "../../src/front/door/h1/fresh-sockets.ts";
import { eventually } from "../support/gw.ts";
import { echo, openDoor, request } from "./native-door.ts";

const REFUSAL = "HTTP/1.1 418 Refused\r\n\r\n";
const MAX_HEAD = 4096;
const long = (bytes: number) => "a".repeat(bytes);
const chunked = (value: string) =>
  request("POST /", `Transfer-Encoding: ${value}\r\n`, "1\r\na\r\n0\r\n\r\n");

/** A server that answers what it lets through, and what one client gets from it until it closes. */
async function refuse(bytes: string) {
  using door = await openDoor({ server: { maxHeaderSize: MAX_HEAD }, onArrival: echo, refusal: REFUSAL });
  using client = await door.connect();
  await client.send(bytes);
  const text = await client.untilClosed();
  return { text, codes: door.refused.map(({ code }) => code), raw: door.refused[0]?.rawPacket };
}

describe("native refusals: one clientError, and its answer reaches the client", () => {
  const rows: [name: string, bytes: string, code: string][] = [
    ["a field over the limit", request("GET /", `X: ${long(5000)}\r\n`), "HPE_HEADER_OVERFLOW"],
    ["more than 200 fields", request("GET /", "X: y\r\n".repeat(300)), "HPE_HEADER_OVERFLOW"],
    ["a target over the limit", request(`GET /${long(5000)}`), "HPE_HEADER_OVERFLOW"],
    ["a method that is no token", request("G@T /"), "HPE_INVALID_METHOD"],
    ["a method that Bun does not know", request("BREW /"), "HPE_INVALID_METHOD"],
    ["a method in small letters", request("get /"), "HPE_INVALID_METHOD"],
    ["a TLS greeting", "\x16\x03\x01\x02\x00\x01\x00", "HPE_INVALID_METHOD"],
    ["HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", "HPE_INVALID_VERSION"],
    ["HTTP/2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", "HPE_INVALID_VERSION"],
    ["HTTP/0.9", "GET /\r\n\r\n", "HPE_INVALID_VERSION"],
    ["a blank in the target, taken for a version", request("GET /a b"), "HPE_INVALID_VERSION"],
    ["a bare LF after the first line", "GET / HTTP/1.1\nHost: h\n\n", "HPE_INVALID_VERSION"],
    ["the HTTP/2 greeting", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HPE_PAUSED_H2_UPGRADE"],
    ["a byte over 127 in the target", request("GET /caf\xe9"), "HPE_INVALID_URL"],
    ["a target without a slash", request("GET relative"), "HPE_INVALID_CONSTANT"],
    ["OPTIONS *", request("OPTIONS *"), "HPE_INVALID_CONSTANT"],
    ["a space before the colon", request("GET /", "X : y\r\n"), "HPE_INVALID_HEADER_TOKEN"],
    ["a folded line", request("GET /", "X: y\r\n z\r\n"), "HPE_INVALID_HEADER_TOKEN"],
    ["a bare LF among the fields", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", "HPE_INVALID_HEADER_TOKEN"],
    ["NUL in a value", request("GET /", "X: a\0b\r\n"), "HPE_INVALID_HEADER_TOKEN"],
    ["a control character in a value", request("GET /", "X: a\x01b\r\n"), "HPE_INVALID_HEADER_TOKEN"],
    ["a name that is no token", request("GET /", "X@: a\r\n"), "HPE_INVALID_HEADER_TOKEN"],
    ["an empty name", request("GET /", ": a\r\n"), "HPE_INVALID_HEADER_TOKEN"],
    ["a bare CR in a value", request("GET /", "X: a\rb\r\n"), "HPE_LF_EXPECTED"],
    [
      "a length and chunks",
      request("POST /", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
      "HPE_INVALID_TRANSFER_ENCODING",
    ],
    [
      "two lengths that differ",
      request("POST /", "Content-Length: 1\r\nContent-Length: 2\r\n"),
      "HPE_UNEXPECTED_CONTENT_LENGTH",
    ],
    [
      "a length with a sign",
      request("POST /", "Content-Length: +1\r\n", "a"),
      "HPE_UNEXPECTED_CONTENT_LENGTH",
    ],
    [
      "a list of lengths",
      request("POST /", "Content-Length: 1, 1\r\n", "a"),
      "HPE_UNEXPECTED_CONTENT_LENGTH",
    ],
  ];
  test.each(rows)("%s", async (_name, bytes, code) => {
    expect(await refuse(bytes)).toEqual({ text: REFUSAL, codes: [code], raw: bytes });
  });
});

describe("native refusals: how they are told", () => {
  test("rawPacket is the present read alone, not the beginning of the request", async () => {
    using door = await openDoor({ server: { maxHeaderSize: MAX_HEAD }, onArrival: echo, refusal: REFUSAL });
    using client = await door.connect();
    await client.send(`${request("GET /first")}GET /abc HTTP/1.1\r\nHost: h\r\nX: ${long(2000)}`);
    await client.until("/first");
    await client.send(long(4000));
    await client.until(REFUSAL);
    expect(door.refused).toEqual([{ code: "HPE_HEADER_OVERFLOW", rawPacket: long(4000) }]);
  });

  test("rawPacket also holds the requests before the refused one", async () => {
    const bytes = request("GET /first") + request("OPTIONS *");
    const { codes, raw, text } = await refuse(bytes);
    expect(codes).toEqual(["HPE_INVALID_CONSTANT"]);
    expect(raw?.toLowerCase()).toBe(bytes.toLowerCase());
    expect(text).toEndWith(`/first${REFUSAL}`);
  });

  test("a bad chunk is refused after the request was dispatched", async () => {
    const bad = request("POST /", "Transfer-Encoding: chunked\r\n", "zz\r\n");
    using door = await openDoor();
    using client = await door.connect();
    await client.send(bad);
    await client.untilClosed();
    expect(door.arrivals).toHaveLength(1);
    expect(door.refused.map(({ code }) => code)).toEqual(["HPE_INVALID_CHUNK_SIZE"]);
  });

  test("a client that leaves an open connection is told as ECONNRESET, with nothing to answer", async () => {
    using door = await openDoor({ onArrival: echo });
    using client = await door.connect();
    await client.send(request("GET /a"));
    await client.until("/a");
    const closed = new Promise<void>((resolve) => door.connections[0]?.once("close", () => resolve()));
    client.terminate();
    await closed;
    expect(door.refused).toEqual([{ code: "ECONNRESET", rawPacket: "" }]);
  });

  const heads: [name: string, bytes: string][] = [
    ["half a head", "GET / HTTP/1.1\r\nHo"],
    ["not a byte", ""],
  ];
  // src/front/door/h1/fresh-sockets.ts
  test("closeIfIdle of the handle closes a connection on which nothing has come, and none on which a head has begun", async () => {
    using door = await openDoor();
    using silent = await door.connect();
    using begun = await door.connect();
    await begun.send("GET / HTTP/1.1\r\nHo");
    await eventually(() => door.connections.length === 2, "both are accepted");
    const closed = new Map(door.connections.map((socket) => [socket.remotePort, endSilent(socket)]));
    expect([...closed.values()].toSorted()).toEqual([false, true]);
    expect(await silent.untilClosed()).toBe("");
    await begun.send("st: h\r\n\r\n");
    const { response } = await door.arrival(0);
    response.writeHeadAndEnd(200, "OK", [], "served");
    await begun.until("served");
    expect(door.refused).toEqual([]);
  });

  test.each(heads)("headersTimeout refuses %s, and the answer reaches the client", async (_name, bytes) => {
    using door = await openDoor({
      server: { headersTimeout: 100, connectionsCheckingInterval: 50 },
      refusal: REFUSAL,
    });
    using client = await door.connect();
    await client.send(bytes);
    expect(await client.untilClosed()).toBe(REFUSAL);
    expect(door.refused.map(({ code }) => code)).toEqual(["ERR_HTTP_REQUEST_TIMEOUT"]);
  });
});

describe("native refusals: what the parser lets through or answers itself", () => {
  test("a missing Host is answered by node:http without a word to anyone, unless requireHostHeader is off", async () => {
    const bare = "GET / HTTP/1.1\r\nX: y\r\n\r\n";
    const { text, codes } = await refuse(bare);
    expect(text).toStartWith("HTTP/1.1 400 Bad Request\r\n");
    expect(codes).toEqual([]);
    using door = await openDoor({ server: { requireHostHeader: false }, onArrival: echo });
    using client = await door.connect();
    await client.send(bare);
    await client.until(/\r\n\r\n\/$/);
  });

  test("the same length twice is let through", async () => {
    using door = await openDoor({ onArrival: echo });
    using client = await door.connect();
    await client.send(request("GET /", "Content-Length: 0\r\nContent-Length: 0\r\n"));
    await client.until(/\r\n\r\n\/$/);
  });

  test("empty lines before the request are let through", async () => {
    using door = await openDoor({ onArrival: echo });
    using client = await door.connect();
    await client.send(`\r\n\r\n${request("GET /after")}`);
    await client.until("/after");
  });

  test("a coding before chunked is let through: its body is only freed of the chunks", async () => {
    const pieces: string[] = [];
    using door = await openDoor({
      onArrival({ response }) {
        response.ondata = (piece, isLast) => {
          pieces.push(Buffer.from(piece ?? []).toString());
          if (isLast) response.writeHeadAndEnd(200, "OK", [], "done");
        };
      },
    });
    using client = await door.connect();
    await client.send(chunked("gzip, chunked"));
    await client.until("done");
    expect(pieces.join("")).toBe("a");
  });

  test.each(["gzip", "chunked, gzip"])(
    "a body whose last coding is not chunked (%s) is refused",
    async (value) => {
      using door = await openDoor();
      using client = await door.connect();
      await client.send(chunked(value));
      await client.untilClosed();
      expect(door.refused.map(({ code }) => code)).toEqual(["HPE_INVALID_TRANSFER_ENCODING"]);
    },
  );
});
