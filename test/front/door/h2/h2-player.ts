// A client of HTTP/2 for the contract of doors: frames on a TCP connection, one stream for each request.

import { FieldDecoder } from "../../../../src/http/h2/field-decoder.ts";
import {
  FLAG,
  FRAME,
  FrameReader,
  SETTING,
  settingsFrame,
  WINDOW_AT_FIRST,
  word,
  wordFrame,
} from "../../../../src/http/h2/frames.ts";
import { frame } from "../../../support/h2-peer.ts";
import { encodeFields } from "../../../support/hpack.ts";
import { Watch } from "../../../support/watch.ts";
import type { Asked, Got, Player } from "../players.ts";

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");
/** Of this client, for answers: more than the kernel's buffers hold, and less than a long answer. */
const WINDOW = 1_048_576;
const FRAME_MOST = 16_384;

/** One request, and what has come of its answer. */
class Exchange {
  readonly id: number;
  readonly asked: Asked;
  head: readonly string[] | undefined;
  interim: number[] = [];
  chunks: Buffer[] = [];
  trailers: string[] = [];
  /** The stream has ended: by the last frame of the answer, or by a reset with this code. */
  isEnded = false;
  reset: number | undefined;
  wasLeaving = false;
  /** The server takes no more of the request. */
  isStopped = false;
  sendWindow: number;
  /** Bytes of its body. */
  sent = 0;
  uncredited = 0;

  constructor(id: number, asked: Asked, sendWindow: number) {
    this.id = id;
    this.asked = asked;
    this.sendWindow = sendWindow;
  }

  get isOver(): boolean {
    return this.isEnded || this.reset !== undefined;
  }

  get got(): Got | undefined {
    const { head } = this;
    if (!head) return undefined;
    const body = Buffer.concat(this.chunks);
    this.chunks = [body];
    return {
      status: Number(head[1]),
      values: (name) => head.filter((_, at) => at % 2 === 1 && head[at - 1] === name),
      body: body.toString("latin1"),
      trailers: this.trailers,
      isWhole: this.isEnded,
      isLast: this.wasLeaving,
      interim: this.interim,
    };
  }
}

/** By ALPN, as it stands on the wire; whatever certificate there is. */
export const H2_OVER_TLS = { rejectUnauthorized: false, ALPNProtocols: "\x02h2" };

export async function connectH2(port: number, tls?: object): Promise<H2Player> {
  const player = new H2Player();
  const greeted = Promise.withResolvers<void>();
  const opened = (socket: Bun.Socket) => {
    player.onOpen(socket);
    greeted.resolve();
  };
  await Bun.connect({
    hostname: "127.0.0.1",
    port,
    allowHalfOpen: true,
    ...(tls && { tls }),
    socket: {
      ...(tls ? { handshake: opened } : { open: opened }),
      data: (_socket, bytes) => player.onBytes(bytes),
      drain: () => player.flush(),
      end: (socket) => {
        player.onEnd();
        socket.close();
      },
      close: () => player.onEnd(),
      error: () => player.onEnd(),
    },
  });
  await greeted.promise;
  return player;
}

