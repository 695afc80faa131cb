import { describe, expect, test } from "bun:test";
import { readAnswerHead } from "../../../src/upstream/h2/answer-head.ts";
import { AnswerProblem } from "../../../src/upstream/response-head.ts";
import { encodeFields } from "../../support/hpack.ts";

type Fields = [string, string][];
const read = (fields: Fields, isLast = false) => readAnswerHead(encodeFields(fields), 1024, isLast);
const reasonOf = (fields: Fields) => {
  try {
    read(fields);
    return "read";
  } catch (problem) {
    if (problem instanceof AnswerProblem) return `${problem.kind}: ${problem.message}`;
    throw problem;
  }
};

describe("answer head", () => {
  test("it is what the same head would be in HTTP/1.1, in the spelling of HTTP/1.1", () => {
    const fields: Fields = [
      [":status", "401"],
      ["content-length", "5"],
      ["www-authenticate", 'Basic realm="a, b"'],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["x-request-id", " 7 "],
      ["etag", '"1"'],
      ["date", "now"],
    ];
    expect(read(fields)).toEqual({
      status: 401,
      reason: "",
      fields: [
        ...["WWW-Authenticate", 'Basic realm="a, b"', "Set-Cookie", "a=1", "Set-Cookie", "b=2"],
        ...["X-Request-Id", "7", "ETag", '"1"', "Date", "now"],
      ],
      framing: "length",
      length: 5,
      persistent: true,
      dated: true,
    });
  });

  test.each([
    ["a body of unknown length", "200", [], false, ["chunked", -1]],
    ["a body of known length", "200", [["content-length", "7"]], false, ["length", 7]],
    ["no body", "200", [], true, ["length", 0]],
    [
      "no body, where a length says what GET would have got",
      "200",
      [["content-length", "7"]],
      true,
      ["length", 7],
    ],
    ["no body by rule", "204", [], true, ["none", -1]],
    ["no body by rule, with a length", "304", [["content-length", "7"]], true, ["none", 7]],
    ["an interim answer", "103", [], false, ["none", -1]],
  ] as [string, string, Fields, boolean, [string, number]][])("%s", (_, status, fields, isLast, framing) => {
    const head = read([[":status", status], ...fields], isLast);
    expect<unknown>([head.framing, head.length]).toEqual(framing);
  });

  test.each([
    ["no status", [["a", "b"]], "malformed: the header block does not begin with a status"],
    [
      "a status behind a field",
      [
        ["a", "b"],
        [":status", "200"],
      ],
      "malformed: the header block does not begin with a status",
    ],
    [
      "two statuses",
      [
        [":status", "200"],
        [":status", "200"],
      ],
      "malformed: the header block holds :status after its status",
    ],
    ["a status of two digits", [[":status", "20"]], "malformed: the status is not a number of three digits"],
    ["a status that does not exist", [[":status", "999"]], "malformed: the status 999 does not exist"],
    [
      "a field of requests",
      [
        [":status", "200"],
        [":path", "/"],
      ],
      "malformed: the header block holds :path after its status",
    ],
    [
      "capital letters",
      [
        [":status", "200"],
        ["X-A", "1"],
      ],
      "malformed: a header name has capital letters",
    ],
    [
      "a name that is no token",
      [
        [":status", "200"],
        ["x a", "1"],
      ],
      "malformed: a header name is not a token",
    ],
    [
      "a control character",
      [
        [":status", "200"],
        ["a", "b\r\nset-cookie: c"],
      ],
      "malformed: the header a holds a control character",
    ],
    [
      "a connection field",
      [
        [":status", "200"],
        ["connection", "close"],
      ],
      "malformed: the header connection has no place in HTTP/2",
    ],
    [
      "a transfer coding",
      [
        [":status", "200"],
        ["transfer-encoding", "chunked"],
      ],
      "malformed: the header transfer-encoding has no place in HTTP/2",
    ],
    [
      "two lengths",
      [
        [":status", "200"],
        ["content-length", "1"],
        ["content-length", "2"],
      ],
      "malformed: Content-Length is not one number",
    ],
    [
      "a block of too many lines",
      [[":status", "200"], ...new Array(10).fill(["a", "x".repeat(600)])],
      "header too large: more than 4096 bytes of header",
    ],
  ] as [string, Fields, string][])("%s is refused", (_, fields, reason) => {
    expect(reasonOf(fields)).toBe(reason);
  });

  test("values keep each of their bytes, but for the blanks around them", () => {
    // As UTF-8 two of them end in what is white space as a character of Latin-1.
    const texts = ["voilà", "caf\u00e9", "\u2005"].map((text) => Buffer.from(text).toString("latin1"));
    const fields: Fields = texts.map((text, at) => [`x-${at}`, ` \t${text} \t`]);
    expect(read([[":status", "200"], ...fields]).fields).toEqual(
      texts.flatMap((text, at) => [`X-${at}`, text]),
    );
  });

  test("gw's own fields do not get past", () => {
    expect(
      read([
        [":status", "200"],
        ["x-gw-visit", "1"],
      ]).fields,
    ).toEqual([]);
  });
});
