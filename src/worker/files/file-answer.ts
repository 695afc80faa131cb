// An answer that names a file in the place of its body: opened with the worker's own rights, and handed to the front where that
// takes it, or sent from here. Which part of it, by what the client asks and what the app has said of the length.

import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { resolve } from "node:path";
import { readCached } from "../../../ffi/files/open-beneath.ts";
import { GwError, reasonOf } from "../../core/errors.ts";
import { contentRange, readRanges } from "../../http/content/ranges.ts";
import { SENT_MOST } from "../../http/handed-file.ts";

/** What the app has said, beside the path. Names in lower case. `bodyBytes`: of the body that it gives and that is not sent; undefined: nobody knows. */
export type AppWord = {
  status: number;
  field(name: string): string | undefined;
  bodyBytes: number | undefined;
};
export type ClientWord = { method: string; field(name: string): string | undefined };

export type OpenedFile = {
  path: string;
  fd: number;
  start: number;
  /** Of the body. */
  length: number;
  /** What of it the file has. Where that is less, nobody is to take it for all. */
  available: number;
  status: number;
  /** Beside the app's own, or instead of them. */
  fields: Record<string, string>;
};

export const isShort = ({ available, length }: OpenedFile): boolean => available < length;

/** All of a body that is small, where the kernel has it in memory: no disk is waited for. Undefined: it is to be sent in another way. */
export function bytesAtHand({ fd, start, length }: OpenedFile): Uint8Array<ArrayBuffer> | undefined {
  if (length === 0 || length > SENT_MOST) return undefined;
  const bytes = new Uint8Array(new ArrayBuffer(length));
  return readCached(fd, bytes, start) === length ? bytes : undefined;
}

/** Throws a GwError in words for the app's author. `home`: where relative paths begin. The caller closes the descriptor. */
export function openAnswer(named: string, home: string, said: AppWord, asked: ClientWord): OpenedFile {
  const path = resolve(home, named);
  const { fd, size } = openRegular(path);
  // No more than the app has said; and where there is less, that ends in a cut.
  const length = lengthOf(said) ?? size;
  const available = Math.min(size, length);
  const fields: Record<string, string> = {};
  if (said.field("content-type") === undefined) fields["content-type"] = Bun.file(path).type;
  const whole = { path, fd, start: 0, length, available, status: said.status, fields };
  if (available < length || said.status !== 200 || said.field("content-range") !== undefined) return whole;
  fields["accept-ranges"] = "bytes";
  const range = rangeFor(asked, said, length);
  if (!range) return whole;
  fields["content-range"] = contentRange(range, length);
  const count = range.end - range.start;
  return { ...whole, start: range.start, length: count, available: count, status: 206 };
}

/** Frameworks count the body, which says nothing of the file. */
function lengthOf({ field, bodyBytes }: AppWord): number | undefined {
  const told = field("content-length");
  if (told === undefined || !/^\d{1,15}$/.test(told)) return undefined;
  return Number(told) === 0 || Number(told) === bodyBytes ? undefined : Number(told);
}

/** One range; several, and what the client may have another version for, are answered with the whole. */
function rangeFor({ method, field }: ClientWord, said: AppWord, size: number) {
  const [text, condition] = [field("range"), field("if-range")];
  const isSame = condition === undefined || (condition === said.field("etag") && condition.startsWith('"'));
  if (method !== "GET" || text === undefined || !isSame) return undefined;
  const ranges = readRanges(text, size);
  return typeof ranges === "object" && ranges.length === 1 ? ranges[0] : undefined;
}

function openRegular(path: string): { fd: number; size: number } {
  let fd: number;
  try {
    // A pipe without a writer would hold up everything.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    throw new GwError("answer_file", { path, reason: reasonOf(thrown) });
  }
  const stat = fstatSync(fd);
  if (stat.isFile()) return { fd, size: stat.size };
  closeSync(fd);
  throw new GwError("answer_file", { path, reason: "it is no regular file" });
}