export class H2Player implements Player {
  readonly watch = new Watch();
  isEnded = false;
  /** Codes of the goodbyes that have come. */
  readonly goodbyes: number[] = [];
  readonly exchanges: Exchange[] = [];
  readonly #decoder = new FieldDecoder(4096, { lineMost: 1e6, listMost: 1e6 });
  readonly #reader = new FrameReader({
    onFrame: (type, flags, id, bytes, from, to) => this.#onFrame(type, flags, id, bytes, from, to),
  });
  #socket: Bun.Socket | undefined;
  #out = Buffer.alloc(0);
  #window = WINDOW_AT_FIRST;
  #streamWindow = WINDOW_AT_FIRST;
  #uncredited = 0;
  #isReading = true;

  // ---- from the socket ------------------------------------------------------------------------------------

  onOpen(socket: Bun.Socket): void {
    this.#socket = socket;
    this.send(
      PREFACE,
      settingsFrame([[SETTING.initialWindowSize, WINDOW]]),
      wordFrame(FRAME.windowUpdate, 0, 0, WINDOW - WINDOW_AT_FIRST),
    );
  }

  onBytes(bytes: Buffer): void {
    this.#reader.push(Buffer.from(bytes));
    this.watch.tell();
  }

  onEnd(): void {
    this.isEnded = true;
    this.watch.tell();
  }

  flush(): void {
    const sent = this.#socket?.write(this.#out) ?? 0;
    this.#out = this.#out.subarray(Math.max(sent, 0));
    this.watch.tell();
  }

  send(...frames: readonly Uint8Array[]): void {
    this.#out = Buffer.concat([this.#out, ...frames]);
    this.flush();
  }

  #onFrame(type: number, flags: number, id: number, bytes: Buffer, from: number, to: number): void {
    const one = this.exchanges[(id - 1) / 2];
    if (type === FRAME.headers) this.#onHead(one, this.#decoder.read(bytes, from, to), flags);
    else if (type === FRAME.data) this.#onBody(one, Buffer.from(bytes.subarray(from, to)), flags);
    else if (type === FRAME.reset && one) {
      if (one.isEnded) one.isStopped = true;
      else one.reset = word(bytes, from);
    } else if (type === FRAME.goAway) this.goodbyes.push(word(bytes, from + 4));
    else if (type === FRAME.ping && !(flags & FLAG.ack))
      this.send(frame(FRAME.ping, FLAG.ack, 0, bytes.subarray(from, to)));
    else if (type === FRAME.windowUpdate) {
      if (one) one.sendWindow += word(bytes, from);
      else this.#window += word(bytes, from);
    } else if (type === FRAME.settings && !(flags & FLAG.ack)) this.#onSettings(bytes, from, to);
  }

  #onSettings(bytes: Buffer, from: number, to: number): void {
    for (let at = from; at < to; at += 6) {
      if (bytes.readUInt16BE(at) !== SETTING.initialWindowSize) continue;
      const value = word(bytes, at + 2);
      for (const one of this.exchanges) one.sendWindow += value - this.#streamWindow;
      this.#streamWindow = value;
    }
    this.send(wordFrame(FRAME.settings, FLAG.ack, 0));
  }

  #onHead(one: Exchange | undefined, fields: string[], flags: number): void {
    if (!one) throw new Error("a head of no request");
    const status = fields[0] === ":status" ? Number(fields[1]) : undefined;
    if (status === undefined) {
      for (let at = 0; at < fields.length; at += 2) one.trailers.push(`${fields[at]}: ${fields[at + 1]}`);
    } else if (status < 200) one.interim.push(status);
    else {
      one.head = fields;
      one.wasLeaving = this.goodbyes.length > 0;
    }
    if (flags & FLAG.endStream) this.#onAnswerEnd(one);
  }

  #onBody(one: Exchange | undefined, piece: Buffer, flags: number): void {
    if (!one) throw new Error("a body of no request");
    one.chunks.push(piece);
    one.uncredited += piece.length;
    this.#uncredited += piece.length;
    if (flags & FLAG.endStream) this.#onAnswerEnd(one);
    if (this.#isReading) this.#credit();
  }

  #onAnswerEnd(one: Exchange): void {
    one.isEnded = true;
    one.wasLeaving = this.goodbyes.length > 0;
  }

  /** Opens the windows again. */
  #credit(): void {
    const frames: Uint8Array[] = [];
    if (this.#uncredited > 0) frames.push(wordFrame(FRAME.windowUpdate, 0, 0, this.#uncredited));
    this.#uncredited = 0;
    for (const one of this.exchanges) {
      if (one.uncredited === 0) continue;
      if (!one.isOver) frames.push(wordFrame(FRAME.windowUpdate, 0, one.id, one.uncredited));
      one.uncredited = 0;
    }
    if (frames.length > 0) this.send(...frames);
  }

  // ---- what the client does -------------------------------------------------------------------------------

  get port(): number {
    return this.#socket?.localPort ?? 0;
  }

  get #last(): Exchange | undefined {
    return this.exchanges.at(-1);
  }

  async ask(request: Asked = {}): Promise<void> {
    // As RFC 9113 section 6.8 wants it.
    if (this.goodbyes.length > 0 || this.isEnded) throw new Error("the server wants no more requests");
    const one = new Exchange(this.exchanges.length * 2 + 1, request, this.#streamWindow);
    this.exchanges.push(one);
    const { body, webSocket, early = "" } = request;
    const flags = FLAG.endHeaders | (body === undefined && !webSocket ? FLAG.endStream : 0);
    this.send(frame(FRAME.headers, flags, one.id, encodeFields(fieldPairs(request))));
    if (early) await this.sendRaw(early);
    if (typeof body !== "string" || body === "unknown") return;
    await this.sendBody(body);
  }

  /** Of a body whose length was told, the last piece ends the stream. */
  async sendBody(text: string): Promise<void> {
    const one = this.#last;
    if (!one) throw new Error("no request");
    const { body } = one.asked;
    const length =
      typeof body === "number" ? body : body === "unknown" ? Number.POSITIVE_INFINITY : body?.length;
    let rest = Buffer.from(text, "latin1");
    while (rest.length > 0) {
      await this.watch.until(
        () =>
          (one.isStopped || one.isOver || this.isEnded || (this.#window > 0 && one.sendWindow > 0)) &&
          this.#out.length === 0,
        () => "a window for more of the body",
      );
      if (one.isStopped || one.isOver) return;
      if (this.isEnded) throw new Error(`the connection has ended, with ${rest.length} bytes unsent`);
      const piece = rest.subarray(0, Math.min(this.#window, one.sendWindow, FRAME_MOST));
      rest = rest.subarray(piece.length);
      this.#window -= piece.length;
      one.sendWindow -= piece.length;
      one.sent += piece.length;
      const isLast = one.sent === length;
      this.send(frame(FRAME.data, isLast ? FLAG.endStream : 0, one.id, piece));
    }
  }

  async endBody(): Promise<void> {
    const one = this.#last;
    if (one?.asked.body === "unknown") this.send(frame(FRAME.data, FLAG.endStream, one.id));
  }

  /** A second head that does not end the request. */
  async breakBody(): Promise<void> {
    const one = this.#last;
    if (one) this.send(frame(FRAME.headers, FLAG.endHeaders, one.id, encodeFields([["x-sum", "1"]])));
  }

  /** More fields than any server takes. */
  async sendJunk(): Promise<void> {
    const one = new Exchange(this.exchanges.length * 2 + 1, {}, this.#streamWindow);
    this.exchanges.push(one);
    const block = encodeFields([
      ...fieldPairs({}),
      ...Array.from({ length: 9 }, (_, n) => [`x-${n}`, "x".repeat(10_000)] as const),
    ]);
    for (let at = 0; at < block.length; at += FRAME_MOST) {
      const flags = (at === 0 ? FLAG.endStream : 0) | (at + FRAME_MOST >= block.length ? FLAG.endHeaders : 0);
      this.send(
        frame(
          at === 0 ? FRAME.headers : FRAME.continuation,
          flags,
          one.id,
          block.subarray(at, at + FRAME_MOST),
        ),
      );
    }
  }

  async sendRaw(text: string): Promise<void> {
    const one = this.#last;
    if (one) this.send(frame(FRAME.data, 0, one.id, text));
  }

  /** By its windows; the connection's own frames are read on. */
  stopReading(): void {
    this.#isReading = false;
  }

  goOnReading(): void {
    this.#isReading = true;
    this.#credit();
  }

  leave(): void {
    this.#socket?.terminate();
  }

  endSide(): void {
    this.#socket?.end();
  }

  [Symbol.dispose](): void {
    this.leave();
  }

  // ---- what it has got ------------------------------------------------------------------------------------

  answer(index = 0): Promise<Got> {
    return this.watch.until(
      () => {
        const one = this.exchanges[index];
        return one?.isEnded ? one.got : undefined;
      },
      () => `answer ${index} on\n${this.#text().slice(0, 2000)}`,
    );
  }

  async until(text: string): Promise<void> {
    await this.watch.until(
      () => this.#text().includes(text),
      () => `${text} in\n${this.#text().slice(0, 2000)}`,
    );
  }

  async untilInterim(status: number): Promise<void> {
    await this.watch.until(
      () => this.#last?.interim.includes(status) ?? false,
      () => `${status} before the answer`,
    );
  }

  /** The end of the last stream, by a reset or with the tunnel on it, is no end of the connection. */
  async untilEnded(): Promise<Got | undefined> {
    const one = this.#last;
    const ends = () => one?.reset !== undefined || (one?.asked.webSocket && one.isEnded);
    await this.watch.until(
      () => this.isEnded || ends() === true,
      () => `the end behind\n${this.#text().slice(0, 2000)}`,
    );
    return one?.asked.webSocket ? undefined : one?.got;
  }

  #text(): string {
    return this.exchanges
      .map(({ head = [], chunks, trailers }) =>
        [...head, Buffer.concat(chunks).toString("latin1"), ...trailers].join("\n"),
      )
      .join("\n");
  }
}

function fieldPairs({
  method = "GET",
  target = "/",
  fields = [],
  body,
  webSocket,
}: Asked): [string, string][] {
  const pairs: [string, string][] = [
    [":method", webSocket ? "CONNECT" : method],
    [":scheme", "https"],
    [":path", target],
    [":authority", "h"],
  ];
  if (webSocket) pairs.push([":protocol", "websocket"]);
  if (body !== undefined && body !== "unknown")
    pairs.push(["content-length", String(typeof body === "number" ? body : body.length)]);
  for (let at = 0; at < fields.length; at += 2)
    pairs.push([(fields[at] as string).toLowerCase(), fields[at + 1] as string]);
  return pairs;
}
