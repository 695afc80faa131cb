// The request line of what a parser could not read, for who is told of it. What is not known to be one is not told: a read may hold
// the middle of a head or of a body, and with it a client's secrets. Pure.

/** Of what was refused, for who is told of it. */
export const SHOWN_BYTES = 512;

/** As far as it was kept. */
export const firstLine = (bytes: string): string => bytes.split(/\r?\n/, 1)[0] ?? "";

/** What the runtime's own parser says of a first line, and of nothing else. */
const OF_LINES: ReadonlySet<string> = new Set([
  ...["HPE_INVALID_METHOD", "HPE_INVALID_URL", "HPE_INVALID_CONSTANT", "HPE_INVALID_VERSION"],
  "HPE_PAUSED_H2_UPGRADE",
]);

const WHOLE = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64} (?:\/|\*|https?:\/\/)\S* HTTP\/\d\.\d$/;
/** Fills all that is shown. */
const CUT = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \/\S*$/;
const HEAD_END = "\r\n\r\n";

/**
 * Out of what was read last, in Latin-1: that may lack the beginning of the request, or hold earlier ones. `hasAsked`: there was a
 * request on the connection before.
 */
export function lineInRead(read: string, code: string, hasAsked: boolean): string {
  const line = firstLine(read.slice(0, SHOWN_BYTES));
  if (!hasAsked && OF_LINES.has(code)) return line;
  const end = read.indexOf(HEAD_END);
  if (hasAsked && end >= 0 && end < read.length - HEAD_END.length) return "";
  return WHOLE.test(line) || (line.length === SHOWN_BYTES && CUT.test(line)) ? line : "";
}
