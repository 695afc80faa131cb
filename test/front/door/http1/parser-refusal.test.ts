import { describe, expect, test } from "bun:test";
import {
  errorOfRefusal,
  isServerOptions,
  OVERFLOW,
  type ParserRefusal,
  refusalBytes,
  refusalOf,
  serverOptionsAnswer,
} from "../../../../src/front/door/http1/parser-refusal.ts";
import { readAnswer, valuesOf } from "../../../support/answer-reader.ts";

const refusal = (code: string, bytes: string): ParserRefusal => ({
  code,
  bytes,
  reason: "the reason",
  line: "",
});

describe("parser refusal: what it is called", () => {
  for (const [code, bytes, cause] of [
    ["HPE_HEADER_OVERFLOW", "GET / HTTP/1.1\r\nA: b", "request_head_too_large"],
    ["HPE_HEADER_OVERFLOW", `GET /${"a".repeat(500)}`, "target_too_long"],
    ["HPE_HEADER_OVERFLOW", "a".repeat(512), "request_head_too_large"],
    ["HPE_INVALID_METHOD", "BREW / HTTP/1.1\r\n", "method_not_implemented"],
    ["HPE_INVALID_METHOD", "GE(T / HTTP/1.1\r\n", "malformed_request"],
    ["HPE_INVALID_METHOD", "\x16\x03\x01", "tls_on_plain_port"],
    ["HPE_INVALID_METHOD", "EHLO a\r\n", "malformed_request"],
    ["HPE_INVALID_METHOD", "BREW /a b\r\n", "malformed_request"],
    ["HPE_INVALID_METHOD", `${"A".repeat(65)} / HTTP/1.1\r\n`, "malformed_request"],
    ["HPE_INVALID_VERSION", "GET / HTTP/2.0\r\n\r\n", "version_not_supported"],
    ["HPE_INVALID_VERSION", "GET / HTTP/1.1x\r\n\r\n", "malformed_request"],
    ["HPE_INVALID_VERSION", "GET /a b HTTP/1.1\r\n\r\n", "malformed_request"],
    ["HPE_INVALID_VERSION", "/a b HTTP/1.1\r\n", "malformed_request"],
    ["HPE_INVALID_VERSION", "/a HTTP/1.0 HTTP/1.0\r\n", "malformed_request"],
    ["HPE_PAUSED_H2_UPGRADE", "PRI * HTTP/2.0\r\n", "version_not_supported"],
    ["ERR_HTTP_REQUEST_TIMEOUT", "GET / HT", "request_timeout_client"],
    ["HPE_INVALID_HEADER_TOKEN", "GET / HTTP/1.1\r\na b: c\r\n", "malformed_request"],
    ["", "", "malformed_request"],
    ["constructor", "", "malformed_request"],
  ] as const) {
    test(`${code || "no code"} for ${JSON.stringify(bytes.slice(0, 24))} is ${cause}`, () => {
      const error = errorOfRefusal(refusal(code, bytes));
      expect(error.cause_).toBe(cause);
      expect(error.message).not.toMatch(/\{\w+\}/);
    });
  }
});

describe("parser refusal: what the runtime's own server tells", () => {
  const told = (code: string, rawPacket?: string) =>
    refusalOf(
      Object.assign(new Error("Parse Error: the reason"), {
        code,
        ...(rawPacket && { rawPacket: Buffer.from(rawPacket, "latin1") }),
      }),
      false,
    );
  const fields = (count: number) => `GET / HTTP/1.1\r\n${"A: b\r\n".repeat(count)}\r\n`;

  test("is shown in its first bytes", () => {
    expect(told("", "a".repeat(600))).toEqual({
      code: "",
      reason: "the reason",
      bytes: "a".repeat(512),
      line: "",
    });
    expect(told("HPE_X")).toEqual({ code: "HPE_X", reason: "the reason", bytes: "", line: "" });
  });

  test("is too many fields where so many lines have come, and else too large, whatever came behind the head", () => {
    for (const [packet, cause] of [
      [fields(200), "too_many_fields"],
      [fields(5), "request_head_too_large"],
      [`${fields(5)}${"\r\n".repeat(300)}`, "request_head_too_large"],
      [undefined, "request_head_too_large"],
    ] as const)
      expect(errorOfRefusal(told(OVERFLOW, packet)).cause_).toBe(cause);
  });
});

describe("parser refusal: OPTIONS *", () => {
  for (const [bytes, isIt] of [
    ["OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", true],
    ["OPTIONS * HTTP/1.0\r\n\r\n", true],
    ["OPTIONS * HTTP/1.1\r\nHost: a\r\nX-A: b c\r\n\r\nmore", true],
    ["OPTIONS * HTTP/1.1\r\nHost: a\r\n", false],
    ["OPTIONS * HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", false],
    ["OPTIONS * HTTP/1.1\r\nA b: a\r\n\r\n", false],
    ["OPTIONS * HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", false],
    ["OPTIONS * HTTP/1.2\r\n\r\n", false],
    ["OPTIONS / HTTP/1.1\r\n\r\n", false],
    ["options * HTTP/1.1\r\n\r\n", false],
    ["GET * HTTP/1.1\r\n\r\n", false],
    [" OPTIONS * HTTP/1.1\r\n\r\n", false],
  ] as const) {
    test(`${JSON.stringify(bytes)} is ${isIt ? "" : "not "}a question to the server`, () =>
      expect(isServerOptions(refusal("HPE_INVALID_URL", bytes))).toBe(isIt));
  }

  test("its answer is one whole response without a body", () => {
    const answer = readAnswer(serverOptionsAnswer("Thu, 01 Jan 2026 00:00:00 GMT"), "OPTIONS");
    expect([answer.status, answer.framing, answer.body]).toEqual([204, "none", ""]);
  });
});

describe("parser refusal: the answer", () => {
  const answer = { status: 400, reason: "Bad Request", fields: ["A", "b"], body: "pag\u00e9" };

  test("it is one whole response that ends the connection", () => {
    const read = readAnswer(refusalBytes(answer, "GET / HTTP/1.1\r\n"));
    expect([read.status, read.reason, read.framing]).toEqual([400, "Bad Request", "length"]);
    expect([valuesOf(read, "connection"), valuesOf(read, "a")]).toEqual([["close"], ["b"]]);
  });

  test("where HEAD was asked it has no body, and the length all the same", () => {
    const text = refusalBytes(answer, "HEAD / HTTP/1.1\r\n");
    expect(text.endsWith("\r\n\r\n")).toBe(true);
    expect(valuesOf(readAnswer(text, "HEAD"), "content-length")).toEqual(["5"]);
  });
});
