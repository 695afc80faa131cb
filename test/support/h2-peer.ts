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

type OneConnection = { socket: Socket<OneConnection>; reader: FrameReader; isBegun: boolean };

/** What came is in one list, whichever connection it came on; a test of one connection need not ask. */
export class H2Peer implements Disposable {
  readonly path: string;
  readonly watch = new Watch();
  readonly frames: SeenFrame[] = [];
  /** Bytes of each read. */
  readonly reads: number[] = [];
  opened = 0;
  /** A connection has ended. */
  isClosed = false;
  readonly #temp = makeTempDir();
  readonly #listener: Bun.UnixSocketListener<OneConnection>;
  readonly #connections: OneConnection[] = [];

  constructor(settings: readonly (readonly [number, number])[] = []) {
    this.path = join(this.#temp.path, "w.sock");
    this.#listener = Bun.listen<OneConnection>({
      unix: this.path,
      socket: {
        open: (socket) => {
          socket.data = { socket, reader: this.#newReader(), isBegun: false };
          this.#connections.push(socket.data);
          this.opened++;
          socket.write(settingsFrame(settings));
          this.watch.tell();
        },
        data: (socket, bytes) => this.#onBytes(socket.data, bytes),
        close: (socket) => {
          this.#connections.splice(this.#connections.indexOf(socket.data), 1);
          this.isClosed = true;
          this.watch.tell();
        },
        error() {},
      },
    });
  }

  /** Open now. */
  get open(): number {
    return this.#connections.length;
  }

  #newReader(): FrameReader {
    return new FrameReader({
      onFrame: (type, flags, stream, bytes, from, to) =>
        this.frames.push({ type, flags, stream, payload: Buffer.from(bytes.subarray(from, to)) }),
    });
  }

  #onBytes(connection: OneConnection, bytes: Buffer): void {
    this.reads.push(bytes.length);
    let rest = bytes;
    if (!connection.isBegun) {
      if (bytes.toString("latin1", 0, PREFACE.length) !== PREFACE) throw new Error("no preface");
      connection.isBegun = true;
      rest = bytes.subarray(PREFACE.length);
    }
    connection.reader.push(Buffer.from(rest));
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

  /** On the connection that was opened last and is still there. */
  send(...frames: readonly Uint8Array[]): void {
    this.#connections.at(-1)?.socket.write(Buffer.concat(frames));
  }

  /** Leaves what comes in the socket. */
  pause(): void {
    this.#connections.at(-1)?.socket.pause();
  }

  resume(): void {
    this.#connections.at(-1)?.socket.resume();
  }

  /** Ends the worker's side alone. */
  end(): void {
    this.#connections.at(-1)?.socket.shutdown();
  }

  terminate(): void {
    this.#connections.at(-1)?.socket.terminate();
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
