// What becomes of the fields of a request; what is malformed stands in rules.test.ts.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { checkTrailers, MalformedRequest, readRequest } from "../../../../src/front/door/h2/read-request.ts";

const BEGIN = [":method", "GET", ":scheme", "https", ":path", "/a%2F../b?c", ":authority", "example.org"];

test("it comes out as HTTP/1.1 would have it", () => {
  expect(readRequest([...BEGIN, "x-a", "1", "x-b", "2", "x-a", "3"], true)).toEqual({
    method: "GET",
    target: "/a%2F../b?c",
    fields: ["host", "example.org", "x-a", "1", "x-b", "2", "x-a", "3"],
    length: undefined,
    wantsWebSocket: false,
  });
});

test("the crumbs of a cookie become one field, where the first one stood", () => {
  const { fields } = readRequest(
    [...BEGIN, "cookie", "a=1", "x-a", "1", "cookie", "b=2", "cookie", "c=3"],
    true,
  );
  expect(fields).toEqual(["host", "example.org", "cookie", "a=1; b=2; c=3", "x-a", "1"]);
});

test.each([
  ["the authority", [":authority", "a:8443"], [], ["host", "a:8443"]],
  ["a Host", [], ["host", "b"], ["host", "b"]],
  ["both, which are one, as the authority spells it", [":authority", "A"], ["host", "a"], ["host", "A"]],
  ["none, which others judge", [], [], []],
] as const)("it is for %s", (_what, authority, host, expected) => {
  const { fields } = readRequest([...BEGIN.slice(0, 6), ...authority, ...host], true);
  expect(fields).toEqual([...expected]);
});

test("a length is told, and goes on", () => {
  expect(readRequest([...BEGIN, "content-length", "12"], false)).toMatchObject({
    length: 12,
    fields: ["host", "example.org", "content-length", "12"],
  });
});

test("CONNECT is for an authority alone", () => {
  expect(readRequest([":method", "CONNECT", ":authority", "a:1"], false)).toMatchObject({
    method: "CONNECT",
    target: "a:1",
    wantsWebSocket: false,
  });
});

test("a WebSocket is asked for as in HTTP/1.1, with a key of gw's own", () => {
  const asked = [
    ":method",
    "CONNECT",
    ":protocol",
    "websocket",
    ...BEGIN.slice(2),
    "sec-websocket-key",
    "mine",
    "origin",
    "o",
  ];
  const { method, wantsWebSocket, fields } = readRequest(asked, false);
  expect([method, wantsWebSocket, fields.slice(0, 5)]).toEqual([
    "GET",
    true,
    ["host", "example.org", "origin", "o", "sec-websocket-key"],
  ]);
  expect(Buffer.from(fields[5] ?? "", "base64")).toHaveLength(16);
  expect(() => readRequest(asked, true)).toThrow(MalformedRequest);
});

test("another protocol than WebSocket is a CONNECT that others refuse", () => {
  const asked = [":method", "CONNECT", ":protocol", "connect-udp", ...BEGIN.slice(2)];
  expect(readRequest(asked, false)).toMatchObject({ method: "CONNECT", wantsWebSocket: false });
});

test("names that clients make up do not fill the memory, and are judged alike each time", () => {
  for (let n = 0; n < 5000; n++) {
    expect(readRequest([...BEGIN, `x-${n}`, "1"], true).fields).toHaveLength(4);
    expect(() => readRequest([...BEGIN, `X-${n}`, "1"], true)).toThrow("capital letters");
  }
});

test("any fields are a request or malformed, and nothing that could be taken for two lines gets through", () => {
  const text = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    maxLength: 12,
  });
  const name = fc.oneof(
    text,
    fc.constantFrom(":method", ":path", ":scheme", ":authority", ":protocol", "host", "cookie", "te"),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, text)), fc.boolean(), (pairs, hasBegin) => {
      const given = [...(hasBegin ? BEGIN : []), ...pairs.flat()];
      try {
        const { method, target, fields } = readRequest(given, true);
        for (const one of [method, target, ...fields]) expect(one).not.toMatch(/[\r\n\0]/);
      } catch (problem) {
        expect(problem).toBeInstanceOf(MalformedRequest);
        expect((problem as Error).message).toMatch(/^[\x20-\x7e]+$/);
      }
    }),
  );
});

test("fields behind a body are checked, and end here", () => {
  checkTrailers(["x-sum", "7", "cookie", "a"]);
  for (const wrong of [
    ["content-length", "1"],
    [":path", "/"],
    ["X-A", "1"],
    ["te", "trailers"],
    ["host", "h"],
    ["x-a", "b\n"],
  ])
    expect(() => checkTrailers(wrong)).toThrow(MalformedRequest);
});
