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

/**
 * Four bits at a time: for each inner node and each such number, the node where they lead (or the end of the code, which is no
 * text), and the symbol that they complete. Words have five bits and more, so that it is one at the most.
 */
const NEXT = new Int16Array((TREE.length / 2) * 16);
const SYMBOL = new Int16Array(NEXT.length).fill(-1);
const REFUSED = -1;
/** Nodes at which a string may end: less than eight bits, all of them ones, after its last whole word. */
const MAY_END = new Uint8Array(TREE.length / 2);

for (let node = 0; node < TREE.length / 2; node++) for (let bits = 0; bits < 16; bits++) walk(node, bits);
for (let node = 0, depth = 0; depth < 8; depth++) {
  MAY_END[node] = 1;
  node = TREE[node * 2 + 1] as number;
}

function walk(from: number, bits: number): void {
  let node = from;
  for (let shift = 3; shift >= 0 && node !== REFUSED; shift--) {
    const next = TREE[node * 2 + ((bits >>> shift) & 1)] as number;
    if (next < 0 && ~next !== END_OF_STRING) SYMBOL[from * 16 + bits] = ~next;
    node = next >= 0 ? next : ~next === END_OF_STRING ? REFUSED : 0;
  }
  NEXT[from * 16 + bits] = node;
}

/** Grows to the longest string so far, up to what no header block may hold. */
let text = Buffer.allocUnsafeSlow(1024);

/** The text, one Latin-1 character for each byte; undefined when the bytes are not a whole string of the code. */
export function decodeHuffman(bytes: Uint8Array, from: number, to: number): string | undefined {
  // The shortest words have five bits.
  const most = Math.ceil(((to - from) * 8) / 5);
  if (text.length < most) text = Buffer.allocUnsafeSlow(most * 2);
  let node = 0;
  let end = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    for (let shift = 4; shift >= 0; shift -= 4) {
      const step = node * 16 + ((byte >>> shift) & 15);
      const symbol = SYMBOL[step] as number;
      if (symbol >= 0) text[end++] = symbol;
      node = NEXT[step] as number;
      if (node === REFUSED) return undefined;
    }
  }
  return MAY_END[node] === 1 ? text.toString("latin1", 0, end) : undefined;
}
