// Ranges of bytes that a client asks for (RFC 9110 section 14), bounded against those who ask for the same bytes a hundred
// times. Pure.

/** Bytes from `start` up to but not with `end`. */
export type ByteRange = { start: number; end: number };

/** More of them are no honest client's; it gets the file as a whole. */
const RANGES_MOST = 32;
/** What lies closer than what stands between two parts of a multipart answer is sent in one. */
const GAP = 80;
const SPEC = /^(?:(\d+)-(\d*)|-(\d+))$/;

/**
 * The parts to send; undefined: the whole file, as without the field; "none": nothing of it can be sent. `size` of the file in
 * bytes.
 */
export function readRanges(text: string, size: number): readonly ByteRange[] | "none" | undefined {
  const [, list] = /^bytes=(.*)$/i.exec(text) ?? [];
  const specs = list?.split(",", RANGES_MOST + 1).map((one) => SPEC.exec(one.trim()));
  if (!specs || specs.length > RANGES_MOST) return undefined;
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    if (!spec) return undefined;
    const [, first = "", last = "", suffix = ""] = spec;
    if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
    const start = first === "" ? Math.max(0, size - Number(suffix)) : Number(first);
    const end = last === "" ? size : Math.min(Number(last) + 1, size);
    if (start < end) ranges.push({ start, end });
    // The last bytes of nothing are nothing, which has no range to name it by.
    else if (size === 0 && Number(suffix) > 0) return undefined;
  }
  if (ranges.length <= 1) return ranges.length === 0 ? "none" : ranges;
  const merged = merge(ranges);
  const total = merged.reduce((sum, { start, end }) => sum + end - start, 0);
  return total + merged.length * GAP >= size ? undefined : merged;
}

/** Those that overlap or nearly touch become one, in the place of the first of them. */
function merge(ranges: readonly ByteRange[]): ByteRange[] {
  const merged: ByteRange[] = [];
  for (const range of ranges) {
    let grown = range;
    let place = merged.length;
    // What has grown may reach others now.
    for (let at = nearTo(merged, grown); at >= 0; at = nearTo(merged, grown)) {
      const [other = grown] = merged.splice(at, 1);
      grown = { start: Math.min(grown.start, other.start), end: Math.max(grown.end, other.end) };
      place = Math.min(place, at);
    }
    merged.splice(place, 0, grown);
  }
  return merged;
}

const nearTo = (ranges: readonly ByteRange[], { start, end }: ByteRange) =>
  ranges.findIndex((other) => start <= other.end + GAP && other.start <= end + GAP);

export const contentRange = ({ start, end }: ByteRange, size: number): string =>
  `bytes ${start}-${end - 1}/${size}`;

/** Before each part of a multipart answer, and behind the last one (RFC 9110 section 14.6). */
export const partHead = (boundary: string, contentType: string, range: ByteRange, size: number): string =>
  `\r\n--${boundary}\r\nContent-Type: ${contentType}\r\nContent-Range: ${contentRange(range, size)}\r\n\r\n`;
export const partsEnd = (boundary: string): string => `\r\n--${boundary}--\r\n`;
