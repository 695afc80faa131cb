// A worker that speaks HTTP/2 in frames: it records what it gets and sends what the test says, right or wrong.
import { join } from "node:path";
import type { Socket } from "bun";
import { FLAG, FRAME, FrameReader, putFrameHead, settingsFrame } from "../../src/http/h2/frames.ts";
import { readHeaderBlock } from "../../src/upstream/h2/header-block.ts";
import { encodeFields } from "./hpack.ts";
import { makeTempDir } from "./temp-dir.ts";
import { Watch } from "./watch.ts";

export type SeenFrame = { type: number; flags: number; stream: number; payload: Buffer };

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

export class H2Peer implements Disposable {
  readonly path: string;
  readonly watch = new Watch();
  readonly frames: SeenFrame[] = [];
  /** Bytes of each read. */
  readonly reads: number[] = [];
  opened = 0;
  isClosed = false;
  readonly #temp = makeTempDir();
  readonly #listener: Bun.UnixSocketListener<undefined>;
  readonly #reader = new FrameReader({
    onFrame: (type, flags, stream, bytes, from, to) =>
      this.frames.push({ type, flags, stream, payload: Buffer.from(bytes.subarray(from, to)) }),
  });
  #socket: Socket<undefined> | undefined;
  #isBegun = false;

  constructor(settings: readonly (readonly [number, number])[] = []) {
    this.path = join(this.#temp.path, "w.sock");
    this.#listener = Bun.listen<undefined>({
      unix: this.path,
      socket: {
        open: (socket) => {
          this.#socket = socket;
          this.opened++;
          socket.write(settingsFrame(settings));
        },
        data: (_socket, bytes) => this.#onBytes(bytes),
        close: () => {
          this.isClosed = true;
          this.watch.tell();
        },
        error() {},
      },
    });
  }

  #onBytes(bytes: Buffer): void {
    this.reads.push(bytes.length);
    let rest = bytes;
    if (!this.#isBegun) {
      if (bytes.toString("latin1", 0, PREFACE.length) !== PREFACE) throw new Error("no preface");
      this.#isBegun = true;
      rest = bytes.subarray(PREFACE.length);
    }
    this.#reader.push(Buffer.from(rest));
    this.watch.tell();
  }

  /** Streams whose heads have come, in their order. */
  get requests(): { stream: number; fields: string[]; isLast: boolean }[] {
    return this.of(FRAME.headers).map(({ stream, payload, flags }) => ({
      stream,
      fields: readHeaderBlock(payload, 1e6),
      isLast: (flags & FLAG.endStream) !== 0,
    }));
  }

  of(type: number): SeenFrame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  bodyOf(stream: number): Buffer {
    return Buffer.concat(
      this.of(FRAME.data)
        .filter((frame) => frame.stream === stream)
        .map(({ payload }) => payload),
    );
  }

  until(condition: () => boolean, what: string): Promise<unknown> {
    return this.watch.until(
      condition,
      () => `${what}; frames so far: ${this.frames.map(({ type }) => type)}`,
    );
  }

  send(...frames: readonly Uint8Array[]): void {
    this.#socket?.write(Buffer.concat(frames));
  }

  terminate(): void {
    this.#socket?.terminate();
  }

  [Symbol.dispose](): void {
    this.#listener.stop(true);
    this.#temp[Symbol.dispose]();
  }
}

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array | string = "",
): Uint8Array {
  const bytes = typeof payload === "string" ? Buffer.from(payload, "latin1") : payload;
  const out = new Uint8Array(9 + bytes.length);
  out.set(bytes, putFrameHead(out, 0, bytes.length, type, flags, stream));
  return out;
}

/** The head of an answer; `flags` beside that it is whole. */
export const head = (
  stream: number,
  fields: readonly (readonly [string, string])[] = [],
  flags = 0,
): Uint8Array =>
  frame(FRAME.headers, FLAG.endHeaders | flags, stream, encodeFields([[":status", "200"], ...fields]));

/** A piece of a body. */
export const data = (stream: number, text: string | Uint8Array, isLast = false): Uint8Array =>
  frame(FRAME.data, isLast ? FLAG.endStream : 0, stream, text);
