// Which answers are made smaller, and what their fields then say.
import { describe, expect, test } from "bun:test";
import {
  type CompressibleHead,
  createTypeList,
  LEAST_BYTES,
  planCoding,
  unchangedFields,
} from "../../../src/http/content/compressing.ts";

const isWanted = createTypeList(["text/*", "*/json", "*+json"]);
const HTML = ["Content-Type", "text/html; charset=utf-8"];

const plan = (changes: Partial<CompressibleHead> = {}, accepted: string | undefined = "gzip") =>
  planCoding({ method: "GET", status: 200, fields: HTML, length: 5000, ...changes }, accepted, isWanted);

describe("compressing: which", () => {
  test.each<[string, Partial<CompressibleHead>]>([
    ["a part of a picture", { status: 206, fields: ["Content-Type", "image/png"] }],
    ["a part of little", { status: 206, fields: [...HTML, "Content-Range", "bytes 0-1/1000"] }],
    ["a part of something in a coding", { status: 206, fields: [...HTML, "Content-Encoding", "br"] }],
    ["no content", { status: 204 }],
    ["nothing new", { status: 304 }],
    ["too small", { length: LEAST_BYTES - 1 }],
    ["a type that only begins so", { fields: ["Content-Type", "textual/html"] }],
    ["a picture", { fields: ["Content-Type", "image/png"] }],
    ["of no type", { fields: [] }],
    ["events", { fields: ["content-type", "Text/Event-Stream;x=y"] }],
    ["with a coding", { fields: [...HTML, "Content-Encoding", "br"] }],
    ["with identity", { fields: [...HTML, "content-encoding", "identity"] }],
    ["a range by its field", { fields: [...HTML, "Content-Range", "bytes 0-1/2"] }],
    ["not to be changed", { fields: [...HTML, "Cache-Control", "private", "cache-control", "No-Transform"] }],
    ["with a digest", { fields: [...HTML, "Repr-Digest", "sha-256=:x:"] }],
  ])("compressing: %s stays as it is, for everybody", (_, changes) => {
    expect(plan(changes)).toBeUndefined();
  });

  test.each<[string, Partial<CompressibleHead>]>([
    ["an error page", { status: 500 }],
    ["of a length that nobody knows", { length: undefined }],
    ["just large enough", { length: LEAST_BYTES }],
    ["HEAD", { method: "HEAD" }],
    ["JSON", { fields: ["Content-Type", "application/json"] }],
    ["JSON of a kind", { fields: ["Content-Type", "application/problem+json"] }],
    ["a directive that only looks so", { fields: [...HTML, "Cache-Control", "x-no-transform"] }],
  ])("compressing: %s is sent smaller", (_, changes) => {
    expect(plan(changes)?.coding).toBe("gzip");
  });

  test.each<[string, string[]]>([
    ["a part", [...HTML, "Content-Range", "bytes 0-1/5000"]],
    ["a part of nobody knows how much", [...HTML, "Content-Range", "bytes 0-1/*"]],
    ["several parts", ["Content-Type", "multipart/byteranges; boundary=x"]],
  ])("compressing: %s stays as it is, and says that there are other forms of the whole", (_, fields) => {
    expect(plan({ status: 206, length: 2, fields })).toEqual({
      coding: undefined,
      fields: [...fields, "Vary", "Accept-Encoding"],
    });
  });

  test.each<[string | undefined, string | undefined]>([
    ["gzip, br, zstd", "br"],
    ["gzip;q=1, br;q=0.5", "gzip"],
    ["zstd, gzip;q=0.9", "zstd"],
    ["identity, gzip;q=0.5", undefined],
    ["gzip;q=0, br;q=0, zstd;q=0", undefined],
    ["deflate", undefined],
    ["*", "br"],
    ["", undefined],
  ])("compressing: a client that says %p gets %p", (accepted, coding) => {
    expect(plan({}, accepted)?.coding).toBe(coding as "br" | undefined);
  });
});

describe("compressing: what is said", () => {
  test("compressing: coding, Vary, a weak tag, no ranges", () => {
    const fields = [...HTML, "ETag", '"a"', "Accept-Ranges", "bytes", "X", "y"];
    expect(plan({ fields })?.fields).toEqual([
      ...[...HTML, "ETag", 'W/"a"', "X", "y"],
      ...["Vary", "Accept-Encoding", "Content-Encoding", "gzip"],
    ]);
    expect(plan({ fields: [...HTML, "etag", 'W/"a"'] })?.fields).toContain('W/"a"');
  });

  test("compressing: whoever takes none gets the same as ever, and caches are told", () => {
    const fields = [...HTML, "ETag", '"a"', "Accept-Ranges", "bytes"];
    expect(plan({ fields }, "identity")).toEqual({
      coding: undefined,
      fields: [...fields, "Vary", "Accept-Encoding"],
    });
  });

  test.each<[string[], string[]]>([
    [
      ["Vary", "Cookie"],
      ["Vary", "Cookie, Accept-Encoding"],
    ],
    [
      ["Vary", "Cookie", "vary", "Accept"],
      ["Vary", "Cookie, Accept-Encoding", "vary", "Accept"],
    ],
    [
      ["Vary", "*"],
      ["Vary", "*"],
    ],
    [
      ["Vary", "Cookie,accept-encoding"],
      ["Vary", "Cookie,accept-encoding"],
    ],
    [
      ["Vary", "X-Accept-Encoding"],
      ["Vary", "X-Accept-Encoding, Accept-Encoding"],
    ],
  ])("compressing: %j becomes %j", (given, said) => {
    expect(plan({ fields: [...HTML, ...given] }, "identity")?.fields).toEqual([...HTML, ...said]);
  });

  test("compressing: nothing new has the tag of the version that the client has", () => {
    const fields = ["ETag", '"a"'];
    const varied = (tag: string) => ["ETag", tag, "Vary", "Accept-Encoding"];
    const of = (given: readonly string[], known?: string) => unchangedFields(given, known, isWanted);
    expect(of(fields, 'W/"a"')).toEqual(varied('W/"a"'));
    expect(of(fields, '"a"')).toEqual(varied('"a"'));
    expect(of(fields)).toEqual(varied('"a"'));
    expect(of(["ETag", 'W/"a"'], 'W/"a"')).toEqual(varied('W/"a"'));
    for (const more of [
      ["Content-Type", "image/png"],
      ["Content-Encoding", "br"],
      ["Cache-Control", "no-transform"],
    ])
      expect(of([...fields, ...more], 'W/"a"')).toEqual([...fields, ...more]);
  });
});
