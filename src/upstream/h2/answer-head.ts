// The head of an answer over HTTP/2, from its header block to what the front needs to know (RFC 9113 section 8.3). Pure.

import { CONNECTION_FIELDS } from "../../http/h2/connection-fields.ts";
import {
  AnswerProblem,
  HeadDraft,
  malformed,
  passesBehindBody,
  type ResponseHead,
  trimSpace,
} from "../response-head.ts";
import { readHeaderBlock } from "./header-block.ts";

/** Names in the spelling that HTTP/1.1 clients are used to; HTTP/2 knows small letters only. */
const SPELLINGS = new Map([
  ["etag", "ETag"],
  ["www-authenticate", "WWW-Authenticate"],
  ["te", "TE"],
  ["dnt", "DNT"],
  ["content-md5", "Content-MD5"],
  ["x-xss-protection", "X-XSS-Protection"],
]);
const SPELLED_MOST = 1024;

/**
 * The head that a header block holds. `isLast`: nothing follows it. A head with a status below 200 is not the answer yet.
 * Throws AnswerProblem: the block breaks a rule, or is longer than `headerLineBytes` for a line and four times that in all.
 */
export function readAnswerHead(block: Uint8Array, headerLineBytes: number, isLast: boolean): ResponseHead {
  const fields = readBounded(block, headerLineBytes);
  if (fields[0] !== ":status") throw malformed("the header block does not begin with a status");
  const status = fields[1] as string;
  if (!/^\d{3}$/.test(status)) throw malformed("the status is not a number of three digits");
  const draft = new HeadDraft(false);
  for (let i = 2; i < fields.length; i += 2) take(draft, fields[i] as string, fields[i + 1] as string);
  return framed(draft.finish(Number(status), "", !isLast), isLast);
}

/** The fields behind a body that go on to the client, flat [name, value …]. Throws AnswerProblem, as for a head. */
export function readTrailers(block: Uint8Array, headerLineBytes: number): string[] {
  const fields = readBounded(block, headerLineBytes);
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    const value = trimSpace(fields[i + 1] as string);
    checkName(name);
    if (passesBehindBody(name, value)) kept.push(spelled(name), value);
  }
  return kept;
}

function readBounded(block: Uint8Array, headerLineBytes: number): string[] {
  const fields = readHeaderBlock(block, headerLineBytes);
  if (sizeOf(fields) > headerLineBytes * 4)
    throw new AnswerProblem("header too large", `more than ${headerLineBytes * 4} bytes of header`);
  return fields;
}

function take(draft: HeadDraft, name: string, value: string): void {
  checkName(name);
  draft.take(name, trimSpace(value), spelled(name));
}

function checkName(name: string): void {
  if (name.startsWith(":")) throw malformed(`the header block holds ${name} after its status`);
  if (/[A-Z]/.test(name)) throw malformed("a header name has capital letters");
  if (CONNECTION_FIELDS.has(name)) throw malformed(`the header ${name} has no place in HTTP/2`);
}

/** Without a length the body ends where its stream does, which is said to the client by chunks. */
function framed(head: ResponseHead, isLast: boolean): ResponseHead {
  if (head.framing === "none") return head;
  const persistent = true;
  if (!isLast) return head.framing === "length" ? head : { ...head, framing: "chunked", persistent };
  return head.framing === "length" ? head : { ...head, framing: "length", length: 0, persistent };
}

function sizeOf(fields: readonly string[]): number {
  let size = 0;
  for (const text of fields) size += text.length + 2;
  return size;
}

function spelled(name: string): string {
  const known = SPELLINGS.get(name);
  if (known !== undefined) return known;
  const text = name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
  if (SPELLINGS.size < SPELLED_MOST && name.length <= 64) SPELLINGS.set(name, text);
  return text;
}
