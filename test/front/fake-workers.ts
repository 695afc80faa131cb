// The workers' end of the front's connections, in the place of Bun.connect: a test opens, answers, breaks and refuses them.
// The connections and their pools are the real ones.
import { spyOn } from "bun:test";
import type { Socket } from "bun";
import type { Connection } from "../../src/upstream/connection.ts";

type Handlers = {
  open(socket: Socket<Connection>): void;
  data(socket: Socket<Connection>, chunk: Buffer): void;
  drain(socket: Socket<Connection>): void;
  close(socket: Socket<Connection>): void;
};

type Asked = { unix: string; data: Connection; socket: Handlers };

export class FakeWorkers implements Disposable {
  /** Connections that are being opened. */
  readonly pending: PendingConnection[] = [];
  /** Those that are open. */
  readonly open: FakeSocket[] = [];
  readonly #spy: { mockRestore(): void };

  /** `onRequest`: the head of a request has been written to a worker. */
  constructor(onRequest: (head: string, path: string) => void) {
    this.#spy = spyOn(Bun, "connect").mockImplementation(((asked: Asked) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      this.pending.push({
        path: asked.unix,
        accept: () => {
          this.open.push(new FakeSocket(asked, onRequest, (gone) => this.#forget(gone)));
          resolve();
        },
        refuse: () => reject(new Error("ENOENT")),
      });
      return promise;
    }) as never);
  }

  #forget(socket: FakeSocket): void {
    const at = this.open.indexOf(socket);
    if (at >= 0) this.open.splice(at, 1);
  }

  [Symbol.dispose](): void {
    this.#spy.mockRestore();
  }
}

export type PendingConnection = { path: string; accept(): void; refuse(): void };

export class FakeSocket {
  readonly path: string;
  /** The worker takes no bytes. */
  isFull = false;
  isPaused = false;
  readonly #asked: Asked;
  readonly #onRequest: (head: string, path: string) => void;
  readonly #onGone: (socket: FakeSocket) => void;
  #isClosed = false;

  constructor(
    asked: Asked,
    onRequest: (head: string, path: string) => void,
    onGone: (socket: FakeSocket) => void,
  ) {
    this.path = asked.unix;
    this.#asked = asked;
    this.#onRequest = onRequest;
    this.#onGone = onGone;
    asked.socket.open(this.#socket);
  }

  get #socket(): Socket<Connection> {
    return Object.assign(this, { data: this.#asked.data }) as unknown as Socket<Connection>;
  }

  // ---- what the front does --------------------------------------------------------------------------------

  write(bytes: string | Uint8Array): number {
    if (this.#isClosed) return -1;
    const text = typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("latin1");
    if (this.isFull) return 0;
    const head = /^[A-Z]+ \S+ HTTP\/1\.1\r\n/.exec(text)?.[0];
    if (head) this.#onRequest(head, this.path);
    return text.length;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  terminate(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#onGone(this);
    queueMicrotask(() => this.#asked.socket.close(this.#socket));
  }

  // ---- what the worker does -------------------------------------------------------------------------------

  say(text: string): void {
    if (!this.#isClosed && !this.isPaused) this.#asked.socket.data(this.#socket, Buffer.from(text, "latin1"));
  }

  die(): void {
    this.terminate();
  }

  takeAgain(): void {
    this.isFull = false;
    if (!this.#isClosed) this.#asked.socket.drain(this.#socket);
  }
}
