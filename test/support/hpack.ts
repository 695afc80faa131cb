// HPACK as a worker may write it: literal fields, plain or compressed.

import { HUFFMAN_LENGTHS } from "../../src/http/h2/huffman.ts";

const WORDS = words();

/** The words as text of zeros and ones, counted up in the order of their lengths (RFC 7541 section 5.2). */
function words(): string[] {
  const found: string[] = [];
  let code = -1n;
  let before = 0;
  for (let length = 1; length <= 30; length++) {
    HUFFMAN_LENGTHS.forEach((own, symbol) => {
      if (own !== length) return;
      code = (code + 1n) << BigInt(length - before);
      before = length;
      found[symbol] = code.toString(2).padStart(length, "0");
    });
  }
  return found;
}

export function encodeHuffman(text: string): Uint8Array {
  let bits = [...Buffer.from(text, "latin1")].map((byte) => WORDS[byte]).join("");
  bits += "1".repeat((8 - (bits.length % 8)) % 8);
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

/** An integer behind the `bits` lowest bits of its first byte, whose others are `first` (RFC 7541 section 5.1). */
export function encodeInteger(value: number, bits: number, first = 0): number[] {
  const most = 2 ** bits - 1;
  if (value < most) return [first | value];
  const bytes = [first | most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

export function encodeString(text: string, isCompressed = false): number[] {
  const bytes = isCompressed ? encodeHuffman(text) : Buffer.from(text, "latin1");
  return [...encodeInteger(bytes.length, 7, isCompressed ? 128 : 0), ...bytes];
}

/** Fields as literals without indexing, names spelled out. */
export function encodeFields(
  fields: readonly (readonly [string, string])[],
  isCompressed = false,
): Uint8Array {
  return Uint8Array.from(
    fields.flatMap(([name, value]) => [
      0,
      ...encodeString(name, isCompressed),
      ...encodeString(value, isCompressed),
    ]),
  );
}
