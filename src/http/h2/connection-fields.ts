// Fields of HTTP/1.1 that are about its connection, which have no place in HTTP/2 (RFC 9113 section 8.2.2).

/** In lower case. */
export const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);
