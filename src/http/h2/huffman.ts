// The Huffman code of HPACK (RFC 7541 section 5.2 and appendix B), decoding only: what gw sends is never compressed. The
// code is canonical, so that the lengths of its words are all of it.

/** Bits of the code word of each byte, 0 to 255, and of the end-of-string symbol, 256. */
// biome-ignore format: sixteen to a line, as the appendix numbers them
export const HUFFMAN_LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
];
const END_OF_STRING = 256;

/** Two places for each inner node, for a 0 and for a 1: the next node, or ~symbol at the end of a word. */
const TREE = growTree();

function growTree(): Int16Array {
  const tree = [0, 0];
  const symbols = HUFFMAN_LENGTHS.map((_, symbol) => symbol).sort(
    (a, b) => (HUFFMAN_LENGTHS[a] as number) - (HUFFMAN_LENGTHS[b] as number) || a - b,
  );
  let code = 0;
  let before = 0;
  for (const symbol of symbols) {
    const length = HUFFMAN_LENGTHS[symbol] as number;
    code <<= length - before;
    before = length;
    plant(tree, code, length, symbol);
    code++;
  }
  return Int16Array.from(tree);
}

function plant(tree: number[], code: number, length: number, symbol: number): void {
  let node = 0;
  for (let bit = length - 1; bit > 0; bit--) {
    const at = node * 2 + ((code >>> bit) & 1);
    if (tree[at] === 0) {
      tree[at] = tree.length / 2;
      tree.push(0, 0);
    }
    node = tree[at] as number;
  }
  tree[node * 2 + (code & 1)] = ~symbol;
}

/** The text, one Latin-1 character for each byte; undefined when the bytes are not a whole string of the code. */
export function decodeHuffman(bytes: Uint8Array, from: number, to: number): string | undefined {
  let text = "";
  let node = 0;
  /** Bits since the last whole word, and whether all of them were ones. */
  let open = 0;
  let isOnes = true;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    for (let shift = 7; shift >= 0; shift--) {
      const bit = (byte >>> shift) & 1;
      const next = TREE[node * 2 + bit] as number;
      open++;
      if (bit === 0) isOnes = false;
      if (next >= 0) {
        node = next;
        continue;
      }
      if (~next === END_OF_STRING) return undefined;
      text += String.fromCharCode(~next);
      node = open = 0;
      isOnes = true;
    }
  }
  // The padding is the beginning of the end-of-string word, which is all ones, and shorter than a byte.
  return open < 8 && isOnes ? text : undefined;
}
