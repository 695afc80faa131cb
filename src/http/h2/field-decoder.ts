// Reads header blocks of HTTP/2 (HPACK, RFC 7541). Blocks of one connection are read in their order and each to its end, or the
// table is no longer the one that the other end keeps.

import { FIELD_OVERHEAD, FieldTable } from "./field-table.ts";
import { decodeHuffman } from "./huffman.ts";
import { staticField } from "./static-table.ts";

/** The block cannot be read. Later blocks of a connection with a table cannot be either. */
export class BlockProblem extends Error {}

/** A string of more bytes than this in its encoded form is refused before it is read; as an integer it has three bytes. */
const INTEGER_MOST = 2 ** 21;
const STATIC_FIELDS = 61;
const NOTHING = new Uint8Array(0);

export type FieldLimits = {
  /** Of one field: its name, its value and the two characters that HTTP/1.1 has between them. */
  lineMost: number;
  /** Of all fields, as RFC 9113 section 6.5.2 counts. */
  listMost: number;
};

export class FieldDecoder {
  readonly #tableMost: number;
  readonly #table: FieldTable;
  readonly #limits: FieldLimits;
  #block = NOTHING as Uint8Array;
  #at = 0;
  #end = 0;
  #fields: string[] = [];
  #listSize = 0;
  #overflow: string | undefined;

  /** `tableMost`: the size of the table that the other end was allowed. */
  constructor(tableMost: number, limits: FieldLimits) {
    this.#tableMost = tableMost;
    this.#table = new FieldTable(tableMost);
    this.#limits = limits;
  }

  /** What of the last block is over a limit, in words; fields beyond it were read over. */
  get overflow(): string | undefined {
    return this.#overflow;
  }

  /** Flat [name, value …] in the order of the block, pseudo-fields included. Throws BlockProblem. */
  read(block: Uint8Array, from: number, to: number): string[] {
    this.#block = block;
    this.#at = from;
    this.#end = to;
    this.#fields = [];
    this.#listSize = 0;
    this.#overflow = undefined;
    while (this.#at < to && ((block[this.#at] as number) & 0xe0) === 0x20) this.#takeSize();
    while (this.#at < to) this.#takeField();
    this.#block = NOTHING;
    return this.#fields;
  }

  /** A change of the table's size, allowed at the beginning of a block. */
  #takeSize(): void {
    const size = this.#integer(5);
    if (size > this.#tableMost)
      throw new BlockProblem(`a table of ${size} bytes, where ${this.#tableMost} are allowed`);
    this.#table.resize(size);
  }

  #takeField(): void {
    const first = this.#block[this.#at] as number;
    if (first & 0x80) {
      const index = this.#integer(7);
      const name = this.#nameOf(index);
      return this.#keep(name, this.#valueOf(index));
    }
    if ((first & 0xe0) === 0x20) throw new BlockProblem("the table changes in the middle of a header block");
    // With incremental indexing (01); without (0000) and never indexed (0001) are the same to who passes nothing on.
    const isIndexed = (first & 0x40) !== 0;
    const index = this.#integer(isIndexed ? 6 : 4);
    const name = index === 0 ? this.#string() : this.#nameOf(index);
    const value = this.#string();
    if (isIndexed) this.#table.add(name, value);
    this.#keep(name, value);
  }

  #keep(name: string, value: string): void {
    const { length } = name;
    if (length + value.length + 2 > this.#limits.lineMost)
      this.#overflow ??= `a header line of ${length + value.length + 2} bytes`;
    this.#listSize += length + value.length + FIELD_OVERHEAD;
    if (this.#listSize > this.#limits.listMost)
      this.#overflow ??= `more than ${this.#limits.listMost} bytes of header`;
    if (this.#overflow === undefined) this.#fields.push(name, value);
  }

  #nameOf(index: number): string {
    if (index > STATIC_FIELDS && index - STATIC_FIELDS <= this.#table.count)
      return this.#table.nameOf(index - STATIC_FIELDS - 1);
    const field = staticField(index);
    if (!field) throw new BlockProblem(`the header block refers to the field number ${index}`);
    return field.name;
  }

  /** Of an index whose name was found. */
  #valueOf(index: number): string {
    return index > STATIC_FIELDS
      ? this.#table.valueOf(index - STATIC_FIELDS - 1)
      : (staticField(index)?.value ?? "");
  }

  #string(): string {
    const isCompressed = this.#at < this.#end && ((this.#block[this.#at] as number) & 0x80) !== 0;
    const length = this.#integer(7);
    const from = this.#at;
    const to = from + length;
    if (to > this.#end) throw new BlockProblem("the header block ends in a string");
    this.#at = to;
    if (!isCompressed) return latin1(this.#block, from, to);
    const text = decodeHuffman(this.#block, from, to);
    if (text === undefined) throw new BlockProblem("a compressed string of the header block is none");
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
        throw new BlockProblem("a number of the header block is too large");
      if (byte < 128) return value;
    }
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new BlockProblem("the header block ends in a number");
    return this.#block[this.#at++] as number;
  }
}

const latin1 = (bytes: Uint8Array, from: number, to: number) =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
