// The clients of a front that warms up: connections of this process to itself, each of which sends one request after the
// other, of the kinds that most clients send, and now and then one that is refused. They pause between two requests: the
// processor belongs to the front ends that serve meanwhile.

import type { Socket } from "bun";
import type { Clock } from "../core/clock.ts";

/** What every request is answered with, unless it is refused. */
export const ANSWER = "warm\n";

const HEAD = [
  "Host: localhost",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  "Accept-Language: en-US,en;q=0.5",
  "Accept-Encoding: gzip, deflate, br",
  "Cookie: session=abcdef0123456789; theme=dark",
  "Cache-Control: max-age=0",
];

const request = (line: string, ...fields: string[]) => [line, ...HEAD, ...fields, "", ""].join("\r\n");

const GET = Buffer.from(request("GET /a/page?of=1 HTTP/1.1"));
const POST = Buffer.from(`${request("POST /a/form HTTP/1.1", "Content-Length: 3")}a=b`);
/** Of a body that is too large; the connection ends with the answer. */
const REFUSED = Buffer.from(request("POST /a/form HTTP/1.1", "Content-Length: 2048"));
const POST_EVERY = 8;
const REFUSED_EVERY = 64;
const PAUSE_MS = 4;
const END = Buffer.from(ANSWER);

export class WarmingClients {
  /** How many requests have been answered, or refused. */
  answered = 0;
  readonly #requests: number;
  readonly #clock: Clock;
  readonly #sockets = new Set<Socket>();
  readonly #done = Promise.withResolvers<void>();
  #sent = 0;
  #isClosed = false;

  constructor(requests: number, clock: Clock) {
    this.#requests = requests;
    this.#clock = clock;
  }

  /** Resolves when there were enough; rejects when the door lets nobody in. */
  run(ports: readonly number[], clients: number): Promise<void> {
    for (let n = 0; n < clients; n++) this.#connect(ports[n % ports.length] ?? 0);
    return this.#done.promise;
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#sockets) socket.terminate();
  }

  #connect(port: number): void {
    if (this.#isClosed) return;
    const socket = {
      open: (socket: Socket) => {
        if (this.#isClosed) return socket.terminate();
        this.#sockets.add(socket);
        this.#ask(socket);
      },
      data: (socket: Socket, bytes: Buffer) => this.#hear(socket, bytes),
      close: (socket: Socket) => {
        this.#sockets.delete(socket);
        this.#connect(port);
      },
    };
    Bun.connect({ hostname: "127.0.0.1", port, socket }).catch(this.#done.reject);
  }

  #ask(socket: Socket): void {
    const number = ++this.#sent;
    socket.write(number % REFUSED_EVERY === 0 ? REFUSED : number % POST_EVERY === 0 ? POST : GET);
  }

  #hear(socket: Socket, bytes: Buffer): void {
    // A refusal has a body of its own, and its connection comes to its end by itself.
    if (!bytes.subarray(-END.length).equals(END)) return;
    if (++this.answered >= this.#requests) this.#done.resolve();
    else this.#clock.after(PAUSE_MS, () => this.#isClosed || this.#ask(socket));
  }
}
