// Which first line of what could not be read is shown, and that nothing of a head or a body is.
import { expect, test } from "bun:test";
import { lineInRead } from "../../../../src/front/door/http1/refused-line.ts";

const OVERFLOW = "HPE_HEADER_OVERFLOW";
const TOKEN = "HPE_INVALID_HEADER_TOKEN";
const METHOD = "HPE_INVALID_METHOD";
const long = `GET /${"a".repeat(600)}`;

test.each([
  ["GET /a?b HTTP/1.1\r\nX: y", OVERFLOW, false, "GET /a?b HTTP/1.1"],
  ["BREW http://a/b HTTP/1.1\r\nX : y\r\n\r\n", TOKEN, false, "BREW http://a/b HTTP/1.1"],
  [long, OVERFLOW, false, long.slice(0, 512)],
  // The parser was at a first line.
  ["SSH-2.0-x\r\n", METHOD, false, "SSH-2.0-x"],
  ["\x16\x03\x01", METHOD, false, "\x16\x03\x01"],
  // The middle of a head.
  ["secret; b=c\r\nX : y\r\n\r\n", TOKEN, false, ""],
  ["Bearer /secret\r\nX : y\r\n\r\n", TOKEN, false, ""],
  ["secret=".repeat(200), OVERFLOW, false, ""],
  ["GET /short", OVERFLOW, false, ""],
  // Behind another request: the end of a body may come before.
  ["GET /a HTTP/1.1\r\nX : y\r\n\r\n", TOKEN, true, "GET /a HTTP/1.1"],
  ["password=secret", METHOD, true, ""],
  ["GET /good HTTP/1.1\r\n\r\nGET /bad HTTP/1.1\r\nX : y\r\n\r\n", TOKEN, true, ""],
])("refused line: of %j (%s, behind another one: %p)", (read, code, hasAsked, line) => {
  expect(lineInRead(read, code, hasAsked)).toBe(line);
});
