// The HTTP/2 of a scripted worker. Each stream is shown to the test as if it were a connection of HTTP/1.1 with one request: the
// test writes an answer of HTTP/1.1, and what leaves are frames. It is as strict with what comes as RequestReader is.
import {
  FLAG,
  FRAME,
  FrameReader,
  SETTING,
  settingsFrame,
  word,
  wordFrame,
} from "../../src/http/h2/frames.ts";
import { readHeaderBlock } from "../../src/upstream/h2/header-block.ts";
import { AnswerCutter, type AnswerPart } from "./answer-cutter.ts";
import { frame } from "./h2-peer.ts";
import { encodeFields } from "./hpack.ts";
import type { RequestSink, SeenHead } from "./request-reader.ts";

export const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const WINDOW = 65_535;
const FRAME_MOST = 16_384;
const INTERNAL_ERROR = 2;

/** What a session needs of the connection that it runs on, and of the worker. */
export interface SessionHost {
  /** Resolves when the kernel has taken the bytes, or the connection is gone. */
  send(bytes: Uint8Array): Promise<void>;
  end(): void;
  terminate(): void;
  /** A stream begins; what comes on it is told there. */
  onStream(stream: ScriptedStream): RequestSink;
  onChange(): void;
}

export class ScriptedSession {
  readonly host: SessionHost;
  readonly #streams = new Map<number, ScriptedStream>();
  readonly #reader = new FrameReader({
    onFrame: (type, flags, id, bytes, from, to) =>
      this.#onFrame(type, flags, id, Buffer.from(bytes.subarray(from, to))),
  });
  #preface = "";
  #sending = Promise.resolve();
  /** Of new streams: what the front takes of each before it asks for more. */
  #window = WINDOW;

  constructor(host: SessionHost) {
    this.host = host;
    this.send(settingsFrame([[SETTING.maxConcurrentStreams, 256]]));
  }

  /** In order, one after the other. */
  send(...frames: readonly Uint8Array[]): Promise<void> {
    const bytes = Buffer.concat(frames);
    this.#sending = this.#sending.then(() => this.host.send(bytes));
    return this.#sending;
  }

  push(bytes: Buffer): void {
    const missing = PREFACE.length - this.#preface.length;
    this.#preface += bytes.toString("latin1", 0, missing);
    if (bytes.length > missing) this.#reader.push(Buffer.from(bytes.subarray(missing)));
    this.host.onChange();
  }

  onClosed(): void {
    for (const stream of this.#streams.values()) stream.onLeft();
  }

  #onFrame(type: number, flags: number, id: number, payload: Buffer): void {
    if (type === FRAME.headers) return this.#onHead(flags, id, payload);
    if (type === FRAME.settings) return this.#onSettings(flags, payload);
    const stream = this.#streams.get(id);
    if (type === FRAME.data) this.#onData(stream, flags, id, payload);
    else if (type === FRAME.windowUpdate) stream?.widen(word(payload, 0));
    else if (type === FRAME.reset) stream?.onLeft();
    else if (type === FRAME.goAway) this.host.terminate();
  }

  #onHead(flags: number, id: number, block: Buffer): void {
    if ((flags & FLAG.endHeaders) === 0) throw new Error("the front sends no heads in several frames");
    const head = headOf(readHeaderBlock(block, 1e6));
    const stream = new ScriptedStream(this, id, head, this.#window);
    this.#streams.set(id, stream);
    stream.begin(this.host.onStream(stream), (flags & FLAG.endStream) !== 0);
  }

  #onData(stream: ScriptedStream | undefined, flags: number, id: number, payload: Buffer): void {
    // What the front may send on the connection: each stream has its own bound.
    if (payload.length > 0) void this.send(wordFrame(FRAME.windowUpdate, 0, 0, payload.length));
    if (!stream) throw new Error(`data on stream ${id}, which never began`);
    stream.onData(payload, (flags & FLAG.endStream) !== 0);
  }

  #onSettings(flags: number, payload: Buffer): void {
    if (flags & FLAG.ack) return;
    for (let at = 0; at < payload.length; at += 6)
      if (payload.readUInt16BE(at) === SETTING.initialWindowSize) this.#window = word(payload, at + 2);
    void this.send(wordFrame(FRAME.settings, FLAG.ack, 0));
  }
}

/** One request and its answer. */
export class ScriptedStream {
  readonly head: SeenHead;
  isClosed = false;
  isSwitched = false;
  /** What has left HTTP: nothing does so here. */
  readonly text = "";
  readonly receivedBytes = 0;
  readonly #session: ScriptedSession;
  readonly #id: number;
  readonly #cutter: AnswerCutter;
  #sink: RequestSink | undefined;
  readonly #unsent: Uint8Array[] = [];
  #writing = Promise.resolve();
  #window: number;
  #onWindow: (() => void) | undefined;
  #isPaused = false;
  #uncredited = 0;
  #bodyBytes = 0;

