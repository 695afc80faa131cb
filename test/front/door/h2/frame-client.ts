// A client that sends exactly the frames that a test gives it, and writes down what comes.
import { FieldDecoder } from "../../../../src/http/h2/field-decoder.ts";
import { FLAG, FRAME, FrameReader, settingsFrame, word } from "../../../../src/http/h2/frames.ts";
import { frame, type SeenFrame } from "../../../support/h2-peer.ts";
import { encodeFields } from "../../../support/hpack.ts";
import { Watch } from "../../../support/watch.ts";
import { PREFACE } from "./h2-player.ts";

export type Pair = readonly [name: string, value: string];

/** What a request must have. */
export const GET: readonly Pair[] = [
  [":method", "GET"],
  [":scheme", "http"],
  [":path", "/"],
  [":authority", "h"],
];
export const POST: readonly Pair[] = [[":method", "POST"], ...GET.slice(1)];

/** A whole head; `flags` beside the end of the head. */
export const headers = (
  id: number,
  fields: readonly Pair[] = GET,
  flags: number = FLAG.endStream,
): Uint8Array => frame(FRAME.headers, FLAG.endHeaders | flags, id, encodeFields(fields));

export class FrameClient implements Disposable {
  readonly frames: SeenFrame[] = [];
  readonly watch = new Watch();
  isEnded = false;
  readonly #decoder = new FieldDecoder(4096, { lineMost: 1e6, listMost: 1e6 });
  /** Fields of the heads that have come, by stream. */
  readonly heads = new Map<number, string[]>();
  readonly #reader = new FrameReader({
    onFrame: (type, flags, stream, bytes, from, to) => {
      const payload = Buffer.from(bytes.subarray(from, to));
      this.frames.push({ type, flags, stream, payload });
      if (type === FRAME.headers)
        this.heads.set(stream, [...(this.heads.get(stream) ?? []), ...this.#decoder.read(bytes, from, to)]);
    },
  });
  #socket: Bun.Socket | undefined;
  #out = Buffer.alloc(0);

  /** `greets`: as a client should. */
  static async connect(port: number, greets = true, tls?: object): Promise<FrameClient> {
    const client = new FrameClient();
    const greeted = Promise.withResolvers<void>();
    client.#socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      allowHalfOpen: true,
      ...(tls && { tls }),
      socket: {
        ...(tls ? { handshake: () => greeted.resolve() } : { open: () => greeted.resolve() }),
        data: (_socket, bytes) => {
          client.#reader.push(Buffer.from(bytes));
          client.watch.tell();
        },
        drain: () => client.#flush(),
        end: (socket) => {
          client.#onEnd();
          socket.close();
        },
        close: () => client.#onEnd(),
        error: () => client.#onEnd(),
      },
    });
    await greeted.promise;
    if (greets) client.send(PREFACE, settingsFrame([]));
    return client;
  }

  #onEnd(): void {
    this.isEnded = true;
    this.watch.tell();
  }

  send(...frames: readonly Uint8Array[]): void {
    this.#out = Buffer.concat([this.#out, ...frames]);
    this.#flush();
  }

  #flush(): void {
    const sent = this.#socket?.write(this.#out) ?? 0;
    this.#out = this.#out.subarray(Math.max(sent, 0));
  }

  of(type: number, stream?: number): SeenFrame[] {
    return this.frames.filter((one) => one.type === type && (stream === undefined || one.stream === stream));
  }

  /** Codes of the goodbyes that have come. */
  get goodbyes(): number[] {
    return this.of(FRAME.goAway).map(({ payload }) => word(payload, 4));
  }

  resetOf(stream: number): number | undefined {
    const [first] = this.of(FRAME.reset, stream);
    return first && word(first.payload, 0);
  }

  bodyOf(stream: number): string {
    return Buffer.concat(this.of(FRAME.data, stream).map(({ payload }) => payload)).toString("latin1");
  }

  statusOf(stream: number): number | undefined {
    const head = this.heads.get(stream);
    return head && Number(head[1]);
  }

  hasAnswer(stream: number): boolean {
    return this.frames.some(
      ({ type, flags, stream: id }) =>
        id === stream && (type === FRAME.headers || type === FRAME.data) && (flags & FLAG.endStream) !== 0,
    );
  }

  until(isMet: () => boolean, what: string): Promise<true> {
    const seen = () => this.frames.map(({ type, stream }) => `${type}/${stream}`).join(" ");
    return this.watch.until(
      () => isMet(),
      () => `${what}; frames so far: ${seen()}`,
    );
  }

  untilAnswered(stream: number): Promise<true> {
    return this.until(() => this.hasAnswer(stream), `the answer on stream ${stream}`);
  }

  untilEnded(): Promise<true> {
    return this.until(() => this.isEnded, "the end of the connection");
  }

  leave(): void {
    this.#socket?.terminate();
  }

  /** Sends no more, and reads on. */
  halfClose(): void {
    this.#socket?.shutdown();
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  [Symbol.dispose](): void {
    this.leave();
  }
}
