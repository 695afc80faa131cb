// Reads a header block of HTTP/2 (HPACK, RFC 7541) that a worker wrote. gw has demanded a dynamic table of size 0, so that
// each block stands for itself: what refers to an entry, or would grow the table, breaks the rule. Pure.

import { decodeHuffman } from "../../http/h2/huffman.ts";
import { staticField } from "../../http/h2/static-table.ts";
import { AnswerProblem, malformed } from "../response-head.ts";

/** A string of more bytes than this in its encoded form is refused before it is read; as an integer it has three bytes. */
const INTEGER_MOST = 2 ** 21;

/** Flat [name, value …] in the order of the block, pseudo-fields included. Throws AnswerProblem. */
export function readHeaderBlock(block: Uint8Array, headerLineBytes: number): string[] {
  const reader = new BlockReader(block, headerLineBytes);
  const fields: string[] = [];
  let isFirst = true;
  while (!reader.isDone) {
    if (reader.takeSizeUpdate(isFirst)) continue;
    isFirst = false;
    reader.takeField(fields);
  }
  return fields;
}

class BlockReader {
  readonly #block: Uint8Array;
  readonly #lineMost: number;
  #at = 0;

  constructor(block: Uint8Array, lineMost: number) {
    this.#block = block;
    this.#lineMost = lineMost;
  }

  get isDone(): boolean {
    return this.#at >= this.#block.length;
  }

  /** A change of the table's size, allowed at the beginning, and to nothing but 0. */
  takeSizeUpdate(isAllowed: boolean): boolean {
    if (((this.#block[this.#at] as number) & 0xe0) !== 0x20) return false;
    if (!isAllowed || this.#integer(5) !== 0) throw malformed("the worker keeps a table of header fields");
    return true;
  }

  takeField(fields: string[]): void {
    const first = this.#block[this.#at] as number;
    if (first & 0x80) {
      const { name, value } = this.#known(this.#integer(7));
      fields.push(name, value);
      return;
    }
    // With incremental indexing (01), without (0000), never indexed (0001): the same to who keeps no table.
    const index = this.#integer(first & 0x40 ? 6 : 4);
    const name = index === 0 ? this.#string() : this.#known(index).name;
    const value = this.#string();
    const length = name.length + value.length + 2;
    if (length > this.#lineMost)
      throw new AnswerProblem("header too large", `a header line of ${length} bytes`);
    fields.push(name, value);
  }

  #known(index: number): { name: string; value: string } {
    const field = staticField(index);
    if (!field) throw malformed(`the header block refers to the field number ${index}`);
    return field;
  }

  #string(): string {
    const isCompressed = ((this.#block[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    const from = this.#at;
    const to = from + length;
    if (to > this.#block.length) throw malformed("the header block ends in a string");
    this.#at = to;
    if (!isCompressed) return latin1(this.#block, from, to);
    const text = decodeHuffman(this.#block, from, to);
    if (text === undefined) throw malformed("a compressed string of the header block is none");
    return text;
  }

  #integer(bits: number): number {
    const most = (1 << bits) - 1;
    let value = this.#byte() & most;
    if (value < most) return value;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * factor;
      if (value > INTEGER_MOST || factor > INTEGER_MOST)
        throw malformed("a number of the header block is too large");
      if (byte < 128) return value;
    }
  }

  #byte(): number {
    const byte = this.#block[this.#at++];
    if (byte === undefined) throw malformed("the header block ends in a number");
    return byte;
  }
}

const latin1 = (bytes: Uint8Array, from: number, to: number) =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
