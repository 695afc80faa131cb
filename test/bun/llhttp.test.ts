// What front/door/raw relies on of the runtime's own parser, which is not documented.
import { describe, expect, test } from "bun:test";
import { HTTPParser } from "node:_http_common";

const HEAD_BYTES = 1024;
const STOP = 2;

function parser(answer: number = STOP) {
  const heads: unknown[][] = [];
  const parts: unknown[][] = [];
  const native = new HTTPParser();
  native[HTTPParser.kOnHeaders] = (...told: unknown[]) => void parts.push(told);
  native[HTTPParser.kOnHeadersComplete] = (...told: unknown[]) => {
    heads.push(told);
    return answer;
  };
  const begin = () => native.initialize(HTTPParser.REQUEST, {}, HEAD_BYTES, 0);
  begin();
  return { heads, parts, begin, read: (text: string) => native.execute(Buffer.from(text, "latin1")) };
}

describe("llhttp", () => {
  test("tells version, fields as sent, method by number, target, and what the head says of the connection", () => {
    const { heads, read } = parser();
    read("POST /a%20b?c HTTP/1.1\r\nhOST: \xe4\r\nA: 1\r\na: 2\r\nConnection: close\r\n\r\n");
    const fields = ["hOST", "\xe4", "A", "1", "a", "2", "Connection", "close"];
    expect(heads).toEqual([[1, 1, fields, 3, "/a%20b?c", undefined, undefined, false, false]]);
  });

  test("stops behind the head where that is answered, and says how far it has read", () => {
    const { heads, read, begin } = parser();
    const head = "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n";
    expect(read(`${head}bodyGET`)).toBe(head.length);
    begin();
    expect(read("GET / HTTP/1.0\r\n\r\nmore")).toBe("GET / HTTP/1.0\r\n\r\n".length);
    expect(heads.map(([major, minor]) => [major, minor])).toEqual([
      [1, 1],
      [1, 0],
    ]);
  });

  test("takes a head in any pieces", () => {
    const { heads, read } = parser();
    for (const byte of "GET /x HTTP/1.1\r\nA: b\r\n\r\n") expect(read(byte)).toBe(1);
    expect(heads).toHaveLength(1);
  });

  test("tells of many fields in parts, and of the target with the first one", () => {
    const { heads, parts, read } = parser();
    const lines = Array.from({ length: 40 }, (_, at) => `A${at}: b\r\n`).join("");
    read(`GET /x HTTP/1.1\r\n${lines}\r\n`);
    const told = parts.flatMap(([fields]) => fields as string[]);
    expect(told).toHaveLength(80);
    expect(parts[0]?.[1]).toBe("/x");
    expect(heads[0]?.[2]).toBeUndefined();
  });

  const CODES: [text: string, code: string][] = [
    [`GET / HTTP/1.1\r\nA: ${"b".repeat(HEAD_BYTES)}\r\n\r\n`, "HPE_HEADER_OVERFLOW"],
    ["NONE / HTTP/1.1\r\n\r\n", "HPE_INVALID_METHOD"],
    ["GET / HTTP/2.1\r\n\r\n", "HPE_INVALID_VERSION"],
    ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HPE_PAUSED_H2_UPGRADE"],
    ["GET / HTTP/1.1\r\nA : b\r\n\r\n", "HPE_INVALID_HEADER_TOKEN"],
    ["GET / HTTP/1.1\nA: b\r\n\r\n", "HPE_INVALID_VERSION"],
  ];
  for (const [text, code] of CODES)
    test(`says ${code}`, () => {
      expect(parser().read(text)).toHaveProperty("code", code);
    });
});
