// The answer to a request for a file: which status, which fields, which bytes. Pure.

import type { Cause } from "../../../core/errors.ts";
import type { Coding } from "../../../http/content/content-codings.ts";
import {
  type ByteRange,
  contentRange,
  partHead,
  partsEnd,
  readRanges,
} from "../../../http/content/ranges.ts";
import { printHttpDate } from "../../../http/date.ts";
import { listValue } from "../../../http/fields.ts";
import { judgeConditions, mayHaveRange, type Validators } from "./conditionals.ts";

/** What there is to send. */
export type Representation = Validators & {
  size: number;
  contentType: string;
  coding: Coding | undefined;
  /** The fields of a request by which another form of it is sent. */
  varies: readonly string[];
  cacheControl: string | undefined;
};

/** Bytes as they are, or a range of the file's. */
export type BodyPart = Uint8Array | ByteRange;

export type FileReply =
  /** `length` of the body; that of a HEAD is not sent. */
  | { kind: "send"; status: 200 | 206; fields: string[]; length: number; parts: readonly BodyPart[] }
  | { kind: "bodiless"; status: 200 | 304; fields: string[]; length: number | undefined }
  | { kind: "refused"; cause: Cause; fields: string[] };

export type FileQuestion = {
  method: string;
  fields: readonly string[];
  /** Milliseconds since 1970. */
  nowMs: number;
  /** Stands in no file: it separates the parts of an answer that has several. */
  boundary: () => string;
};

/** For GET and HEAD. */
export function answerTo({ method, fields, nowMs, boundary }: FileQuestion, file: Representation): FileReply {
  const verdict = judgeConditions(fields, file, nowMs);
  if (verdict === "failed") return { kind: "refused", cause: "precondition_failed", fields: [] };
  const known = versionFields(file);
  if (verdict === "not modified") return { kind: "bodiless", status: 304, fields: known, length: undefined };
  const whole = [...known, ...contentFields(file)];
  if (method === "HEAD") return { kind: "bodiless", status: 200, fields: whole, length: file.size };
  const asked = listValue(fields, "range");
  const ranges =
    asked !== undefined && mayHaveRange(fields, file, nowMs) ? readRanges(asked, file.size) : undefined;
  if (ranges === undefined) return sendRanges(200, whole, [{ start: 0, end: file.size }]);
  if (ranges === "none")
    return {
      kind: "refused",
      cause: "range_not_satisfiable",
      fields: ["Content-Range", `bytes */${file.size}`],
    };
  const [first] = ranges;
  if (ranges.length > 1 || !first) return sendParts(known, file, ranges, boundary());
  return sendRanges(206, [...whole, "Content-Range", contentRange(first, file.size)], ranges);
}

function sendRanges(status: 200 | 206, fields: string[], ranges: readonly ByteRange[]): FileReply {
  const length = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  return { kind: "send", status, fields, length, parts: ranges };
}

function sendParts(
  known: string[],
  file: Representation,
  ranges: readonly ByteRange[],
  boundary: string,
): FileReply {
  const parts: BodyPart[] = ranges.flatMap((range) => [
    Buffer.from(partHead(boundary, file.contentType, range, file.size), "latin1"),
    range,
  ]);
  parts.push(Buffer.from(partsEnd(boundary), "latin1"));
  const length = parts.reduce((sum, part) => sum + lengthOf(part), 0);
  const fields = [
    ...known,
    ...codingFields(file),
    "Content-Type",
    `multipart/byteranges; boundary=${boundary}`,
  ];
  return { kind: "send", status: 206, fields, length, parts };
}

export const lengthOf = (part: BodyPart): number => ("start" in part ? part.end - part.start : part.length);

/** Those of a 304 as well (RFC 9110 section 15.4.5). */
function versionFields({ etag, modifiedAt, varies, cacheControl }: Representation): string[] {
  const fields = ["ETag", etag, "Last-Modified", printHttpDate(modifiedAt)];
  if (varies.length > 0) fields.push("Vary", varies.join(", "));
  if (cacheControl !== undefined) fields.push("Cache-Control", cacheControl);
  return fields;
}

const codingFields = ({ coding }: Representation) => [
  "Accept-Ranges",
  "bytes",
  ...(coding ? ["Content-Encoding", coding] : []),
];

const contentFields = (file: Representation) => ["Content-Type", file.contentType, ...codingFields(file)];

/** Of a part of the answer, where `content` is the whole file. */
export function bytesOf(part: BodyPart | undefined, content: Uint8Array): Uint8Array {
  if (!part) return content;
  return "start" in part ? content.subarray(part.start, part.end) : part;
}
