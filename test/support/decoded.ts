// What a client makes of bytes in a coding, as they come.
import { PassThrough } from "node:stream";
import { createBrotliDecompress, createGunzip, createZstdDecompress } from "node:zlib";
import type { Coding } from "../../src/http/content/content-codings.ts";
import { Watch } from "./watch.ts";

const READERS = { br: createBrotliDecompress, zstd: createZstdDecompress, gzip: createGunzip };

export class Decoded {
  readonly #reader: ReturnType<(typeof READERS)[Coding]> | PassThrough;
  readonly #watch = new Watch();
  #bytes = Buffer.alloc(0);
  #isWhole = false;
  #isEmpty = true;

  /** Without a coding they are what they are. */
  constructor(coding: Coding | undefined) {
    this.#reader = coding ? READERS[coding]() : new PassThrough();
    this.#reader.on("data", (piece: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, piece]);
      this.#watch.tell();
    });
    this.#reader.on("end", () => {
      this.#isWhole = true;
      this.#watch.tell();
    });
  }

  take(bytes: Uint8Array): void {
    this.#isEmpty = false;
    this.#reader.write(bytes);
  }

  /** Waits for so many bytes. */
  async until(length: number): Promise<Buffer> {
    await this.#watch.until(
      () => this.#bytes.length >= length || undefined,
      () => `${length} bytes, of which there are ${this.#bytes.length}`,
    );
    return this.#bytes;
  }

  /** Waits for the end that the bytes themselves have, where there are any. */
  async whole(): Promise<Buffer> {
    if (this.#isEmpty) return this.#bytes;
    this.#reader.end();
    await this.#watch.until(
      () => this.#isWhole || undefined,
      () => "an end",
    );
    return this.#bytes;
  }
}
