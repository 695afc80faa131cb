import { describe, expect, test } from "bun:test";
import { AnswerProblem, parseHead, type ResponseHead } from "../../src/upstream/response-head.ts";

const LINE_MOST = 200;

const read = (...lines: string[]) => parseHead(lines.join("\r\n"), LINE_MOST);

function problemOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof AnswerProblem) return error.kind;
    throw error;
  }
  return "none";
}

const ok = (...fields: string[]) => read("HTTP/1.1 200 OK", ...fields);

describe("response head: what is read", () => {
  const base = {
    status: 200,
    reason: "OK",
    fields: [],
    framing: "close",
    length: -1,
    persistent: false,
    dated: false,
  };
  const kept = { ...base, framing: "length", length: 5, persistent: true };
  for (const [what, head, wanted] of [
    ["nothing but a status line: the body ends with the connection", () => ok(), base],
    [
      "a length that is promised, where less will come",
      () => ok("Content-Length: 5", "x-gw-promised: 9"),
      { ...kept, promised: 9 },
    ],
    ["a promise of what will come", () => ok("Content-Length: 5", "x-gw-promised: 5"), kept],
    ["a promise without a length", () => ok("x-gw-promised: 9"), base],
    ["a promise that is no number", () => ok("Content-Length: 5", "x-gw-promised: 9,9"), kept],
    [
      "fields that mean something in requests only are the app's own",
      () => ok("X-Forwarded-Prefix: /shop", "traceparent: 00-1", "Host: a", "Expect: b"),
      {
        ...base,
        fields: ["X-Forwarded-Prefix", "/shop", "traceparent", "00-1", "Host", "a", "Expect", "b"],
      },
    ],
    ["no reason", () => read("HTTP/1.1 200"), { ...base, reason: "" }],
    ["an empty reason", () => read("HTTP/1.1 200 "), { ...base, reason: "" }],
    [
      "a reason with any ASCII text",
      () => read("HTTP/1.1 299 D'accord\t!"),
      { ...base, status: 299, reason: "D'accord\t!" },
    ],
    ["a reason with other text has none", () => read("HTTP/1.1 200 \xe9"), { ...base, reason: "" }],
    ["a length", () => ok("Content-Length: 5"), kept],
    ["a length in any letter case, with space around it", () => ok("content-LENGTH: \t 5 \t"), kept],
    ["the same length twice", () => ok("Content-Length: 5", "Content-Length: 5"), kept],
    ["leading zeros", () => ok("Content-Length: 005"), kept],
    ["chunks", () => ok("Transfer-Encoding: Chunked"), { ...base, framing: "chunked", persistent: true }],
    [
      "a list with empty members",
      () => ok("Transfer-Encoding: , chunked"),
      { ...base, framing: "chunked", persistent: true },
    ],
    [
      "HTTP/1.0 is never kept",
      () => read("HTTP/1.0 200 OK", "Content-Length: 5"),
      { ...kept, persistent: false },
    ],
    ["Connection: close", () => ok("Connection: Close", "Content-Length: 5"), { ...kept, persistent: false }],
    [
      "close in a list",
      () => ok("Connection: x, close", "Content-Length: 5"),
      { ...kept, persistent: false },
    ],
    ["Connection: keep-alive", () => ok("Connection: keep-alive", "Content-Length: 5"), kept],
    [
      "204 has no body and no length",
      () => read("HTTP/1.1 204 No Content", "Content-Length: 5"),
      { ...base, status: 204, reason: "No Content", framing: "none", persistent: true },
    ],
    [
      "304 has no body, and the length of the one it stands for",
      () => read("HTTP/1.1 304 x", "Content-Length: 5"),
      { ...kept, status: 304, reason: "x", framing: "none" },
    ],
    [
      "304 with chunks has no body",
      () => read("HTTP/1.1 304 x", "Transfer-Encoding: chunked"),
      { ...base, status: 304, reason: "x", framing: "none", persistent: true },
    ],
    ["a Date", () => ok("date: now", "Content-Length: 5"), { ...kept, dated: true, fields: ["date", "now"] }],
    [
      "a Date that is nominated is none",
      () => ok("date: now", "Connection: date", "Content-Length: 5"),
      kept,
    ],
  ] as [string, () => ResponseHead, object][]) {
    test(what, () => expect(head()).toEqual(wanted as ResponseHead));
  }

  test("end-to-end fields pass in their order and spelling, repeated, empty and non-ASCII ones too", () => {
    const { fields } = ok(
      "Set-Cookie: a=1",
      "X-Empty:",
      "SET-COOKIE: b=2",
      'WWW-Authenticate: Basic realm="a, b"',
      "X-Odd:\xa0\xe9: \t",
    );
    expect(fields).toEqual([
      "Set-Cookie",
      "a=1",
      "X-Empty",
      "",
      "SET-COOKIE",
      "b=2",
      "WWW-Authenticate",
      'Basic realm="a, b"',
      "X-Odd",
      "\xa0\xe9:",
    ]);
  });

  test("lines of WWW-Authenticate that the worker's runtime has joined are separated as the worker says", () => {
    const { fields } = ok('www-authenticate: Basic realm="a, b", Bearer', "vary: a", "x-gw-challenges: 18,6");
    const lines = ["www-authenticate", 'Basic realm="a, b"', "www-authenticate", "Bearer"];
    expect(fields).toEqual([...lines, "vary", "a"]);
  });

  test("fields of one hop, nominated and reserved ones end here", () => {
    const { fields } = ok(
      ...["Connection: X-One, keep-alive", "x-one: 1", "Keep-Alive: timeout=5", "Upgrade: h2c", "Trailer: x"],
      ...[
        "Proxy-Authenticate: x",
        "X-Gw-Visit: forged",
        "x-gw-token: y",
        "TE: z",
        "Server: mine",
        "Content-Length: 0",
      ],
    );
    expect(fields).toEqual(["Server", "mine"]);
  });
});

