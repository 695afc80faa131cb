import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FIELDS_MOST, WORKER_FIELDS_MOST } from "../../../src/core/requests/head-bounds.ts";
import { withField } from "../../../src/http/fields.ts";
import { readHeaderBlock } from "../../../src/upstream/h2/header-block.ts";
import { listSizeOf, putRequestBlock } from "../../../src/upstream/h2/request-block.ts";
import type { RequestHead } from "../../../src/upstream/request-head.ts";

const headOf = (given: Partial<RequestHead> = {}): RequestHead => ({
  method: "GET",
  target: "/",
  host: "a.test",
  fields: [],
  visit: ["facts"],
  body: undefined,
  ...given,
});

/** What the worker reads of it. */
function seen(head: RequestHead): string[] {
  const size = listSizeOf(head);
  const out = Buffer.alloc(size + 10, 0xff);
  const end = putRequestBlock(out, 10, head);
  expect(end - 10).toBeLessThanOrEqual(size);
  return readHeaderBlock(out.subarray(10, end), 1_000_000);
}

const BASE = [
  ":method",
  "GET",
  ":scheme",
  "http",
  ":path",
  "/",
  ":authority",
  "a.test",
  "x-gw-visit",
  "facts",
];

describe("request block", () => {
  test("what gw knows is one value, in however many pieces it comes", () => {
    const piece = fc.string({ unit: fc.constantFrom("a", " ", "@", "\xe9"), maxLength: 60 });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (visit) => {
        expect(seen(headOf({ visit }))).toEqual(seen(headOf({ visit: [visit.join("")] })));
      }),
    );
  });

  test("it says what the request is, whom it is for, and what gw knows of it", () => {
    expect(seen(headOf())).toEqual(BASE);
    expect(seen(headOf({ method: "PURGE", target: "/a?b", body: 3 }))).toEqual([
      ...[":method", "PURGE", ":scheme", "http", ":path", "/a?b", ":authority", "a.test"],
      ...["x-gw-visit", "facts", "content-length", "3"],
    ]);
    expect(seen(headOf({ method: "POST", body: "chunked" })).slice(0, 2)).toEqual([":method", "POST"]);
  });

  test.each([
    ["a field of the client", ["Accept-Language", "de"], ["accept-language", "de"]],
    ["a name that no table has", ["X-Odd_Name", "1"], ["x-odd_name", "1"]],
    ["repeated fields, in their order", ["A", "1", "B", "2", "A", "3"], ["a", "1", "b", "2", "a", "3"]],
    ["bytes beyond ASCII", ["A", "\xe9\xff"], ["a", "\xe9\xff"]],
    ["framing and Host", ["Host", "b", "Content-Length", "9", "Transfer-Encoding", "chunked"], []],
    ["what ends at each hop", ["TE", "trailers", "Keep-Alive", "1", "Upgrade", "h2c", "Proxy", "x"], []],
    ["gw's own", ["X-Gw-Visit", "forged"], []],
    [
      "what the client nominates for this hop",
      ["Connection", "close, X-Hop", "X-Hop", "1", "X-Stays", "2"],
      ["x-stays", "2"],
    ],
    [
      "where the client says that the app is mounted",
      ["X-Forwarded-Prefix", "/a"],
      ["x-forwarded-prefix", "/a"],
    ],
  ])("%s", (_, fields, passed) => {
    expect(seen(headOf({ fields }))).toEqual([...BASE, ...passed]);
  });

  test("a mount of gw's replaces what the client says of it", () => {
    const fields = ["X-Forwarded-Prefix", "/forged", "X_Forwarded_Prefix", "/forged"];
    expect(seen(headOf({ fields, prefix: "/shop" }))).toEqual([...BASE, "x-forwarded-prefix", "/shop"]);
  });

  test("the trace that gw has it in replaces what the client says of its own, which passes otherwise", () => {
    const fields = ["Traceparent", "00-c-d-01", "tracestate", "x=y"];
    const passed = ["traceparent", "00-c-d-01", "tracestate", "x=y"];
    expect(seen(headOf({ fields }))).toEqual([...BASE, ...passed]);
    const own = (tracestate: string | undefined) =>
      seen(headOf({ fields, trace: { traceparent: "00-a-b-01", tracestate } })).slice(BASE.length);
    expect(own("v=1")).toEqual(["traceparent", "00-a-b-01", "tracestate", "v=1"]);
    expect(own(undefined)).toEqual(["traceparent", "00-a-b-01"]);
  });

  test("any fields fit into what was said of their size, and arrive as they were", () => {
    const name = fc.stringMatching(/^x-[a-z0-9]{1,80}$/);
    const value = fc.string({
      unit: fc.integer({ min: 32, max: 255 }).map((code) => String.fromCharCode(code)),
      maxLength: 400,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), value, (pairs, target) => {
        const fields = pairs.filter(([own]) => !own.startsWith("x-gw")).flat();
        expect(seen(headOf({ fields, target: `/${target}` })).slice(BASE.length)).toEqual(fields);
      }),
    );
  });

  test("with the most fields that a client may send, and all that gw adds, there are no more than a worker takes", () => {
    const own = { prefix: "/shop", body: 7, trace: { traceparent: "00-1-2-01", tracestate: undefined } };
    const fields = ["host", "a", ...Array.from({ length: FIELDS_MOST - 1 }, () => ["x-a", "b"]).flat()];
    const all = seen(headOf({ ...own, fields: withField(fields, "X-Remote-User", "u") }));
    // Besides the host three say what HTTP/1.1 has in its first line.
    expect(all.length / 2 - 3).toBeLessThanOrEqual(WORKER_FIELDS_MOST);
  });
});
