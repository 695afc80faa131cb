// The fields that every HPACK decoder knows by number (RFC 7541 appendix A).

/** `name: value` or `name` for each number from 1 to 61. */
const ENTRIES = [
  ":authority",
  ...[":method: GET", ":method: POST", ":path: /", ":path: /index.html", ":scheme: http", ":scheme: https"],
  ...["200", "204", "206", "304", "400", "404", "500"].map((status) => `:status: ${status}`),
  ...["accept-charset", "accept-encoding: gzip, deflate", "accept-language", "accept-ranges", "accept"],
  ...["access-control-allow-origin", "age", "allow", "authorization", "cache-control", "content-disposition"],
  ...["content-encoding", "content-language", "content-length", "content-location", "content-range"],
  ...["content-type", "cookie", "date", "etag", "expect", "expires", "from", "host", "if-match"],
  ...["if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "last-modified", "link"],
  ...["location", "max-forwards", "proxy-authenticate", "proxy-authorization", "range", "referer", "refresh"],
  ...["retry-after", "server", "set-cookie", "strict-transport-security", "transfer-encoding", "user-agent"],
  ...["vary", "via", "www-authenticate"],
];

export type StaticField = { name: string; value: string };

const FIELDS: readonly StaticField[] = ENTRIES.map((entry) => {
  const end = entry.indexOf(": ");
  return end < 0 ? { name: entry, value: "" } : { name: entry.slice(0, end), value: entry.slice(end + 2) };
});

/** The field with this number, counted from 1; undefined beyond the table. */
export const staticField = (index: number): StaticField | undefined => FIELDS[index - 1];

const NUMBERS = new Map<string, number>();
for (const [at, { name }] of FIELDS.entries()) if (!NUMBERS.has(name)) NUMBERS.set(name, at + 1);

/** The number by which this lower-case name can be said; 0 without one. */
export const staticNumberOf = (name: string): number => NUMBERS.get(name) ?? 0;
