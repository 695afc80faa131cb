// The frames of HTTP/2 (RFC 9113 sections 4 and 6): how they begin, and how a stream of bytes is cut into them. Pure.

export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

export const SETTING = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
  enableConnectProtocol: 8,
} as const;

/** Codes of RFC 9113 section 7, those that gw says. */
export const CODE = {
  noError: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  streamClosed: 5,
  frameSize: 6,
  refused: 7,
  cancel: 8,
  compression: 9,
  calm: 11,
} as const;

export const FRAME_HEAD = 9;
const TYPE_AT = 3;
/** The longest frame that is allowed to either side unless it says otherwise; gw does not. */
export const FRAME_MOST = 16_384;
export const WINDOW_MOST = 2 ** 31 - 1;
/** Windows begin with this, for connections always, for streams until the settings say otherwise. */
export const WINDOW_AT_FIRST = 65_535;

/** The connection is of no further use. `code` is what its other end is told. */
export class ConnectionProblem extends Error {
  readonly code: number;
  constructor(code: number, reason: string) {
    super(reason);
    this.code = code;
  }
}

export interface FrameSink {
  /**
   * One whole frame; its payload is `bytes` from `from` up to `to`. A DATA frame that does not come in one read is told as
   * several, which together say the same: a slow sender's bytes are taken as they come.
   */
  onFrame(type: number, flags: number, stream: number, bytes: Buffer, from: number, to: number): void;
}

export class FrameReader {
  readonly #sink: FrameSink;
  #held: Buffer | undefined;
  /** Of a DATA frame that has been told in part: bytes to come, its flags, its stream. */
  #left = 0;
  #flags = 0;
  #stream = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** A frame has begun, other than one of DATA, and its rest is still to come. */
  get isWithin(): boolean {
    return this.#held !== undefined && this.#held[TYPE_AT] !== FRAME.data;
  }

  /** Takes the next bytes. Throws ConnectionProblem for a frame that is too long, and what the sink throws. */
  push(chunk: Buffer): void {
    const bytes = this.#held ? Buffer.concat([this.#held, chunk]) : chunk;
    this.#held = undefined;
    let at = this.#left > 0 ? this.#goOn(bytes, 0) : 0;
    while (at + FRAME_HEAD <= bytes.length) {
      const length = (byteOf(bytes, at) << 16) | (byteOf(bytes, at + 1) << 8) | byteOf(bytes, at + 2);
      if (length > FRAME_MOST) throw new ConnectionProblem(CODE.frameSize, `a frame of ${length} bytes`);
      const from = at + FRAME_HEAD;
      const stream = word(bytes, at + 5) & 0x7fff_ffff;
      const type = byteOf(bytes, at + 3);
      const flags = byteOf(bytes, at + 4);
      if (from + length > bytes.length) {
        if (type !== FRAME.data || flags & FLAG.padded || from === bytes.length) break;
        this.#left = length;
        this.#flags = flags;
        this.#stream = stream;
        at = this.#goOn(bytes, from);
        break;
      }
      this.#sink.onFrame(type, flags, stream, bytes, from, from + length);
      at = from + length;
    }
    if (at < bytes.length) this.#held = at === 0 ? bytes : bytes.subarray(at);
  }

  /** Tells what is here of a DATA frame; where that ends. */
  #goOn(bytes: Buffer, from: number): number {
    const to = Math.min(bytes.length, from + this.#left);
    this.#left -= to - from;
    const flags = this.#left > 0 ? this.#flags & ~FLAG.endStream : this.#flags;
    this.#sink.onFrame(FRAME.data, flags, this.#stream, bytes, from, to);
    return to;
  }
}

const byteOf = (bytes: Uint8Array, at: number) => bytes[at] as number;

/** The 32 bits that begin here, as an unsigned number. */
export const word = (bytes: Uint8Array, at: number) =>
  ((byteOf(bytes, at) << 24) |
    (byteOf(bytes, at + 1) << 16) |
    (byteOf(bytes, at + 2) << 8) |
    byteOf(bytes, at + 3)) >>>
  0;

/** Writes the head of a frame and returns where its payload begins. */
export function putFrameHead(
  out: Uint8Array,
  at: number,
  length: number,
  type: number,
  flags: number,
  stream: number,
): number {
  out[at] = length >>> 16;
  out[at + 1] = (length >>> 8) & 0xff;
  out[at + 2] = length & 0xff;
  out[at + 3] = type;
  out[at + 4] = flags;
  return putWord(out, at + 5, stream);
}

export function putWord(out: Uint8Array, at: number, value: number): number {
  out[at] = value >>> 24;
  out[at + 1] = (value >>> 16) & 0xff;
  out[at + 2] = (value >>> 8) & 0xff;
  out[at + 3] = value & 0xff;
  return at + 4;
}

/** A frame whose payload is numbers of 32 bits. */
export function wordFrame(type: number, flags: number, stream: number, ...words: number[]): Uint8Array {
  const out = new Uint8Array(FRAME_HEAD + words.length * 4);
  let at = putFrameHead(out, 0, words.length * 4, type, flags, stream);
  for (const value of words) at = putWord(out, at, value);
  return out;
}

/** The answer to the ping whose payload this is. Throws ConnectionProblem. */
export function pingAnswer(bytes: Uint8Array, from: number, to: number): Uint8Array {
  if (to - from !== 8) throw new ConnectionProblem(CODE.frameSize, "a broken ping");
  return wordFrame(FRAME.ping, FLAG.ack, 0, word(bytes, from), word(bytes, from + 4));
}

/** A GOAWAY frame: the last stream that is served, why the connection ends, and that in words. */
export function goAwayFrame(last: number, code: number, reason = ""): Uint8Array {
  const words = Buffer.from(reason, "latin1");
  const out = new Uint8Array(FRAME_HEAD + 8 + words.length);
  const at = putFrameHead(out, 0, 8 + words.length, FRAME.goAway, 0, 0);
  out.set(words, putWord(out, putWord(out, at, last), code));
  return out;
}

/** A SETTINGS frame. */
export function settingsFrame(settings: readonly (readonly [id: number, value: number])[]): Uint8Array {
  const out = new Uint8Array(FRAME_HEAD + settings.length * 6);
  let at = putFrameHead(out, 0, settings.length * 6, FRAME.settings, 0, 0);
  for (const [id, value] of settings) {
    out[at] = id >>> 8;
    out[at + 1] = id & 0xff;
    at = putWord(out, at + 2, value);
  }
  return out;
}
