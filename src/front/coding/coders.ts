// Makes bytes smaller, on threads of the runtime: a whole body at once, or piece by piece with all of a piece's bytes behind
// it. There are so many at a time and no more: whoever comes then is sent the bytes as they are.

import { availableParallelism } from "node:os";
import {
  type BrotliOptions,
  brotliCompress,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  gzip,
  type ZlibOptions,
  type ZstdOptions,
  zstdCompress,
} from "node:zlib";
import { Turnstile } from "../../core/turnstile.ts";
import type { Coding } from "../../http/content/content-codings.ts";

/** What one keeps in memory is a quarter to half a megabyte, for as long as its answer lasts. */
const STREAMS_MOST = 128;
/** These are over in a moment, unless the threads cannot keep up. */
const WHOLES_MOST = 256;

/** The runtime has more threads than processors, for those who wait for disks. */
const atOnce = new Turnstile(Math.max(2, availableParallelism()));

/** Of whatever tells when it is done by a call. */
const inTurn = (act: (done: () => void) => void) =>
  void atOnce.take(() => new Promise<void>((resolve) => act(resolve)));

/** For answers that are made anew each time: what makes the result a little smaller yet costs a multiple. */
const BROTLI: BrotliOptions = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: 18 },
};
const ZSTD: ZstdOptions = {
  params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_windowLog]: 17 },
};
const GZIP: ZlibOptions = { level: 6 };

type Transform = ReturnType<typeof createGzip> | ReturnType<typeof createBrotliCompress>;

const STREAMS: Readonly<Record<Coding, () => { stream: Transform; flush: number }>> = {
  br: () => ({ stream: createBrotliCompress(BROTLI), flush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => ({ stream: createZstdCompress(ZSTD), flush: constants.ZSTD_e_flush }),
  gzip: () => ({ stream: createGzip(GZIP), flush: constants.Z_SYNC_FLUSH }),
};

type Done = (thrown: Error | null, result: Buffer) => void;

const WHOLES: Readonly<Record<Coding, (bytes: Uint8Array | string, done: Done) => void>> = {
  br: (bytes, done) => brotliCompress(bytes, BROTLI, done),
  zstd: (bytes, done) => zstdCompress(bytes, ZSTD, done),
  gzip: (bytes, done) => gzip(bytes, GZIP, done),
};

export class Coders {
  #streams = 0;
  #wholes = 0;

  /** False where it is not to be done now. `done`: with the result; undefined: it could not be made. */
  makeWhole(coding: Coding, body: Uint8Array | string, done: (result: Buffer | undefined) => void): boolean {
    if (this.#wholes >= WHOLES_MOST) return false;
    this.#wholes++;
    inTurn((isOver) =>
      WHOLES[coding](body, (thrown, result) => {
        isOver();
        this.#wholes--;
        done(thrown ? undefined : result);
      }),
    );
    return true;
  }

  /** Undefined: not now. Whoever gets one closes it. */
  open(coding: Coding): Coder | undefined {
    if (this.#streams >= STREAMS_MOST) return undefined;
    this.#streams++;
    return new Coder(coding, () => {
      this.#streams--;
    });
  }

  /** Streams that are open, and bodies under way. */
  get size(): number {
    return this.#streams + this.#wholes;
  }
}

/** For one call at a time: the next one only when `done` of the one before was called. */
export class Coder {
  readonly #stream: Transform;
  readonly #flush: number;
  readonly #onClose: () => void;
  #out: Buffer[] = [];
  #isClosed = false;
  /** Gives the turn to somebody else. */
  #isOver = () => {};
  /** Of the call under way. */
  #done: ((out: Buffer | undefined) => void) | undefined;

  constructor(coding: Coding, onClose: () => void) {
    const { stream, flush } = STREAMS[coding]();
    this.#stream = stream;
    this.#flush = flush;
    this.#onClose = onClose;
    stream.on("data", (piece: Buffer) => this.#out.push(piece));
    stream.on("error", () => this.#tell(undefined));
  }

  /** All that a reader needs to have these bytes; undefined: it has failed, and is of no further use. Not after `close`. */
  encode(bytes: Uint8Array, done: (out: Buffer | undefined) => void): void {
    this.#done = done;
    this.#inTurn(() => {
      this.#stream.write(bytes);
      this.#stream.flush(this.#flush, () => this.#tellAll());
    });
  }

  /** What comes behind the last bytes. */
  finish(done: (out: Buffer | undefined) => void): void {
    this.#done = done;
    this.#inTurn(() => {
      this.#stream.once("end", () => this.#tellAll());
      this.#stream.end();
    });
  }

  #inTurn(act: () => void): void {
    inTurn((isOver) => {
      this.#isOver = isOver;
      if (this.#isClosed) isOver();
      else act();
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#done = undefined;
    this.#out = [];
    this.#isOver();
    this.#stream.destroy();
    this.#onClose();
  }

  #tellAll(): void {
    const [first = EMPTY, ...more] = this.#out;
    this.#out = [];
    this.#tell(more.length === 0 ? first : Buffer.concat([first, ...more]));
  }

  #tell(out: Buffer | undefined): void {
    this.#isOver();
    const done = this.#done;
    this.#done = undefined;
    done?.(out);
  }
}

const EMPTY = Buffer.alloc(0);
