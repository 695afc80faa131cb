import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { HeadParser, type ParsedHead } from "../../../../src/front/door/raw/head-parser.ts";

const HEAD_BYTES = 4096;
const GET = "GET / HTTP/1.1\r\n";

/** Reads `text`, which comes in pieces that end at `cuts`. */
function read(text: string, cuts: readonly number[] = [], parser = new HeadParser(HEAD_BYTES)) {
  const inside = cuts.filter((cut) => cut > 0 && cut < text.length);
  let from = 0;
  for (const end of [...new Set([...inside, text.length])].sort((a, b) => a - b)) {
    const read = parser.read(Buffer.from(text.slice(from, end), "latin1"));
    if (typeof read !== "number") return { code: read.code, bytes: read.bytes };
    if (parser.head) return { head: { ...parser.head }, rest: text.slice(from + read) };
    from = end;
  }
  return { late: parser.refuseLate().bytes };
}

const cutsOf = fc.array(fc.nat({ max: 300 }), { maxLength: 20 });

describe("head parser", () => {
  const GOOD: [what: string, text: string, head: Partial<ParsedHead>][] = [
    [
      "fields as sent",
      `${GET}hOST: \xe4\r\nA:  b \r\na: c\r\n\r\n`,
      { fields: ["hOST", "\xe4", "A", "b", "a", "c"] },
    ],
    ["a target as sent", "GET http://a/%2e/../?x#y HTTP/1.1\r\n\r\n", { target: "http://a/%2e/../?x#y" }],
    ["a head without fields", `${GET}\r\n`, { method: "GET", fields: [], isKept: true, isHttp10: false }],
    ["HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", { isHttp10: true, isKept: false }],
    ["the wish to end", `${GET}Connection: close\r\n\r\n`, { isKept: false }],
    ["the wish to switch", `${GET}Connection: upgrade\r\nUpgrade: x\r\n\r\n`, { asksForUpgrade: true }],
    ["a length", "PUT / HTTP/1.1\r\ncontent-length: 0012\r\n\r\n", { length: 12, isCoded: false }],
    [
      "a coding",
      "PUT / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n",
      { isCoded: true, length: undefined },
    ],
    ["an uncommon method", "M-SEARCH / HTTP/1.1\r\n\r\n", { method: "M-SEARCH" }],
    ["a question to the server", "OPTIONS * HTTP/1.1\r\n\r\n", { method: "OPTIONS", target: "*" }],
  ];
  for (const [what, text, head] of GOOD)
    test(`reads ${what}, wherever it is cut`, () => {
      const behind = "GET";
      fc.assert(
        fc.property(cutsOf, (cuts) => {
          const got = read(text, cuts);
          expect(got.head).toMatchObject(head);
        }),
      );
      expect(read(text + behind).rest).toBe(behind);
    });

  const BAD: [what: string, text: string, code: string][] = [
    ["two spaces before the target", "GET  / HTTP/1.1\r\n\r\n", "HPE_INVALID_VERSION"],
    ["two spaces behind it", "GET /  HTTP/1.1\r\n\r\n", "HPE_INVALID_VERSION"],
    ["a space behind the version", "GET / HTTP/1.1 \r\n\r\n", "HPE_INVALID_VERSION"],
    ["HTTP/0.9", "GET /\r\n", "HPE_INVALID_VERSION"],
    ["another version", "GET / HTTP/1.2\r\n\r\n", "HPE_INVALID_VERSION"],
    ["another protocol with a version", "OPTIONS / RTSP/1.1\r\n\r\n", "HPE_INVALID_VERSION"],
    ["ICE", "SOURCE / ICE/1.0\r\n\r\n", "HPE_INVALID_VERSION"],
    ["an unknown method", "NONE / HTTP/1.1\r\n\r\n", "HPE_INVALID_METHOD"],
    ["a space before a colon", `${GET}A : b\r\n\r\n`, "HPE_INVALID_HEADER_TOKEN"],
    [
      "a length and a coding",
      `${GET}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      "HPE_INVALID_TRANSFER_ENCODING",
    ],
    ["two lengths", `${GET}Content-Length: 1\r\nContent-Length: 1\r\n\r\n`, "HPE_UNEXPECTED_CONTENT_LENGTH"],
    ["a head that is too large", `${GET}A: ${"b".repeat(HEAD_BYTES)}\r\n\r\n`, "HPE_HEADER_OVERFLOW"],
  ];
  for (const [what, text, code] of BAD)
    test(`refuses ${what}, wherever it is cut`, () => {
      fc.assert(fc.property(cutsOf, (cuts) => expect(read(text, cuts).code).toBe(code)));
    });

  test("reads any number of fields that its size allows: how many may be is judged behind the door", () => {
    fc.assert(
      fc.property(cutsOf, (cuts) => {
        const { head } = read(`${GET}${"A: b\r\n".repeat(201)}\r\n`, cuts);
        expect(head?.fields).toHaveLength(402);
      }),
    );
  });

  test("tells an endless first line from endless fields", () => {
    expect(read(`GET /${"a".repeat(HEAD_BYTES)}`).bytes).not.toContain("\r\n");
    expect(read(`GET /${"a".repeat(600)} HTTP/1.1\r\nA: ${"b".repeat(HEAD_BYTES)}`).bytes).toContain("\r\n");
  });

  test("shows what has come of a head that is late", () => {
    expect(read(`${GET}A: b`, [3, 9])).toEqual({ late: `${GET}A: b` });
  });

  test("reads one head after the other, also behind a refused one that was forgotten", () => {
    const parser = new HeadParser(HEAD_BYTES);
    for (let at = 0; at < 3; at++) {
      expect(read(`${GET}A: ${at}\r\n\r\n`, [5], parser).head?.fields).toEqual(["A", String(at)]);
      expect(read(`${GET}A : b\r\n`, [5], parser).code).toBe("HPE_INVALID_HEADER_TOKEN");
      parser.reset();
    }
  });
});
