import { expect, test } from "bun:test";
import {
  answerTo,
  type FileQuestion,
  lengthOf,
  type Representation,
} from "../../../../src/front/files/reply/answer.ts";

const FILE: Representation = {
  etag: '"a"',
  modifiedAt: Date.UTC(2024, 0, 2, 3, 4, 5),
  size: 1000,
  contentType: "text/plain; charset=utf-8",
  coding: undefined,
  varies: [],
  cacheControl: undefined,
};
const VERSION = ["ETag", '"a"', "Last-Modified", "Tue, 02 Jan 2024 03:04:05 GMT"];
const CONTENT = ["Content-Type", FILE.contentType, "Accept-Ranges", "bytes"];

function answer(fields: string[], changes: Partial<Representation & FileQuestion> = {}) {
  const asked = { method: "GET", fields, nowMs: Date.UTC(2024, 5, 1), boundary: () => "B", ...changes };
  return answerTo(asked, { ...FILE, ...changes });
}

test("the whole, a part, nothing new, and what is refused", () => {
  const whole = [...VERSION, ...CONTENT];
  expect(answer([])).toEqual({
    kind: "send",
    status: 200,
    fields: whole,
    length: 1000,
    parts: [{ start: 0, end: 1000 }],
  });
  expect(answer(["Range", "bytes=10-19"])).toEqual({
    kind: "send",
    status: 206,
    fields: [...whole, "Content-Range", "bytes 10-19/1000"],
    length: 10,
    parts: [{ start: 10, end: 20 }],
  });
  expect(answer(["If-None-Match", '"a"'])).toEqual({
    kind: "bodiless",
    status: 304,
    fields: VERSION,
    length: undefined,
  });
  expect(answer([], { method: "HEAD" })).toEqual({
    kind: "bodiless",
    status: 200,
    fields: whole,
    length: 1000,
  });
  expect(answer(["If-Match", '"b"'])).toMatchObject({ kind: "refused", cause: "precondition_failed" });
  expect(answer(["Range", "bytes=1000-"])).toEqual({
    kind: "refused",
    cause: "range_not_satisfiable",
    fields: ["Content-Range", "bytes */1000"],
  });
});

test("a range is of use to GET only, and to a client that has the same version", () => {
  expect(answer(["Range", "bytes=0-1"], { method: "HEAD" })).toMatchObject({ status: 200, length: 1000 });
  expect(answer(["Range", "bytes=0-1", "If-Range", '"b"'])).toMatchObject({ status: 200 });
  expect(answer(["Range", "bytes=0-1", "If-Range", '"a"'])).toMatchObject({ status: 206 });
  expect(answer(["Range", "bytes=0-1", "If-None-Match", '"a"'])).toMatchObject({ status: 304 });
  // Two readers might take another one of them.
  expect(answer(["Range", "bytes=0-1", "Range", "bytes=5-6"])).toMatchObject({ status: 200 });
});

test("a coding, what it depends on, and how long it holds are told with the file and with nothing new", () => {
  const changes = { coding: "br", varies: ["Accept-Encoding"], cacheControl: "no-cache" } as const;
  const told = ["Vary", "Accept-Encoding", "Cache-Control", "no-cache"];
  expect(answer([], changes)).toMatchObject({
    fields: [...VERSION, ...told, ...CONTENT, "Content-Encoding", "br"],
  });
  expect(answer(["If-None-Match", "*"], changes)).toMatchObject({ fields: [...VERSION, ...told] });
});

test("several parts have the length that is told", () => {
  const found = answer(["Range", "bytes=0-9,500-509"]);
  if (found.kind !== "send") throw new Error(found.kind);
  expect(found.fields).toContain("multipart/byteranges; boundary=B");
  expect(found.parts.reduce((sum, part) => sum + lengthOf(part), 0)).toBe(found.length);
  expect(found.parts.filter((part) => "start" in part)).toEqual([
    { start: 0, end: 10 },
    { start: 500, end: 510 },
  ]);
});
