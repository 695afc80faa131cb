// What the runtime's parser refuses, in gw's words, and the bytes of the answer. Pure.

import { GwError } from "../../../core/errors.ts";
import { FIELDS_MOST, HEAD_BYTES_MOST } from "../../../core/requests/head-bounds.ts";
import { fieldLines } from "../../../http/fields.ts";
import type { RefusalAnswer } from "../door.ts";
import { lineInRead, SHOWN_BYTES } from "./refused-line.ts";

/** What the parser says of what it could not read. */
export type ParserRefusal = {
  /** For example HPE_HEADER_OVERFLOW. */
  code: string;
  reason: string;
  /** The first bytes of what was refused, as Latin-1 text. */
  bytes: string;
  /** Its first line, as far as that is known to be one; empty where it is not. */
  line: string;
  /** How many lines were read last; absent where nobody has counted. */
  lines?: number;
};

/**
 * Codes of the runtime: of bytes behind a request that closes the connection; of a head that is too large, or has too many fields, which it does not tell apart; and of one that is late.
 */
export const AFTER_CLOSE = "HPE_CLOSED_CONNECTION";
export const OVERFLOW = "HPE_HEADER_OVERFLOW";
export const TIMEOUT = "ERR_HTTP_REQUEST_TIMEOUT";

/** As the runtime's own server tells it. `rawPacket`: what was read last. */
export type ParserError = Error & { code?: string; rawPacket?: Buffer };

/** It has ended its connection, or its side of it, in the middle of a request. */
export const hasClientLeft = ({ code }: ParserError) =>
  code === "ECONNRESET" || code === "HPE_INVALID_EOF_STATE";

/** `hasAsked`: there was a request on the connection before. */
export function refusalOf({ code = "", message, rawPacket }: ParserError, hasAsked: boolean): ParserRefusal {
  return {
    code,
    reason: message.replace(/^Parse Error: /, ""),
    bytes: rawPacket?.toString("latin1", 0, SHOWN_BYTES) ?? "",
    line: lineInRead(rawPacket?.toString("latin1") ?? "", code, hasAsked),
    ...(code === OVERFLOW && { lines: linesOf(rawPacket) }),
  };
}

/** Line ends of a head, as far as it came with what was read last; behind it may be more. */
function linesOf(packet: Buffer | undefined): number {
  const head = packet?.toString("latin1", 0, HEAD_BYTES_MOST).split("\r\n\r\n", 1)[0] ?? "";
  return head.split("\r\n").length - 1;
}

const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64} /;

/** A whole line that is none of a request: that of another protocol. */
const OTHER_LINE = /^[^\r\n]*(?<! HTTP\/\d\.\d)\r?\n/;

/**
 * A request line that is right but for its version; the parser says the same of lines that are no such thing. The bytes
 * are those of the last read, which may have cut off the beginning: a version that is spoken here is never at fault.
 */
const VERSION = /^[^ \r\n]+ [^ \r\n]+ HTTP\/(?!1\.[01]\r)\d\.\d\r\n/;

/** The first bytes of a record of TLS: a handshake, version 3.x. */
const TLS_HANDSHAKE = "\x16\x03";

/** The error of a refusal; `OPTIONS *` is refused by the parser, but is a good request. */
export function errorOfRefusal({ code, reason, bytes, lines = 0 }: ParserRefusal): GwError {
  if (bytes.startsWith(TLS_HANDSHAKE)) return new GwError("tls_on_plain_port");
  switch (code) {
    case OVERFLOW:
      if (lines > FIELDS_MOST) return new GwError("too_many_fields", { most: FIELDS_MOST });
      return new GwError(isTargetTooLong(bytes) ? "target_too_long" : "request_head_too_large");
    case "HPE_INVALID_METHOD":
      return METHOD.test(bytes) && !OTHER_LINE.test(bytes)
        ? new GwError("method_not_implemented")
        : new GwError("malformed_request", { reason });
    case "HPE_INVALID_VERSION":
      return VERSION.test(bytes)
        ? new GwError("version_not_supported")
        : new GwError("malformed_request", { reason: "the request line is not one of HTTP/1.1" });
    case "HPE_PAUSED_H2_UPGRADE":
      return new GwError("version_not_supported");
    case TIMEOUT:
      return new GwError("request_timeout_client");
    default:
      return new GwError("malformed_request", { reason }, reason);
  }
}

/** The first line alone fills what was kept of the request, which is no more than the last read. */
const isTargetTooLong = (bytes: string) => METHOD.test(bytes) && !bytes.includes("\r\n");

const ASTERISK = /^OPTIONS \* HTTP\/1\.[01]\r\n(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\r\n\0]*\r\n)*\r\n/;

/** True for a well-formed `OPTIONS *`: a question to the server itself (RFC 9110 section 9.3.7). */
export function isServerOptions({ bytes }: ParserRefusal): boolean {
  return ASTERISK.test(bytes);
}

/** What may be asked for here, by the word of the server itself. */
export const SERVER_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

export function serverOptionsAnswer(date: string): string {
  return `HTTP/1.1 204 No Content\r\nAllow: ${SERVER_METHODS}\r\nDate: ${date}\r\nConnection: close\r\n\r\n`;
}

/** The bytes of an answer to what was refused. Nothing is read behind that. */
export function refusalBytes({ status, reason, fields, body }: RefusalAnswer, refused: string): string {
  const head = `HTTP/1.1 ${status} ${reason}\r\n${fieldLines(fields)}`;
  const end = `Connection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return head + end + (refused.startsWith("HEAD ") ? "" : body);
}
