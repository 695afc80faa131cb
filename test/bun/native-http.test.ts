// Probes of Bun.serve's native door (src/front/door/h1/native.ts): how a request arrives through it, and which bytes each way of
// answering puts on the wire. How both flow over time is probed in native-flow.test.ts.
import { describe, expect, test } from "bun:test";
import { HAS_LENGTH, HAS_TRANSFER_ENCODING, WANTS_CLOSE } from "../../src/front/door/h1/native.ts";
import { type Arrival, echo, openDoor, request } from "./native-door.ts";

const CHUNKED = "Transfer-Encoding: chunked\r\n";
const HTTP10 = "GET / HTTP/1.0\r\nHost: h\r\n\r\n";

/** What one request arrives as; it is answered with a closed connection. */
async function arrive(bytes: string): Promise<Arrival> {
  using door = await openDoor({
    server: { requireHostHeader: false },
    onArrival({ response, socket }) {
      response.writeHeadAndEnd(200, "OK", [], "");
      socket.closeWhenDrained();
    },
  });
  using client = await door.connect();
  await client.send(bytes);
  await client.untilClosed();
  const [arrival] = door.arrivals;
  if (!arrival || door.arrivals.length !== 1) throw new Error(`${door.arrivals.length} arrivals`);
  return arrival;
}

/** The bytes that `answer` gives to one client. */
async function answered(bytes: string, answer: (arrival: Arrival) => void): Promise<string> {
  using door = await openDoor({ onArrival: answer });
  using client = await door.connect();
  await client.send(bytes);
  const { socket } = await door.arrival(0);
  if (!socket.closed) socket.closeWhenDrained();
  return await client.untilClosed();
}

describe("native http: how it is opened", () => {
  test("node:http ends in Bun.serve during listen, with the options that the engine adds to", async () => {
    using door = await openDoor();
    const { onNodeHTTPRequest, ...asked } = door.asked;
    expect(typeof onNodeHTTPRequest).toBe("function");
    expect(asked).toEqual({
      idleTimeout: 0,
      tls: null,
      port: 0,
      hostname: "127.0.0.1",
      unix: undefined,
      reusePort: false,
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    });
  });

  test("node's own request event never fires for what the replaced dispatch answers", async () => {
    using door = await openDoor({ onArrival: echo });
    let events = 0;
    door.server.on("request", () => events++);
    using client = await door.connect();
    await client.send(request("GET /a"));
    await client.until("/a");
    expect(events).toBe(0);
  });

  test("a taken port is an error event with the system's code", async () => {
    using door = await openDoor();
    const { createServer } = await import("node:http");
    const second = createServer();
    const code = new Promise((resolve) =>
      second.once("error", (error: NodeJS.ErrnoException) => resolve(error.code)),
    );
    second.listen(door.port, "127.0.0.1");
    expect(await code).toBe("EADDRINUSE");
  });

  test("the node socket of a dispatch is the one of the connection event and lives as long as the connection", async () => {
    using door = await openDoor({ onArrival: echo });
    using client = await door.connect();
    await client.send(request("GET /1"));
    await client.until("/1");
    await client.send(request("GET /2"));
    await client.until("/2");
    const [first, second] = door.arrivals;
    expect(door.connections).toHaveLength(1);
    expect(first?.nodeSocket === door.connections[0]).toBe(true);
    expect(second?.nodeSocket === first?.nodeSocket).toBe(true);
    const closed = new Promise<void>((resolve) => door.connections[0]?.once("close", () => resolve()));
    client.terminate();
    await closed;
  });

  test("the address is the client's", async () => {
    using door = await openDoor();
    using client = await door.connect();
    await client.send(request("GET /"));
    const { socket } = await door.arrival(0);
    expect(socket.remoteAddress).toEqual({
      address: "127.0.0.1",
      family: "IPv4",
      port: expect.any(Number),
    });
    expect(socket.localAddress).toEqual({ address: "127.0.0.1", family: "IPv4", port: door.port });
  });
});

