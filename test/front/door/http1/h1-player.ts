// A client of HTTP/1.1 for the contract of doors: bytes on a TCP connection, read strictly.
import { readAnswers, type SeenAnswer, valuesOf } from "../../../support/answer-reader.ts";
import { Watch } from "../../../support/watch.ts";
import type { Asked, Got, Player } from "../players.ts";

/** Above so many bytes only the end of an answer is looked at before it is read. */
const MANY = 65_536;

/** `overTls`: whatever certificate there is. */
export async function connectH1(port: number, overTls = false): Promise<H1Player> {
  const player = new H1Player();
  const greeted = Promise.withResolvers<void>();
  const opened = (socket: Bun.Socket) => {
    player.onOpen(socket);
    greeted.resolve();
  };
  await Bun.connect({
    hostname: "127.0.0.1",
    port,
    allowHalfOpen: true,
    ...(overTls && { tls: { rejectUnauthorized: false } }),
    socket: {
      ...(overTls ? { handshake: opened } : { open: opened }),
      data: (_socket, bytes) => player.onBytes(bytes),
      drain: () => player.watch.tell(),
      end: () => player.onEnd(),
      close: () => player.onEnd(),
      error: () => player.onEnd(),
    },
  });
  await greeted.promise;
  return player;
}

export class H1Player implements Player {
  readonly watch = new Watch();
  isEnded = false;
  #socket: Bun.Socket | undefined;
  readonly #asked: Asked[] = [];
  #chunks: Uint8Array[] = [];
  #received = 0;

  // ---- from the socket ------------------------------------------------------------------------------------

  onOpen(socket: Bun.Socket): void {
    this.#socket = socket;
  }

  onBytes(bytes: Uint8Array): void {
    this.#chunks.push(new Uint8Array(bytes));
    this.#received += bytes.length;
    this.watch.tell();
  }

  onEnd(): void {
    this.isEnded = true;
    this.watch.tell();
  }

  // ---- what the client does -------------------------------------------------------------------------------

  get port(): number {
    return this.#socket?.localPort ?? 0;
  }

  ask(request: Asked = {}): Promise<void> {
    this.#asked.push(request);
    return this.sendRaw(bytesOf(request));
  }

  sendBody(piece: string): Promise<void> {
    const isChunked = this.#asked.at(-1)?.body === "unknown";
    return this.sendRaw(isChunked ? `${piece.length.toString(16)}\r\n${piece}\r\n` : piece);
  }

  async endBody(): Promise<void> {
    if (this.#asked.at(-1)?.body === "unknown") await this.sendRaw("0\r\n\r\n");
  }

  breakBody(): Promise<void> {
    return this.sendRaw("zz\r\n");
  }

  sendJunk(): Promise<void> {
    return this.sendRaw("no request\r\n\r\n");
  }

  async sendRaw(text: string): Promise<void> {
    let rest = Buffer.from(text, "latin1");
    while (rest.length > 0) {
      const sent = this.isEnded ? -1 : (this.#socket?.write(rest) ?? -1);
      if (sent < 0) throw new Error(`the connection has ended, with ${rest.length} bytes unsent`);
      rest = rest.subarray(sent);
      if (rest.length > 0) await this.#nextDrain();
    }
  }

  #nextDrain(): Promise<unknown> {
    let isFirst = true;
    return this.watch.until(
      () => {
        const isTold = !isFirst;
        isFirst = false;
        return isTold;
      },
      () => "room for more bytes",
    );
  }

  stopReading(): void {
    this.#socket?.pause();
  }

  goOnReading(): void {
    this.#socket?.resume();
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
      () => this.#mayBeWhole() && this.#answers()[index],
      () => `answer ${index} in ${this.#received} bytes of\n${this.#text().slice(0, 2000)}`,
    );
  }

  async until(text: string): Promise<void> {
    await this.watch.until(
      () => this.#text().includes(text),
      () => `${text} in\n${this.#text().slice(0, 2000)}`,
    );
  }

  async untilInterim(status: number): Promise<void> {
    await this.until(`HTTP/1.1 ${status} `);
  }

  async untilEnded(): Promise<Got | undefined> {
    await this.watch.until(
      () => this.isEnded,
      () => `the end of the connection behind\n${this.#text().slice(0, 2000)}`,
    );
    // In a tunnel what follows the head is no answer.
    return this.#asked.at(-1)?.webSocket ? undefined : this.#answers().at(-1);
  }

  #text(): string {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = all.length > 0 ? [all] : [];
    return all.toString("latin1");
  }

  /** Long answers are not read again with each of their pieces. */
  #mayBeWhole(): boolean {
    if (this.#received < MANY || this.isEnded) return true;
    const [first] = this.#chunks;
    const head = Buffer.from(first ?? []).toString("latin1", 0, 4096);
    const length = /^content-length: (\d+)\r$/im.exec(head)?.[1];
    if (length) return this.#received >= Number(length) + head.indexOf("\r\n\r\n") + 4;
    const last = Buffer.concat(this.#chunks.slice(-4)).subarray(-4);
    return last.toString("latin1") === "\r\n\r\n";
  }

  #answers(): Got[] {
    const methods = this.#asked.map(({ method = "GET" }) => method);
    const { answers } = readAnswers(this.#text(), { methods, isClosed: this.isEnded });
    let interim: number[] = [];
    return answers.flatMap((answer) => {
      if (answer.status < 200) {
        interim.push(answer.status);
        return [];
      }
      const got = gotOf(answer, interim);
      interim = [];
      return [got];
    });
  }
}

const gotOf = (answer: SeenAnswer, interim: number[]): Got => ({
  ...answer,
  interim,
  values: (name) => valuesOf(answer, name),
  isLast: valuesOf(answer, "connection").includes("close"),
});

function bytesOf({ method = "GET", target = "/", fields = [], body, webSocket, early = "" }: Asked): string {
  const lines = [`${method} ${target} HTTP/1.1`, "Host: h"];
  if (webSocket) lines.push("Connection: Upgrade", "Upgrade: websocket");
  if (body === "unknown") lines.push("Transfer-Encoding: chunked");
  else if (body !== undefined) lines.push(`Content-Length: ${typeof body === "number" ? body : body.length}`);
  for (let i = 0; i < fields.length; i += 2) lines.push(`${fields[i]}: ${fields[i + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n${typeof body === "string" && body !== "unknown" ? body : early}`;
}