describe("response head: what is refused", () => {
  for (const [what, act, kind] of [
    ["nothing", () => read(""), "malformed"],
    ["another protocol", () => read("ICY 200 OK"), "malformed"],
    ["another version", () => read("HTTP/2.0 200 OK"), "malformed"],
    ["lower case", () => read("http/1.1 200 OK"), "malformed"],
    ["space before the line", () => read(" HTTP/1.1 200 OK"), "malformed"],
    ["two spaces", () => read("HTTP/1.1  200 OK"), "malformed"],
    ["two digits", () => read("HTTP/1.1 20 OK"), "malformed"],
    ["four digits", () => read("HTTP/1.1 2000 OK"), "malformed"],
    ["a status of another world", () => read("HTTP/1.1 600 x"), "malformed"],
    ["status 099", () => read("HTTP/1.1 099 x"), "malformed"],
    ["a reason with a control character", () => read("HTTP/1.1 200 a\x1bb"), "malformed"],
    ["a bare CR in the status line", () => read("HTTP/1.1 200 OK\r"), "malformed"],
    ["a bare LF in the status line", () => read("HTTP/1.1 200 OK\nX: y"), "malformed"],
    ["a line without a colon", () => ok("abc"), "malformed"],
    ["an empty name", () => ok(": x"), "malformed"],
    ["a space before the colon", () => ok("A : x"), "malformed"],
    ["a folded line", () => ok("A: x", " y"), "malformed"],
    ["a line folded with a tab", () => ok("A: x", "\ty"), "malformed"],
    ["a name that is no token", () => ok("A(b): x"), "malformed"],
    ["a bare LF in a value", () => ok("A: x\nContent-Length: 3"), "malformed"],
    ["a bare LF before a value", () => ok("A: \nContent-Length: 3"), "malformed"],
    ["a bare LF behind a value", () => ok("A: x\n"), "malformed"],
    ["a bare CR behind a value", () => ok("A: x\r"), "malformed"],
    ["a bare CR behind a length", () => ok("Content-Length: 3\r"), "malformed"],
    ["a NUL", () => ok("A: \0"), "malformed"],
    ["an escape", () => ok("A: \x1b[2J"), "malformed"],
    ["a DEL", () => ok("A: \x7f"), "malformed"],
    ["two lengths", () => ok("Content-Length: 3", "Content-Length: 4"), "malformed"],
    ["a list of lengths", () => ok("Content-Length: 3, 3"), "malformed"],
    ["a negative length", () => ok("Content-Length: -1"), "malformed"],
    ["a length with a sign", () => ok("Content-Length: +1"), "malformed"],
    ["a hexadecimal length", () => ok("Content-Length: 0x1"), "malformed"],
    ["an empty length", () => ok("Content-Length:"), "malformed"],
    ["a length beyond counting", () => ok("Content-Length: 9999999999999999"), "malformed"],
    ["a length with a no-break space", () => ok("Content-Length: 1\xa0"), "malformed"],
    ["both framings", () => ok("Content-Length: 3", "Transfer-Encoding: chunked"), "malformed"],
    [
      "both framings, the other way",
      () => ok("Transfer-Encoding: chunked", "Content-Length: 3"),
      "malformed",
    ],
    ["another coding", () => ok("Transfer-Encoding: gzip"), "malformed"],
    ["two codings", () => ok("Transfer-Encoding: gzip, chunked"), "malformed"],
    ["chunked twice", () => ok("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), "malformed"],
    ["an empty coding", () => ok("Transfer-Encoding:"), "malformed"],
    ["an empty coding beside a length", () => ok("Transfer-Encoding: ,", "Content-Length: 3"), "malformed"],
    ["a coding with a vertical tab", () => ok("Transfer-Encoding: \x0bchunked"), "malformed"],
    [
      "both framings on a 204",
      () => read("HTTP/1.1 204 x", "Content-Length: 3", "Transfer-Encoding: chunked"),
      "malformed",
    ],
    ["a line over the limit", () => ok(`A: ${"x".repeat(LINE_MOST)}`), "header too large"],
    ["a line over the limit that has no colon", () => ok("x".repeat(LINE_MOST + 1)), "header too large"],
  ] as [string, () => unknown, string][]) {
    test(what, () => expect(problemOf(act)).toBe(kind));
  }

  test("a line at the limit passes", () => {
    expect(ok(`A: ${"x".repeat(LINE_MOST - 3)}`).fields[1]).toHaveLength(LINE_MOST - 3);
  });
});