  constructor(session: ScriptedSession, id: number, head: SeenHead, window: number) {
    this.#session = session;
    this.#id = id;
    this.head = head;
    this.#window = window;
    this.#cutter = new AnswerCutter(head.lines[0]?.split(" ")[0] ?? "");
  }

  begin(sink: RequestSink, isWhole: boolean): void {
    this.#sink = sink;
    sink.onHead(this.head);
    if (isWhole) this.#finish();
  }

  onData(piece: Buffer, isLast: boolean): void {
    this.#bodyBytes += piece.length;
    this.#uncredited += piece.length;
    this.#sink?.onBody(piece);
    if (isLast) this.#finish();
    else if (!this.#isPaused) this.#credit();
  }

  widen(by: number): void {
    this.#window += by;
    this.#onWindow?.();
  }

  /** The front wants no more of it. */
  onLeft(): void {
    this.isClosed = true;
    this.#onWindow?.();
    this.#session.host.onChange();
  }

  /** Sends what these bytes of HTTP/1.1 mean, however long the front takes to read it; ends early when the front leaves. */
  write(given: string | Uint8Array): Promise<void> {
    const bytes = typeof given === "string" ? Buffer.from(given, "latin1") : given;
    this.#writing = this.#writing.then(async () => {
      for (const part of this.#cutter.push(bytes)) await this.#send(part);
      await this.#leave();
    });
    return this.#writing;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#credit();
  }

  /** What a worker does that is done: an answer without an end gets one, a broken one is broken off, and otherwise it leaves. */
  close(): void {
    this.#writing = this.#writing.then(async () => {
      if (this.#cutter.endsByClosing) await this.#session.send(frame(FRAME.data, FLAG.endStream, this.#id));
      else if (this.#cutter.isBetween) this.#session.host.end();
      else await this.#session.send(wordFrame(FRAME.reset, 0, this.#id, INTERNAL_ERROR));
    });
  }

  /** Ends the whole connection, as a killed process does. */
  reset(): void {
    this.#session.host.terminate();
  }

  #finish(): void {
    const length = this.head.lines.find((line) => line.startsWith("content-length: "));
    if (length !== undefined && Number(length.slice(16)) !== this.#bodyBytes)
      throw new Error(`${length}, and ${this.#bodyBytes} bytes came`);
    this.#sink?.onEnd();
  }

  #credit(): void {
    if (this.#uncredited === 0 || this.isClosed) return;
    void this.#session.send(wordFrame(FRAME.windowUpdate, 0, this.#id, this.#uncredited));
    this.#uncredited = 0;
  }

  async #send(part: AnswerPart): Promise<void> {
    if (part.kind === "data") return this.#sendBody(part.bytes, part.isLast);
    const isLast = part.kind === "trailers" || part.isLast;
    const status = part.kind === "head" ? [[":status", String(part.status)] as const] : [];
    const flags = FLAG.endHeaders | (isLast ? FLAG.endStream : 0);
    this.#put(frame(FRAME.headers, flags, this.#id, encodeFields([...status, ...part.fields])));
  }

  async #sendBody(bytes: Uint8Array, isLast: boolean): Promise<void> {
    let rest = bytes;
    do {
      if (rest.length > 0 && this.#window <= 0) await this.#widened();
      if (this.isClosed) return;
      const piece = rest.subarray(0, Math.min(FRAME_MOST, this.#window));
      rest = rest.subarray(piece.length);
      this.#window -= piece.length;
      const flags = isLast && rest.length === 0 ? FLAG.endStream : 0;
      this.#put(frame(FRAME.data, flags, this.#id, piece));
    } while (rest.length > 0);
  }

  async #widened(): Promise<void> {
    await this.#leave();
    while (this.#window <= 0 && !this.isClosed)
      await new Promise<void>((go) => {
        this.#onWindow = go;
      });
  }

  #put(bytes: Uint8Array): void {
    if (!this.isClosed) this.#unsent.push(bytes);
  }

  /** What was put leaves at once: the front may read it at once. */
  #leave(): Promise<void> {
    return this.#session.send(...this.#unsent.splice(0));
  }
}

/** As the lines of HTTP/1.1, names as they came. */
function headOf(fields: readonly string[]): SeenHead {
  const pseudo = new Map<string, string>();
  const lines: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const [name = "", value = ""] = fields.slice(i, i + 2);
    if (!name.startsWith(":")) lines.push(`${name}: ${value}`);
    else if (lines.length > 0 || pseudo.has(name)) throw new Error(`${name} comes late, or twice`);
    else pseudo.set(name, value);
  }
  if (pseudo.get(":scheme") !== "http" || pseudo.size !== 4) throw new Error(`a head of ${[...pseudo]}`);
  const first = `${pseudo.get(":method")} ${pseudo.get(":path")} HTTP/1.1`;
  return { lines: [first, `Host: ${pseudo.get(":authority")}`, ...lines] };
}
