// What HTTP/1.1 says of a request whose head a parser has let pass. Pure.

import { fieldValue } from "../../../http/fields.ts";

type AskedFor = { method: string; hasBody: boolean; isHttp10: boolean; fields: readonly string[] };

/**
 * Whether a request for another protocol is one for WebSocket. Others are not switched to: h2c would get past every rule
 * here. In HTTP/1.0 nobody can ask for any (RFC 9110 section 7.8).
 */
export function asksForWebSocket(request: AskedFor): boolean {
  if (request.hasBody || request.isHttp10 || request.method !== "GET") return false;
  return fieldValue(request.fields, "upgrade")?.toLowerCase() === "websocket";
}

/** What is wrong with a request that tells a length: it must be told once, even where it is the same (RFC 9112 section 6.3 allows both). */
export function lengthFault(fields: readonly string[]): string | undefined {
  let isTold = false;
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string;
    if (name.length !== CONTENT_LENGTH.length || name.toLowerCase() !== CONTENT_LENGTH) continue;
    if (isTold) return "the length of the body is told twice";
    isTold = true;
  }
  return undefined;
}

/** What is wrong with the transfer codings: it is chunked, once, and not in HTTP/1.0 (RFC 9112 section 6.1). The parser lets more through. */
export function codingFault(fields: readonly string[], isHttp10: boolean): string | undefined {
  if (isHttp10) return "a transfer coding in HTTP/1.0";
  const codings = fields.filter(
    (_, at) => at % 2 === 1 && fields[at - 1]?.toLowerCase() === TRANSFER_ENCODING,
  );
  const isRight = codings.length === 1 && codings[0]?.toLowerCase() === "chunked";
  return isRight ? undefined : "the only transfer coding is chunked, once";
}

const CONTENT_LENGTH = "content-length";
const TRANSFER_ENCODING = "transfer-encoding";