describe("native http: what arrives", () => {
  const targets = ["/a/../b", "/%2e%2e/x?y=%zz#f", "//x", "/a\\b", "http://other/a/../b?c", "HTTP://O"];
  test.each(targets)("the target %s is given as it was sent", async (target) => {
    expect((await arrive(request(`GET ${target}`))).target).toBe(target);
  });

  test("CONNECT arrives like any method, for gw to refuse", async () => {
    const { method, target } = await arrive(request("CONNECT a.b:1"));
    expect({ method, target }).toEqual({ method: "CONNECT", target: "a.b:1" });
  });

  test("an upgrade arrives like any request", async () => {
    const fields = "Connection: upgrade\r\nUpgrade: websocket\r\n";
    expect((await arrive(request("GET /", fields))).fields).toContain("Upgrade");
  });

  test("fields keep order, spelling, repetition and Latin-1 bytes, and lose outer blanks", async () => {
    const { fields } = await arrive(
      "GET / HTTP/1.1\r\nhOsT: h\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\nE:\r\nL: caf\xe9\r\nW:  a\tb \r\nSet-Cookie: q\r\n\r\n",
    );
    expect(fields).toEqual(
      ["hOsT", "h", "X-B", "1", "x-a", "2", "X-B", "3", "E", "", "L", "caf\xe9", "W", "a\tb"].concat([
        "Set-Cookie",
        "q",
      ]),
    );
  });

  test("fields are undefined, not an empty list, when the request has none", async () => {
    expect((await arrive("GET / HTTP/1.0\r\n\r\n")).fields).toBeUndefined();
    expect((await arrive("GET / HTTP/1.1\r\n\r\n")).fields).toBeUndefined();
  });

  test("fields can be taken once, on the stack of the dispatch", async () => {
    let second: unknown = "not asked";
    let late: unknown = "not asked";
    await answered(request("GET /"), ({ response }) => {
      second = response.takeRawHeaders();
      queueMicrotask(() => {
        late = response.takeRawHeaders();
        response.writeHeadAndEnd(200, "OK", [], "");
      });
    });
    expect({ second, late }).toEqual({ second: undefined, late: undefined });
  });

  test("two Host lines arrive both, for gw to refuse", async () => {
    expect((await arrive(request("GET /", "Host: i\r\n"))).fields).toEqual(["Host", "h", "Host", "i"]);
  });

  const framings: [name: string, fields: string, bits: number, hasBody: boolean][] = [
    ["no framing", "", 0, false],
    ["Connection: close", "Connection: close\r\n", WANTS_CLOSE, false],
    ["close in a list", "Connection: keep-alive, close\r\n", WANTS_CLOSE, false],
    ["an empty body", "Content-Length: 0\r\n", HAS_LENGTH, false],
    ["a length", "Content-Length: 2\r\n", HAS_LENGTH, true],
    ["chunks", CHUNKED, HAS_TRANSFER_ENCODING, true],
    ["another coding", "Transfer-Encoding: gzip, chunked\r\n", HAS_TRANSFER_ENCODING, true],
    ["an empty coding", "Transfer-Encoding:\r\n", HAS_TRANSFER_ENCODING, false],
    ["an unknown coding", "Transfer-Encoding: identity\r\n", HAS_TRANSFER_ENCODING, true],
  ];
  test.each(framings)("%s is told by the bits", async (_name, fields, bits, hasBody) => {
    const arrival = await arrive(request("POST /", fields));
    const mask = WANTS_CLOSE | HAS_LENGTH | HAS_TRANSFER_ENCODING;
    expect({ bits: arrival.bits & mask, hasBody: arrival.hasBody }).toEqual({ bits, hasBody });
  });

  test("HTTP/1.0 is told, and its connection ends with the answer, keep-alive or not", async () => {
    expect((await arrive(HTTP10)).isHttp10).toBe(true);
    using door = await openDoor({ onArrival: echo });
    using client = await door.connect();
    await client.send("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    expect(await client.untilClosed()).toBe("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n/old");
  });
});

describe("native http: a whole answer", () => {
  type Row = [
    name: string,
    bytes: string,
    answer: Parameters<Arrival["response"]["writeHeadAndEnd"]>,
    string,
  ];
  const get = request("GET /");
  const head = request("HEAD /");
  const rows: Row[] = [
    ["a body gets its Content-Length", get, [200, "OK", [], "abc"], "200 OK|Content-Length: 3||abc"],
    ["a body may be bytes", get, [200, "OK", [], new Uint8Array([255])], "200 OK|Content-Length: 1||\xff"],
    ["text is sent as UTF-8", get, [200, "OK", [], "\xe9"], "200 OK|Content-Length: 2||\xc3\xa9"],
    ["an empty body gets length 0", get, [200, "OK", [], new Uint8Array(0)], "200 OK|Content-Length: 0||"],
    ["204 gets no length", get, [204, "No Content", [], undefined], "204 No Content||"],
    ["304 gets no length", get, [304, "Not Modified", [], undefined], "304 Not Modified||"],
    [
      "304 keeps the length that is given",
      get,
      [304, "Not Modified", ["Content-Length", "9"], undefined],
      "304 Not Modified|Content-Length: 9||",
    ],
    [
      "HEAD keeps the length that is given",
      head,
      [200, "OK", ["Content-Length", "9"], undefined],
      "200 OK|Content-Length: 9||",
    ],
    [
      "HEAD without a length is taken for an empty GET",
      head,
      [200, "OK", [], undefined],
      "200 OK|Content-Length: 0||",
    ],
    [
      "a HEAD with a body is sent with it: gw must not give one",
      head,
      [200, "OK", [], "abc"],
      "200 OK|Content-Length: 3||abc",
    ],
    [
      "a length that is given is sent, right or wrong",
      get,
      [200, "OK", ["Content-Length", "30"], "abc"],
      "200 OK|Content-Length: 30||abc",
    ],
    [
      "reason, spelling, order, repetition and Latin-1 are kept, and nothing is added",
      get,
      [200, "My Reason", ["set-cookie", "a", "X-\xe9", "\xe9", "SET-cookie", "b"], "abc"],
      "200 My Reason|set-cookie: a|X-\xe9: \xe9|SET-cookie: b|Content-Length: 3||abc",
    ],
    ["an empty reason is the usual one", get, [404, "", [], ""], "404 Not Found|Content-Length: 0||"],
    ["an unknown status has one too", get, [599, "", [], ""], "599 HM|Content-Length: 0||"],
    [
      "values are not checked: gw must",
      get,
      [200, "OK", ["X", "a\r\nY: b"], ""],
      "200 OK|X: a|Y: b|Content-Length: 0||",
    ],
  ];
  test.each(rows)("%s", async (_name, bytes, answer, expected) => {
    const [start, body] = expected.split("||");
    const sent = await answered(bytes, ({ response }) => response.writeHeadAndEnd(...answer));
    expect(sent).toBe(`HTTP/1.1 ${start?.replaceAll("|", "\r\n")}\r\n\r\n${body}`);
  });

  test("Connection: close among the fields does not close by itself", async () => {
    using door = await openDoor({
      onArrival: ({ response, target }) =>
        void response.writeHeadAndEnd(200, "OK", ["Connection", "close"], target),
    });
    using client = await door.connect();
    await client.send(request("GET /1"));
    await client.until("/1");
    await client.send(request("GET /2"));
    await client.until("/2");
  });

  test("writing after the end throws", async () => {
    const thrown: unknown[] = [];
    await answered(request("GET /"), ({ response }) => {
      response.writeHeadAndEnd(200, "OK", [], "");
      for (const act of [() => response.write(Buffer.from("x")), () => response.end()]) {
        try {
          act();
        } catch (error) {
          thrown.push((error as NodeJS.ErrnoException).code);
        }
      }
    });
    expect(thrown).toEqual(["ERR_STREAM_WRITE_AFTER_END", "ERR_STREAM_WRITE_AFTER_END"]);
  });
});

describe("native http: an answer in pieces", () => {
  /** Head, pieces and end as gw sends them. */
  const streamed = (bytes: string, fields: string[], pieces: string[], status = 200) =>
    answered(bytes, ({ response }) => {
      response.writeHead(status, "Mine", fields);
      response.flushHeaders();
      for (const piece of pieces) response.write(Buffer.from(piece));
      response.end();
    });

  test("flushHeaders sends the head before there is a first byte", async () => {
    using door = await openDoor({
      onArrival({ response }) {
        response.writeHead(200, "OK", ["A", "b"]);
        response.flushHeaders();
      },
    });
    using client = await door.connect();
    await client.send(request("GET /"));
    expect(await client.until("\r\n\r\n")).toBe(
      "HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
  });

  test("without a length it is chunked, and an empty piece does not end it", async () => {
    expect(await streamed(request("GET /"), [], ["ab", "", "cd"])).toBe(
      "HTTP/1.1 200 Mine\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n",
    );
  });

  test("with a length it is sent plain", async () => {
    expect(await streamed(request("GET /"), ["Content-Length", "4"], ["ab", "cd"])).toBe(
      "HTTP/1.1 200 Mine\r\nContent-Length: 4\r\n\r\nabcd",
    );
  });

  test("for HTTP/1.0 without a length it ends with the connection", async () => {
    expect(await streamed(HTTP10, [], ["ab", "cd"])).toBe("HTTP/1.1 200 Mine\r\n\r\nabcd");
  });

  test.each([204, 304])("%d has no body and no framing", async (status) => {
    expect(await streamed(request("GET /"), ["A", "b"], [], status)).toBe(
      `HTTP/1.1 ${status} Mine\r\nA: b\r\n\r\n`,
    );
  });

  test("HEAD without a length gets a last chunk, which the client would take for the next answer", async () => {
    expect(await streamed(request("HEAD /"), [], [])).toBe(
      "HTTP/1.1 200 Mine\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    );
  });

  test("HEAD with the field that node:http marks a bodiless answer with gets the head alone", async () => {
    expect(await streamed(request("HEAD /"), ["A", "b", "\0", "2"], [])).toBe(
      "HTTP/1.1 200 Mine\r\nA: b\r\n\r\n",
    );
  });

  test("writeContinue goes out at once, before the answer", async () => {
    using door = await openDoor({ onArrival: ({ response }) => response.writeContinue() });
    using client = await door.connect();
    await client.send(request("POST /", "Expect: 100-continue\r\nContent-Length: 3\r\n"));
    expect(await client.until("\r\n\r\n")).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    echo(await door.arrival(0));
    await client.until("Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n/");
  });

  test("writeInformational goes out at once, as it is given, and as often as wanted", async () => {
    using door = await openDoor();
    using client = await door.connect();
    await client.send(request("GET /"));
    const { response } = await door.arrival(0);
    const hints = "HTTP/1.1 103 Early Hints\r\nLink: <\xe9>\r\n\r\n";
    for (let n = 1; n <= 2; n++) {
      response.writeInformational(hints, "latin1");
      expect(await client.until(hints.repeat(n))).toBe(hints.repeat(n));
    }
    response.writeHeadAndEnd(200, "OK", [], "x");
    expect(await client.until("\r\n\r\nx")).toStartWith(`${hints}${hints}HTTP/1.1 200 OK\r\n`);
  });

  test("setResponseTrailers puts lines behind the last chunk of the response that ends next, and of no other", async () => {
    using door = await openDoor();
    using client = await door.connect();
    for (const [n, trailers] of ["A: \xe9\r\n", ""].entries()) {
      await client.send(request("GET /"));
      const { response, socket } = await door.arrival(n);
      response.writeHead(200, "OK", []);
      response.flushHeaders();
      response.write(Buffer.from(`${n}`));
      if (trailers) socket.setResponseTrailers(trailers);
      response.end();
      await client.until(`1\r\n${n}\r\n0\r\n${trailers}\r\n`);
    }
  });
});
