import { describe, expect, test } from "bun:test";
import {
  asksForWebSocket,
  codingFault,
  lengthFault,
} from "../../../../src/front/door/http1/request-rules.ts";

describe("request rules: who asks for a WebSocket", () => {
  const asked = { method: "GET", hasBody: false, isHttp10: false, fields: ["Upgrade", "websocket"] };

  test.each([
    ["GET, in any letter case", { fields: ["uPGRADE", "WebSocket"] }, true],
    ["another protocol", { fields: ["Upgrade", "h2c"] }, false],
    ["one of several", { fields: ["Upgrade", "websocket, h2c"] }, false],
    ["nothing", { fields: [] }, false],
    ["another method", { method: "POST" }, false],
    ["with a body", { hasBody: true }, false],
    ["in HTTP/1.0", { isHttp10: true }, false],
  ])("%s", (_, given, asks) => {
    expect(asksForWebSocket({ ...asked, ...given })).toBe(asks);
  });
});

describe("request rules: how a body is framed", () => {
  test.each([
    [["Content-Length", "5"], undefined],
    [["Content-Length-", "5", "Content-Lengths", "5"], undefined],
    [[], undefined],
    [["Content-Length", "5", "A", "1", "content-length", "5"], "the length of the body is told twice"],
    [["Content-Length", "5", "Content-Length", "6"], "the length of the body is told twice"],
  ] as [string[], string | undefined][])("%j: %p", (fields, fault) => {
    expect(lengthFault(fields)).toBe(fault as string);
  });

  const CODINGS = "the only transfer coding is chunked, once";
  test.each([
    [["Transfer-Encoding", "chunked"], false, undefined],
    [["A", "transfer-encoding", "transfer-encoding", "CHUNKED"], false, undefined],
    [["Transfer-Encoding", "chunked"], true, "a transfer coding in HTTP/1.0"],
    [["Transfer-Encoding", "gzip, chunked"], false, CODINGS],
    [["Transfer-Encoding", "chunked", "Transfer-Encoding", "chunked"], false, CODINGS],
    [["Transfer-Encoding", "identity"], false, CODINGS],
    [["Transfer-Encoding", ""], false, CODINGS],
  ] as [string[], boolean, string | undefined][])("%j, in HTTP/1.0: %p: %p", (fields, isHttp10, fault) => {
    expect(codingFault(fields, isHttp10)).toBe(fault as string);
  });
});
